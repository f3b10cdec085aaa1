package dev.shm.integration.support;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.history.MessageHistory;
import org.springframework.messaging.MessageHeaders;

/**
 * Names of headers that take a byte in a message, and those that never travel. The order of the first is a part of the format: new ones
 * go to the end, and none is ever removed.
 */
final class HeaderNames {

    /** In front of a name that is written out. */
    static final int WRITTEN_OUT = 0;

    private static final List<String> WELL_KNOWN = List.of(
            MessageHeaders.ID,
            MessageHeaders.TIMESTAMP,
            MessageHeaders.CONTENT_TYPE,
            IntegrationMessageHeaderAccessor.CORRELATION_ID,
            IntegrationMessageHeaderAccessor.EXPIRATION_DATE,
            IntegrationMessageHeaderAccessor.PRIORITY,
            IntegrationMessageHeaderAccessor.SEQUENCE_NUMBER,
            IntegrationMessageHeaderAccessor.SEQUENCE_SIZE,
            IntegrationMessageHeaderAccessor.SEQUENCE_DETAILS,
            IntegrationMessageHeaderAccessor.ROUTING_SLIP,
            IntegrationMessageHeaderAccessor.DUPLICATE_MESSAGE,
            MessageHistory.HEADER_NAME,
            ShmHeaders.REPLY_TO,
            ShmHeaders.CORRELATION_ID,
            "traceparent",
            "tracestate",
            "baggage",
            "b3",
            "X-B3-TraceId",
            "X-B3-SpanId",
            "X-B3-ParentSpanId",
            "X-B3-Sampled",
            "X-B3-Flags");

    /** What means something in one process only. */
    private static final Set<String> NEVER = Set.of(
            MessageHeaders.REPLY_CHANNEL,
            MessageHeaders.ERROR_CHANNEL,
            IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK,
            IntegrationMessageHeaderAccessor.CLOSEABLE_RESOURCE,
            IntegrationMessageHeaderAccessor.CONTROL_BUS_ARGUMENTS,
            IntegrationMessageHeaderAccessor.DELIVERY_ATTEMPT,
            IntegrationMessageHeaderAccessor.REACTOR_CONTEXT,
            IntegrationMessageHeaderAccessor.SOURCE_DATA);

    private static final Map<String, Integer> CODES = new HashMap<>();

    static {
        for (int i = 0; i < WELL_KNOWN.size(); i++) {
            CODES.put(WELL_KNOWN.get(i), i + 1);
        }
    }

    private static final int ID = code(MessageHeaders.ID);
    private static final int TIMESTAMP = code(MessageHeaders.TIMESTAMP);

    private HeaderNames() {}

    /** The byte for a name, or {@link #WRITTEN_OUT}. */
    static int code(String name) {
        Integer code = CODES.get(name);
        return code == null ? WRITTEN_OUT : code;
    }

    /** The name that a byte stands for, or null if this version knows none. */
    static @Nullable String name(int code) {
        return isKnown(code) ? WELL_KNOWN.get(code - 1) : null;
    }

    /** Whether this version knows the name that a byte stands for. */
    static boolean isKnown(int code) {
        return code >= 1 && code <= WELL_KNOWN.size();
    }

    /** Whether a byte stands for the id or the time stamp of a message. */
    static boolean isOfMessage(int code) {
        return code == ID || code == TIMESTAMP;
    }

    /** Whether a header may travel, leaving {@code id} and {@code timestamp} aside. */
    static boolean mayTravel(String name) {
        if (name.startsWith(ShmHeaders.PREFIX)) {
            return isOfGateway(name);
        }
        return !NEVER.contains(name);
    }

    /** Whether a header may be stored, to come back into this application or its successor. Leaves {@code id} and {@code timestamp} aside. */
    static boolean mayBeStored(String name, @Nullable Object value) {
        if (name.equals(MessageHeaders.REPLY_CHANNEL) || name.equals(MessageHeaders.ERROR_CHANNEL)) {
            return value instanceof String;
        }
        return !NEVER.contains(name);
    }

    /** Whether a header must travel, whatever a mapper says. */
    static boolean isOfGateway(String name) {
        return name.equals(ShmHeaders.CORRELATION_ID) || name.equals(ShmHeaders.REPLY_TO);
    }
}
