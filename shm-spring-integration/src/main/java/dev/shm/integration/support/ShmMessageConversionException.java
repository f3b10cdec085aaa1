package dev.shm.integration.support;

import org.springframework.messaging.Message;
import org.springframework.messaging.converter.MessageConversionException;

/**
 * A message was received that cannot be decoded. The failed message has its bytes for payload, and its headers if those could be
 * read.
 */
public class ShmMessageConversionException extends MessageConversionException {

    private static final long serialVersionUID = 1L;

    private final byte[] rawBytes;

    ShmMessageConversionException(Message<byte[]> raw, String description, Throwable cause) {
        super(raw, description, cause);
        this.rawBytes = raw.getPayload();
    }

    /** A copy of its bytes, as they were in the queue. */
    public byte[] getRawBytes() {
        return rawBytes.clone();
    }
}
