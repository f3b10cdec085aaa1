package dev.shm.queue;

import dev.shm.codec.Codec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A message where it lies in the segment. Good only for as long as it is lent: during {@link MessageHandler#onMessage}, or until
 * its {@link Delivery} is acknowledged or released. One thread may use it.
 */
public final class Message {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private ByteBuffer record = NOTHING;
    private int recordIndex;
    private long word;
    private ByteBuffer body = NOTHING;
    private int offset;
    private int length;
    private int attempts;
    private boolean whole;

    Message() {}

    /**
     * Shows a message.
     *
     * @param record view in which its record begins at that index, with that word
     * @param body view in which its payload begins at that offset
     * @param attempts deliveries before this one
     */
    void set(ByteBuffer record, int recordIndex, long word, ByteBuffer body, int offset, int attempts) {
        this.record = record;
        this.recordIndex = recordIndex;
        this.word = word;
        this.body = body;
        this.offset = offset;
        this.length = RecordLayout.bodyBytes(word);
        this.attempts = attempts;
        this.whole = false;
    }

    /** Says where records and their payloads lie that are shown with {@link #show}. */
    void begin(ByteBuffer view) {
        record = view;
        body = view;
        attempts = 0;
    }

    /** Shows a message that lies in the ring as a whole and was never delivered. */
    void show(int index, long recordWord) {
        recordIndex = index;
        word = recordWord;
        offset = index + RecordLayout.bodyOffset(recordWord);
        length = RecordLayout.bodyBytes(recordWord);
        whole = false;
    }

    /** Whether more was read of what is shown than single words. */
    boolean wasReadAsAWhole() {
        return whole;
    }

    /** Has the payload decoded from the view itself, which is as it was afterwards. */
    <T> T decode(Codec<T> codec) {
        whole = true;
        try {
            return codec.decode(body.limit(offset + length).position(offset));
        } finally {
            body.clear();
        }
    }

    /** Makes this a copy of another, in the Java heap where nobody else can write. */
    void copy(Message shown) {
        int start = RecordLayout.bodyOffset(shown.word);
        ByteBuffer copy = ByteBuffer.allocate(start + shown.length).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(0, shown.record, shown.recordIndex, start);
        copy.put(start, shown.body, shown.offset, shown.length);
        set(copy, 0, shown.word, copy, start, shown.attempts);
    }

    void clear() {
        set(NOTHING, 0, 0, NOTHING, 0, 0);
    }

    /** Bytes of payload. */
    public int length() {
        return length;
    }

    /** When it was sent, in milliseconds since 1970; 0 if its sender does not stamp. */
    public long timestamp() {
        return RecordLayout.is(word, RecordLayout.STAMPED)
                ? record.getLong(recordIndex + RecordLayout.stampOffset())
                : 0;
    }

    /** How often it has been delivered, this time included: 1 the first time. Stops counting at 64. */
    public int deliveryCount() {
        return attempts + 1;
    }

    /** Bytes of header. */
    public int headerLength() {
        return RecordLayout.headerBytes(word);
    }

    /** A copy of its header. */
    public byte[] header() {
        byte[] header = new byte[headerLength()];
        record.get(recordIndex + RecordLayout.headerOffset(RecordLayout.flags(word)), header);
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
        whole = true;
        body.get(offset + index, target, targetOffset, count);
    }

    /** A copy of all of it. */
    public byte[] toBytes() {
        byte[] bytes = new byte[length];
        whole = true;
        body.get(offset, bytes);
        return bytes;
    }

    /** A read-only view of the payload, little-endian. Makes an object; the getters do not. */
    public ByteBuffer buffer() {
        whole = true;
        return body.slice(offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
}
