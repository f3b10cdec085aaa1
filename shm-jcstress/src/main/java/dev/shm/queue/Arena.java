package dev.shm.queue;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.WaitRoom;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * Many small queues in one file that is mapped twice, as if by two processes. Each state of a test gets the next one, as new; there are
 * more than a test has states at a time.
 */
final class Arena {

    /** Processes, by the number that their words have. */
    static final int MINE = 1;

    static final int THEIRS = 2;

    private static final int QUEUES = 1 << 14;
    /** Sixteen slots, or 128 units of a dense ring. */
    private static final long RING_BYTES = 1 << 10;

    private static final int CURSORS = 2;
    private static final long STRIDE = 4096;

    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final Memory FIRST;
    private static final Memory SECOND;

    static {
        try {
            Path file = Files.createTempFile(Path.of("/dev/shm"), "shm-jcstress-", "");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                // Whatever happens, it goes with this process.
                Files.delete(file);
                channel.write(ByteBuffer.allocate(1), QUEUES * STRIDE - 1);
                FIRST = MappedMemory.map(channel, QUEUES * STRIDE);
                SECOND = MappedMemory.map(channel, QUEUES * STRIDE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bells, which nobody hears; that one was rung shows in the word of sleepers. */
    private static final WaitRoom ROOM_OF_MINE = room(FIRST, MINE);

    private static final WaitRoom ROOM_OF_THEIRS = room(SECOND, THEIRS);

    private static WaitRoom room(Memory memory, int owner) {
        SegmentLayout layout = SegmentLayout.of(memory.size(), 2, 1, 16);
        return new Attachment(memory, layout, "arena", owner - 1, 1).waitRoom();
    }

    final Memory mine = FIRST;
    final Memory theirs = SECOND;
    final Geometry geometry;
    final long base;

    /** An empty queue or topic with those flags, see {@link QueueLayout}. */
    Arena(int flags) {
        int cursors = (flags & QueueLayout.BY_CURSOR) == 0 ? 0 : CURSORS;
        this.geometry = new Geometry(flags, 1, RING_BYTES, 0, 0, 0, 0, 2, cursors);
        this.base = (NEXT.getAndIncrement() & QUEUES - 1) * STRIDE;
        if (geometry.totalBytes() > STRIDE) {
            throw new IllegalStateException(geometry + " does not fit");
        }
        mine.clear(base, STRIDE);
        geometry.write(mine, base);
    }

    Cursors cursors(Memory memory, LongConsumer releaser) {
        return new Cursors(memory, geometry, base, releaser);
    }

    SlotRing slots(Memory memory, int owner) {
        return (SlotRing) Ring.of(memory, geometry, 0, base, owner, Competition.RECLAIMER);
    }

    SlotRing slots(Memory memory, int owner, Cursors cursors) {
        return (SlotRing) Ring.of(memory, geometry, 0, base, owner, cursors);
    }

    DenseRing dense(Memory memory, Cursors cursors) {
        return (DenseRing) Ring.of(memory, geometry, 0, base, MINE, cursors);
    }

    /** How that process waits for messages, and tells others of them. */
    Waiter waiter(Memory memory, int owner) {
        return new Waiter(
                memory,
                owner == MINE ? ROOM_OF_MINE : ROOM_OF_THEIRS,
                base + QueueLayout.SLEEPING_RECEIVERS,
                Waiting.BLOCK,
                Long.MAX_VALUE);
    }

    /** Whether the process has said that it is about to sleep, and was not rung for since. */
    boolean isAnnounced(int owner) {
        return (mine.getLongVolatile(base + QueueLayout.SLEEPING_RECEIVERS)
                        & (owner == MINE ? ROOM_OF_MINE : ROOM_OF_THEIRS).ownBit())
                != 0;
    }

    /** Sends eight bytes in one unit of a slot ring, or two of a dense one; returns the position. */
    static long send(Memory memory, Ring ring, int flags, long body) {
        long span = ring.span(flags, 0, Long.BYTES);
        long position = ring.claim(span);
        memory.putLong(ring.address(position), RecordLayout.word(Long.BYTES, 0, flags));
        memory.putLong(ring.address(position) + RecordLayout.WORD_BYTES, body);
        ring.commit(position, span);
        return position;
    }

    static long body(Memory memory, Ring ring, long position) {
        return memory.getLong(ring.address(position) + RecordLayout.WORD_BYTES);
    }
}
