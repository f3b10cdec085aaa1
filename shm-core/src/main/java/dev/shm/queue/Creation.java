package dev.shm.queue;

import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectKind;
import dev.shm.memory.Memory;
import java.time.Duration;
import java.util.StringJoiner;

/**
 * What is said of a queue or topic before it is opened. The first part is fixed when it is created; who opens one that exists takes
 * it as it is, except that the way messages are written and read must be the same. The rest is each opening's own choice.
 */
record Creation(
        int flags,
        long capacityBytes,
        int priorities,
        int maxDeliveries,
        long visibilityNanos,
        long evictNanos,
        int subscribers,
        FullPolicy full,
        Waiting waiting,
        boolean stamped) {

    static final long DEFAULT_CAPACITY = 4L << 20;
    static final int DEFAULT_SUBSCRIBERS = 64;

    static final Creation QUEUE =
            new Creation(0, DEFAULT_CAPACITY, 1, 0, 0, 0, 1, FullPolicy.BLOCK, Waiting.BLOCK, true);

    static final Creation TOPIC = new Creation(
            QueueLayout.TOPIC | QueueLayout.BY_CURSOR,
            DEFAULT_CAPACITY,
            1,
            0,
            0,
            0,
            DEFAULT_SUBSCRIBERS,
            FullPolicy.BLOCK,
            Waiting.BLOCK,
            true);

    boolean is(int flag) {
        return (flags & flag) != 0;
    }

    /** Dropping the oldest is the ring's affair where there are cursors, in whatever order it was asked for. */
    private static int flags(int flags, FullPolicy full) {
        return full == FullPolicy.DROP_OLDEST && (flags & QueueLayout.BY_CURSOR) != 0
                ? flags | QueueLayout.LOSSY
                : flags & ~QueueLayout.LOSSY;
    }

    Creation with(int flag) {
        return new Creation(
                flags(flags | flag, full),
                capacityBytes,
                priorities,
                maxDeliveries,
                visibilityNanos,
                evictNanos,
                subscribers,
                full,
                waiting,
                stamped);
    }

    Creation capacity(long bytes) {
        if (!Geometry.isRingSize(bytes)) {
            throw new IllegalArgumentException("a capacity is a power of two from " + Geometry.MIN_RING_BYTES + " to "
                    + Geometry.MAX_RING_BYTES + " bytes: capacityBytes=" + bytes
                    + (bytes > 0 && bytes < Geometry.MAX_RING_BYTES
                            ? ". The next one is " + Math.max(Geometry.MIN_RING_BYTES, ceiling(bytes)) + "."
                            : "."));
        }
        return new Creation(
                flags,
                bytes,
                priorities,
                maxDeliveries,
                visibilityNanos,
                evictNanos,
                subscribers,
                full,
                waiting,
                stamped);
    }

    private static long ceiling(long bytes) {
        return Long.highestOneBit(bytes - 1) << 1;
    }

    Creation levels(int count) {
        if (count < 1 || count > Geometry.MAX_RINGS) {
            throw new IllegalArgumentException("a queue has 1 to " + Geometry.MAX_RINGS + " priorities: " + count);
        }
        return new Creation(
                flags,
                capacityBytes,
                count,
                maxDeliveries,
                visibilityNanos,
                evictNanos,
                subscribers,
                full,
                waiting,
                stamped);
    }

    Creation deadAfter(int deliveries) {
        if (deliveries < 1 || deliveries > ControlWord.MAX_ATTEMPTS) {
            throw new IllegalArgumentException("a message becomes a dead letter after 1 to " + ControlWord.MAX_ATTEMPTS
                    + " deliveries: " + deliveries);
        }
        return new Creation(
                flags,
                capacityBytes,
                priorities,
                deliveries,
                visibilityNanos,
                evictNanos,
                subscribers,
                full,
                waiting,
                stamped);
    }

    Creation visibility(Duration timeout) {
        return new Creation(
                flags,
                capacityBytes,
                priorities,
                maxDeliveries,
                positiveNanos(timeout, "a visibility time-out"),
                evictNanos,
                subscribers,
                full,
                waiting,
                stamped);
    }

    Creation evictAfter(Duration patience) {
        return new Creation(
                flags,
                capacityBytes,
                priorities,
                maxDeliveries,
                visibilityNanos,
                positiveNanos(patience, "the time after which a subscriber is put out"),
                subscribers,
                full,
                waiting,
                stamped);
    }

    private static long positiveNanos(Duration duration, String what) {
        if (duration.isNegative() || duration.isZero() || duration.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException(what + " is more than zero and at most 365 days: " + duration);
        }
        return duration.toNanos();
    }

    Creation subscribers(int most) {
        if (most < 1 || most > Geometry.MAX_CURSORS) {
            throw new IllegalArgumentException("a topic has 1 to " + Geometry.MAX_CURSORS + " subscribers: " + most);
        }
        return new Creation(
                flags,
                capacityBytes,
                priorities,
                maxDeliveries,
                visibilityNanos,
                evictNanos,
                most,
                full,
                waiting,
                stamped);
    }

    Creation full(FullPolicy policy) {
        return new Creation(
                flags(flags, policy),
                capacityBytes,
                priorities,
                maxDeliveries,
                visibilityNanos,
                evictNanos,
                subscribers,
                policy,
                waiting,
                stamped);
    }

    Creation waiting(Waiting how) {
        return new Creation(
                flags,
                capacityBytes,
                priorities,
                maxDeliveries,
                visibilityNanos,
                evictNanos,
                subscribers,
                full,
                how,
                stamped);
    }

    Creation stamped(boolean wanted) {
        return new Creation(
                flags,
                capacityBytes,
                priorities,
                maxDeliveries,
                visibilityNanos,
                evictNanos,
                subscribers,
                full,
                waiting,
                wanted);
    }

    /** Throws if the parts do not go together. */
    Creation check() {
        if (is(QueueLayout.BY_CURSOR) && priorities > 1) {
            throw new IllegalArgumentException(
                    "priorities need competing consumers: leave out singleProducer() and singleConsumer()");
        }
        if (is(QueueLayout.BY_CURSOR) && visibilityNanos > 0) {
            throw new IllegalArgumentException(
                    "a visibility time-out gives a message to another consumer, and here there is no other: leave out "
                            + "visibilityTimeout(...), or singleProducer() and singleConsumer()");
        }
        if (is(QueueLayout.LOSSY) && (maxDeliveries > 0 || evictNanos > 0)) {
            throw new IllegalArgumentException(
                    "what drops the oldest message neither redelivers nor waits for anybody: "
                            + "leave out deadLettersAfter(...) and evictAfter(...), or choose another FullPolicy");
        }
        return this;
    }

    /** What two openings must agree on, in words. */
    String describe(String kind, String codec) {
        StringJoiner how = new StringJoiner(", ", " (", ")").setEmptyValue("");
        if (is(QueueLayout.DENSE)) {
            how.add("single producer");
        }
        if (is(QueueLayout.BY_CURSOR) && !is(QueueLayout.TOPIC)) {
            how.add("single consumer");
        }
        if (is(QueueLayout.LOSSY)) {
            how.add("drops the oldest");
        }
        return kind + how + " of " + codec;
    }

    /** Names what two openings must agree on: FNV-1a, 64 bits. */
    static long schema(String description) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < description.length(); i++) {
            hash = (hash ^ description.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    /** Puts a new object into one tentative block. */
    long allocate(Heap heap, ObjectKind kind) {
        check();
        Geometry geometry = new Geometry(
                flags,
                priorities,
                capacityBytes,
                maxDeliveries == 0 ? 0 : Math.max(Geometry.MIN_RING_BYTES, capacityBytes / 4),
                maxDeliveries,
                visibilityNanos,
                evictNanos,
                heap.slots(),
                is(QueueLayout.TOPIC) ? subscribers : is(QueueLayout.BY_CURSOR) ? 1 : 0);
        long reference = heap.allocateCleared(geometry.blockBytes(), kind.code());
        Memory memory = heap.memory();
        long base = Geometry.base(BlockLayout.payload(reference));
        geometry.write(memory, base);
        if (is(QueueLayout.BY_CURSOR) && !is(QueueLayout.TOPIC)) {
            // The one consumer's place is kept from the start.
            long cursor = base + geometry.cursorOffset(0);
            long start = memory.getLong(base + geometry.ringOffset(0) + QueueLayout.TAIL);
            memory.putLong(cursor + QueueLayout.POSITION, start);
            memory.putLong(cursor + QueueLayout.TAKEN, start);
            memory.putLong(cursor + QueueLayout.STATE, Tenancy.word(0, 0, Tenancy.AWAY));
        }
        return reference;
    }
}
