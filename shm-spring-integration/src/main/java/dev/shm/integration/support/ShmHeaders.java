package dev.shm.integration.support;

/**
 * Names of the message headers that shared memory has. None of them travels with a message that is sent on, but for {@link
 * #REPLY_TO} and {@link #CORRELATION_ID}.
 */
public final class ShmHeaders {

    /** What the names begin with. */
    public static final String PREFIX = "shm_";

    /** How often the message has been delivered, this time included: an {@code Integer}, 1 the first time. Stops at 64. */
    public static final String DELIVERY_COUNT = PREFIX + "deliveryCount";

    /** When the message was sent, in milliseconds since 1970: a {@code Long}. Missing if the sender does not stamp. */
    public static final String TIMESTAMP = PREFIX + "timestamp";

    /** The name of the queue or topic that the message came from. */
    public static final String NAME = PREFIX + "name";

    /** The bytes of a message that cannot be decoded: in the error message and in the failed message. */
    public static final String RAW_BYTES = PREFIX + "rawBytes";

    /** Set it to send with another priority than the highest, which is 0, where the queue has several: an {@code Integer}. */
    public static final String PRIORITY = PREFIX + "priority";

    /** The headers of each message of a batch whose payload is a list of payloads: a {@code List<Map<String, Object>>}. */
    public static final String BATCH_HEADERS = PREFIX + "batchHeaders";

    /** Where the reply to a request goes: the name of a queue in the same segment. Set by the outbound gateway. */
    public static final String REPLY_TO = PREFIX + "replyTo";

    /** Which request a reply belongs to. Set by the outbound gateway, and in the reply by the inbound one. */
    public static final String CORRELATION_ID = PREFIX + "correlationId";

    private ShmHeaders() {}
}
