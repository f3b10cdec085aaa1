package dev.shm.queue;

import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.StaleReferenceException;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import dev.shm.segment.Attachment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What sending to and receiving from one queue or topic have in common: one opening of it by this process. */
final class Opening {

    final ObjectHandle handle;
    final Attachment attachment;
    final Memory memory;
    final Heap heap;
    final Geometry geometry;
    final long base;
    final int owner;
    final int number;
    final Cursors cursors;
    final Ring[] rings;

    /** All of it, if no window ends in the middle of it. */
    final @Nullable Strip strip;

    private final long counters;

    Opening(ObjectHandle handle) {
        this.handle = handle;
        this.attachment = handle.attachment();
        this.memory = handle.memory();
        this.heap = handle.heap();
        this.geometry = Geometry.read(memory, handle.payload());
        this.base = Geometry.base(handle.payload());
        this.owner = attachment.owner();
        this.cursors = new Cursors(memory, geometry, base, this::free);
        this.counters = base + geometry.counterOffset(attachment.slot());
        this.number = Tenancy.nextOpening();
        this.strip = memory.isInOneWindow(base, geometry.totalBytes())
                ? memory.strip(base, (int) geometry.totalBytes())
                : null;
        this.rings = new Ring[geometry.allRings()];
        for (int i = 0; i < rings.length; i++) {
            boolean byCursor = geometry.is(QueueLayout.BY_CURSOR) && i < geometry.rings();
            Ring.Reclaimer reclaimer = byCursor ? cursors : Competition.RECLAIMER;
            rings[i] = Ring.of(memory, geometry, i, base, owner, reclaimer);
        }
    }

    /** The same opening, but that it counts what happens to its dead letters. */
    private Opening(Opening of) {
        this.handle = of.handle;
        this.attachment = of.attachment;
        this.memory = of.memory;
        this.heap = of.heap;
        this.geometry = of.geometry;
        this.base = of.base;
        this.owner = of.owner;
        this.number = of.number;
        this.cursors = of.cursors;
        this.rings = of.rings;
        this.strip = of.strip;
        this.counters = base + geometry.deadCounterOffset(attachment.slot());
    }

    Opening ofDeadLetters() {
        return new Opening(this);
    }

    /** The rings for messages, by priority. */
    Ring[] messageRings() {
        return Arrays.copyOf(rings, geometry.rings());
    }

    /** The ring of dead letters. */
    SlotRing deadRing() {
        return (SlotRing) rings[geometry.rings()];
    }

    /** Throws if this opening or the segment is closed. */
    void checkOpen() {
        handle.payload();
    }

    IllegalStateException insideOfItself() {
        return new IllegalStateException(
                "'" + handle.name() + "' cannot be closed by a handler of its messages or by its codec, "
                        + "for which closing waits. Close it after they have returned.");
    }

    void enter(Presence presence, Presence.Mark mark) {
        if (!presence.enter(mark)) {
            checkOpen();
            throw new SegmentClosedException("'" + handle.name() + "' is being closed by this process");
        }
        if (!attachment.isOpen()) {
            presence.leave(mark);
            attachment.checkOpen();
        }
    }

    void count(Counter counter, long much) {
        memory.getAndAddLong(counters + counter.offset(), much);
    }

    /** Sets what only one thread of this process counts. */
    void set(Counter counter, long value) {
        memory.putLong(counters + counter.offset(), value);
    }

    /** Where a counter of this process lies in the {@link #strip}. */
    int offset(Counter counter) {
        return (int) (counters - base) + counter.offset();
    }

    /** What this process, and whoever had its slot before, has counted. */
    long get(Counter counter) {
        return memory.getLongAcquire(counters + counter.offset());
    }

    private static SegmentFormatException impossible(Ring ring, long position, int length, long room) {
        return ring.damaged(position, "a message of " + length + " bytes is said to lie in " + room);
    }

    /** Frees the block of a message that was read, if nobody did yet. */
    void free(long reference) {
        try {
            heap.free(heap.dequeue(reference));
        } catch (StaleReferenceException e) {
            // Somebody else was faster, or was killed right after.
        }
    }

    /** Keeps the lines of a record that was decoded, and that nobody else may change or give back; see {@link Lines}. */
    void keepLines(Lines lines, Ring ring, long position) {
        if (strip != null) {
            int at = (int) (ring.address(position) - base);
            long bytes = ring.span(position) << ring.unitShift;
            lines.keep(strip, at, (int) Math.min(at + bytes, strip.bytes().capacity()), true);
        }
    }

    /**
     * Frees a block that was never sent. Also after this opening was closed, since closing gives back what others can see, and
     * that block is not among it; only when the segment has ended does it go with everything else.
     */
    void discard(long block) {
        try {
            attachment.runGuarded(() -> heap.free(block));
        } catch (SegmentClosedException e) {
            // It is given back with the slot.
        }
    }

    /**
     * Shows a message where it lies.
     *
     * @param attempts deliveries before this one
     * @throws SegmentFormatException if it is damaged, or was overwritten by a sender meanwhile where that may happen
     * @return false if the block that it refers to is gone: it was acknowledged by one who was killed in the middle of that
     */
    boolean show(Message message, Windows windows, Ring ring, long position, int attempts) {
        long address = ring.address(position);
        long word = memory.getLong(address);
        int length = RecordLayout.bodyBytes(word);
        long room = Math.min(ring.span(position), ring.units - ring.index(position)) << ring.unitShift;
        if (length < 0 || RecordLayout.bytes(word) > room) {
            throw impossible(ring, position, length, room);
        }
        ByteBuffer record = windows.of(address);
        int index = Windows.index(address);
        if (!RecordLayout.is(word, RecordLayout.BY_REFERENCE)) {
            message.set(record, index, word, record, index + RecordLayout.bodyOffset(word), attempts);
            return true;
        }
        try {
            long reference = memory.getLong(address + RecordLayout.bodyOffset(word));
            long body = heap.payload(reference);
            if (length > heap.length(reference)) {
                throw impossible(ring, position, length, heap.length(reference));
            }
            message.set(record, index, word, windows.of(body), Windows.index(body), attempts);
            return true;
        } catch (StaleReferenceException e) {
            return false;
        }
    }
}
