package dev.shm.queue;

/** What may go with a message besides its payload. Immutable. */
public final class SendOptions {

    private static final byte[] NO_HEADER = {};

    /** Highest priority, no header. */
    public static final SendOptions NONE = new SendOptions(0, NO_HEADER);

    private final int priority;
    private final byte[] header;

    private SendOptions(int priority, byte[] header) {
        this.priority = priority;
        this.header = header;
    }

    /**
     * With that priority and no header.
     *
     * @param priority 0, the highest, up to the queue's number of priorities less one
     */
    public static SendOptions priority(int priority) {
        return NONE.withPriority(priority);
    }

    /** With that header and the highest priority; see {@link #withHeader}. */
    public static SendOptions header(byte[] header) {
        return NONE.withHeader(header);
    }

    /** These with another priority. */
    public SendOptions withPriority(int other) {
        if (other < 0) {
            throw new IllegalArgumentException("a priority is 0 or more, and 0 is the highest: priority=" + other);
        }
        return new SendOptions(other, header);
    }

    /** These with a copy of that header: up to 255 bytes that the receiver gets as they are. */
    public SendOptions withHeader(byte[] other) {
        if (other.length > RecordLayout.MAX_HEADER_BYTES) {
            throw new IllegalArgumentException("a header has at most " + RecordLayout.MAX_HEADER_BYTES + " bytes: "
                    + other.length + ". Put the rest into the payload.");
        }
        return new SendOptions(priority, other.clone());
    }

    /** The priority; 0 is the highest. */
    public int priority() {
        return priority;
    }

    /** Bytes of header. */
    public int headerLength() {
        return header.length;
    }

    /** The header itself, which nobody changes. */
    byte[] header() {
        return header;
    }

    @Override
    public String toString() {
        return "SendOptions[priority=" + priority + ", header=" + header.length + " bytes]";
    }
}
