package dev.shm.queue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Room in a queue for one message that is written where receivers will read it. Nobody sees it before {@link #commit}; closing it
 * without that gives it up. One thread uses it.
 *
 * <pre>{@code
 * try (Claim claim = queue.tryClaim(16)) {
 *     if (claim != null) {
 *         claim.putLong(0, id).putLong(8, price);
 *         claim.commit();
 *     }
 * }
 * }</pre>
 *
 * <p>Commit soon: messages that others send after it are received only after it, unless the queue has a single producer. A process
 * that keeps one shows as {@code blockedBy} in the queue's statistics; if it is killed, the message is skipped.
 */
public final class Claim implements AutoCloseable {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Whom it is from, while it is open. A claim that is taken again and again is kept by its outbox, and keeps it. */
    private @Nullable Outbox<?> outbox;

    private final boolean kept;

    private ByteBuffer bytes = NOTHING;
    private int offset;
    private int length;
    private Ring ring;
    private long position;
    private long span;
    private long block;
    private boolean plain;
    private boolean open;

    Claim(Ring ring) {
        this.ring = ring;
        this.kept = false;
    }

    /** The claim of a thread, which takes it again and again. */
    Claim(Ring ring, Outbox<?> outbox) {
        this.ring = ring;
        this.outbox = outbox;
        this.kept = true;
    }

    void set(
            Outbox<?> outbox,
            Ring ring,
            long position,
            long span,
            long block,
            ByteBuffer bytes,
            int offset,
            int length) {
        this.outbox = outbox;
        this.ring = ring;
        this.position = position;
        this.span = span;
        this.block = block;
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
        this.plain = false;
        this.open = true;
    }

    /** As {@link #set} for a message that is nothing but a word and its payload, in the ring. References are stored only if they changed. */
    @SuppressWarnings("ReferenceEquality") // The very view is meant, whatever bytes another has.
    void setPlain(Ring from, long position, long span, ByteBuffer view, int start, int bodyBytes) {
        if (ring != from) {
            ring = from;
        }
        this.position = position;
        this.span = span;
        this.block = 0;
        if (bytes != view) {
            bytes = view;
        }
        this.offset = start;
        this.length = bodyBytes;
        this.plain = true;
        this.open = true;
    }

    /** Whether it is that of a thread, which takes it again and again. */
    boolean isKept() {
        return kept;
    }

    /** Whether its record's word is still to be written. */
    boolean isPlain() {
        return plain;
    }

    /** Where its payload begins in its view. */
    int offset() {
        return offset;
    }

    /** Its place and its block are given up by who closes; what is written by it from now on is refused. */
    void lose() {
        block = 0;
        length = 0;
    }

    boolean isOpen() {
        return open;
    }

    Ring ring() {
        return ring;
    }

    long position() {
        return position;
    }

    long span() {
        return span;
    }

    long block() {
        return block;
    }

    /** Bytes of payload. */
    public int length() {
        return length;
    }

    public Claim putByte(int index, byte value) {
        bytes.put(at(index, Byte.BYTES), value);
        return this;
    }

    /** Writes 4 bytes, the lowest first. */
    public Claim putInt(int index, int value) {
        bytes.putInt(at(index, Integer.BYTES), value);
        return this;
    }

    /** Writes 8 bytes, the lowest first. */
    public Claim putLong(int index, long value) {
        bytes.putLong(at(index, Long.BYTES), value);
        return this;
    }

    /** Copies bytes in. */
    public Claim putBytes(int index, byte[] source, int sourceOffset, int count) {
        bytes.put(at(index, count), source, sourceOffset, count);
        return this;
    }

    private int at(int index, int count) {
        return offset + Objects.checkFromIndexSize(index, count, length);
    }

    /** A view of the payload, little-endian. Makes an object; the setters do not. Not to be used after commit or close. */
    public ByteBuffer buffer() {
        return bytes.slice(offset, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Sends the message.
     *
     * @throws IllegalStateException if it was committed or closed before
     * @throws dev.shm.error.SegmentClosedException if the queue was closed meanwhile; nothing was sent, and closing gives the claim up
     */
    public void commit() {
        Outbox<?> from = outbox;
        if (!open || from == null) {
            throw new IllegalStateException("this claim was committed or closed already. Take another with tryClaim.");
        }
        from.commit(this, length);
    }

    /** Gives the claim up, unless it was committed. Further calls do nothing. */
    @Override
    public void close() {
        Outbox<?> from = outbox;
        if (open && from != null) {
            from.abort(this);
        }
    }

    /** It is not to be used any more. By its outbox, once nobody can take it back: until then it stays open, so that closing does. */
    void end() {
        open = false;
        length = 0;
        if (!kept) {
            outbox = null;
            bytes = NOTHING;
        }
    }
}
