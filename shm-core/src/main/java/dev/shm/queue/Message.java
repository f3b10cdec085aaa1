package dev.shm.queue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A message where it lies in the segment. Good only for as long as it is lent: during {@link MessageHandler#onMessage}, or until
 * its {@link Delivery} is acknowledged or released. One thread may use it.
 */
public final class Message {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private ByteBuffer body = NOTHING;
    private int offset;
    private int length;
    private ByteBuffer record = NOTHING;
    private int headerOffset;
    private int headerLength;
    private long timestamp;
    private int deliveryCount;

    Message() {}

    void set(ByteBuffer body, int offset, int length) {
        this.body = body;
        this.offset = offset;
        this.length = length;
    }

    void describe(ByteBuffer record, int headerOffset, int headerLength, long timestamp, int deliveryCount) {
        this.record = record;
        this.headerOffset = headerOffset;
        this.headerLength = headerLength;
        this.timestamp = timestamp;
        this.deliveryCount = deliveryCount;
    }

    /** Gives it views of its own, through which no other message is shown. */
    void detach() {
        body = body.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        record = record.duplicate();
    }

    /** The view itself, positioned at the payload and limited to it. */
    ByteBuffer positioned() {
        return body.limit(offset + length).position(offset);
    }

    void clear() {
        set(NOTHING, 0, 0);
        describe(NOTHING, 0, 0, 0, 0);
    }

    /** Bytes of payload. */
    public int length() {
        return length;
    }

    /** When it was sent, in milliseconds since 1970; 0 if its sender does not stamp. */
    public long timestamp() {
        return timestamp;
    }

    /** How often it has been delivered, this time included: 1 the first time. Stops counting at 64. */
    public int deliveryCount() {
        return deliveryCount;
    }

    /** Bytes of header. */
    public int headerLength() {
        return headerLength;
    }

    /** A copy of its header. */
    public byte[] header() {
        byte[] header = new byte[headerLength];
        record.get(headerOffset, header);
        return header;
    }

    public byte getByte(int index) {
        return body.get(offset + Objects.checkIndex(index, length));
    }

    /** Reads 4 bytes, the lowest first. */
    public int getInt(int index) {
        return body.getInt(offset + Objects.checkFromIndexSize(index, Integer.BYTES, length));
    }

    /** Reads 8 bytes, the lowest first. */
    public long getLong(int index) {
        return body.getLong(offset + Objects.checkFromIndexSize(index, Long.BYTES, length));
    }

    /** Copies bytes out. */
    public void getBytes(int index, byte[] target, int targetOffset, int count) {
        Objects.checkFromIndexSize(index, count, length);
        body.get(offset + index, target, targetOffset, count);
    }

    /** A copy of all of it. */
    public byte[] toBytes() {
        byte[] bytes = new byte[length];
        body.get(offset, bytes);
        return bytes;
    }

    /** A read-only view of the payload, little-endian. Makes an object; the getters do not. */
    public ByteBuffer buffer() {
        return body.slice(offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
}
