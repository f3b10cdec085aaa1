package dev.shm.integration.support;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.AttributeAccessor;
import org.springframework.integration.support.ErrorMessageStrategy;
import org.springframework.integration.support.ErrorMessageUtils;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.ErrorMessage;

/** Makes error messages as the framework does, with {@link ShmHeaders#RAW_BYTES} for what could not be decoded. */
public final class ShmErrorMessageStrategy implements ErrorMessageStrategy {

    @Override
    public ErrorMessage buildErrorMessage(Throwable payload, @Nullable AttributeAccessor attributes) {
        Map<String, Object> headers = new HashMap<>();
        if (payload instanceof ShmMessageConversionException unreadable) {
            headers.put(ShmHeaders.RAW_BYTES, unreadable.getRawBytes());
        }
        Object input = attributes == null ? null : attributes.getAttribute(ErrorMessageUtils.INPUT_MESSAGE_CONTEXT_KEY);
        return input instanceof Message<?> message
                ? new ErrorMessage(payload, headers, message)
                : new ErrorMessage(payload, headers);
    }
}
