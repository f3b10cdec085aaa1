package dev.shm.queue;

import dev.shm.error.SegmentFormatException;
import dev.shm.memory.Memory;
import dev.shm.segment.Peer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the statistics of one queue or topic. Needs no opening of it and stores nothing, so it also serves one who only looks at a
 * segment; and however the object is damaged, it comes to an end: no walk goes further than once around a ring.
 */
final class Figures {

    /** How often a walk begins anew because what it walked over was overwritten meanwhile. */
    private static final int LOOKS = 100;

    private final Memory memory;
    private final Geometry geometry;
    private final long base;
    private final Cursors cursors;
    private final IntFunction<@Nullable Peer> peers;

    /**
     * The figures of an object.
     *
     * @param payload of its block
     * @param peers who has a slot; null if nobody
     * @throws SegmentFormatException if there is no queue or topic
     */
    Figures(Memory memory, long payload, IntFunction<@Nullable Peer> peers) {
        this.memory = memory;
        this.geometry = Geometry.read(memory, payload);
        this.base = Geometry.base(payload);
        this.cursors = new Cursors(memory, geometry, base, reference -> {});
        this.peers = peers;
    }

    static Figures of(Opening opening) {
        return new Figures(opening.memory, opening.handle.payload(), opening.handle::peer);
    }

    /** What a walk over a ring found. */
    private static final class Extent {
        /** Where the first message is that somebody may still read; the end if there is none. */
        long from = -1;

        long end;
        long messages;
        long firstWord;

        /** Units between the two that hold nothing: padding, and claims that were given up. */
        long skipped;

        long units() {
            return end - from - skipped;
        }
    }

    QueueStatistics all() {
        long depth = 0;
        long used = 0;
        long highWater = 0;
        long capacity = 0;
        QueueStatistics.Blocker blocker = null;
        for (int i = 0; i < geometry.rings(); i++) {
            Ring ring = ring(i);
            Extent extent = extent(ring, i);
            depth += extent.messages;
            used += used(ring, extent);
            highWater += ring.highWaterBytes();
            capacity += ring.bytes();
            blocker = blocker == null ? blocker(ring, i, extent) : blocker;
        }
        return new QueueStatistics(
                total(Counter.CLAIMED),
                total(Counter.RECEIVED),
                total(Counter.BYTES),
                total(Counter.REDELIVERED),
                dropped(),
                total(Counter.DEAD_LETTERED),
                total(Counter.EVICTED),
                depth,
                used,
                highWater,
                capacity,
                Optional.ofNullable(blocker));
    }

    private long dropped() {
        long lost = 0;
        for (int cursor = 0; cursor < cursors.count(); cursor++) {
            lost += cursors.lostByAll(cursor);
        }
        return total(Counter.DROPPED) + lost;
    }

    /** Of the dead letters: what was sent there is what was buried, and what somebody sent there himself. */
    QueueStatistics deadLetters() {
        int index = geometry.rings();
        Ring ring = ring(index);
        Extent extent = extent(ring, index);
        return new QueueStatistics(
                total(Counter.DEAD_LETTERED) + totalOfDead(Counter.CLAIMED),
                totalOfDead(Counter.RECEIVED),
                totalOfDead(Counter.BYTES),
                totalOfDead(Counter.REDELIVERED),
                totalOfDead(Counter.DROPPED),
                0,
                0,
                extent.messages,
                used(ring, extent),
                ring.highWaterBytes(),
                ring.bytes(),
                Optional.ofNullable(blocker(ring, index, extent)));
    }

    /** The same for one who knows nothing of queues; see {@link dev.shm.heap.ObjectKind#describe}. */
    Map<String, Object> describe() {
        QueueStatistics now = all();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("depth", now.depth());
        figures.put("sent", now.sent());
        figures.put("received", now.received());
        figures.put("receivedBytes", now.receivedBytes());
        figures.put("redelivered", now.redelivered());
        figures.put("dropped", now.dropped());
        if (geometry.is(QueueLayout.TOPIC)) {
            figures.put("subscribers", (long) cursors.subscribers());
            figures.put("evicted", now.evicted());
        } else {
            figures.put("deadLettered", now.deadLettered());
            figures.put("deadLetters", geometry.hasDeadLetters() ? deadLetters().depth() : 0L);
        }
        figures.put("usedBytes", now.usedBytes());
        figures.put("highWaterBytes", now.highWaterBytes());
        figures.put("capacityBytes", now.capacityBytes());
        now.blockedBy().ifPresent(blocker -> {
            Map<String, Object> by = new LinkedHashMap<>();
            by.put("pid", blocker.pid());
            by.put("application", blocker.application());
            by.put("why", blocker.why());
            figures.put("blockedBy", by);
        });
        return figures;
    }

    /** Those of them that are counters; walks over no ring. */
    Map<String, Object> counters() {
        Map<String, Object> counters = new LinkedHashMap<>();
        counters.put("sent", total(Counter.CLAIMED));
        counters.put("received", total(Counter.RECEIVED));
        counters.put("receivedBytes", total(Counter.BYTES));
        counters.put("redelivered", total(Counter.REDELIVERED));
        counters.put("dropped", dropped());
        if (geometry.is(QueueLayout.TOPIC)) {
            counters.put("evicted", total(Counter.EVICTED));
        } else {
            counters.put("deadLettered", total(Counter.DEAD_LETTERED));
        }
        return counters;
    }

    private Ring ring(int index) {
        return Ring.of(memory, geometry, index, base, 0, Estate.NO_RECLAIMER);
    }

    private boolean isByCursor(int index) {
        return geometry.is(QueueLayout.BY_CURSOR) && index < geometry.rings();
    }

    private long total(Counter counter) {
        return total(counter, geometry::counterOffset);
    }

    private long totalOfDead(Counter counter) {
        return total(counter, geometry::deadCounterOffset);
    }

    private long total(Counter counter, IntToLongFunction line) {
        long total = 0;
        for (int process = 0; process < geometry.processes(); process++) {
            total += memory.getLongAcquire(base + line.applyAsLong(process) + counter.offset());
        }
        return total;
    }

    private static long used(Ring ring, Extent extent) {
        return Math.max(0, Math.min(ring.units, extent.units())) << ring.unitShift;
    }

    // ------------------------------------------------------------------------------------------ walking

    private Extent extent(Ring ring, int index) {
        boolean byCursor = isByCursor(index);
        Extent extent = new Extent();
        for (int look = 0; look < LOOKS; look++) {
            extent = new Extent();
            int slowest = byCursor ? cursors.slowestCursor() : -1;
            if (byCursor && slowest < 0) {
                // Nobody reads: whatever is there holds nobody up.
                break;
            }
            long start = byCursor ? cursors.position(slowest) : ring.head();
            try {
                if (walk(ring, start, byCursor, extent)) {
                    break;
                }
            } catch (SegmentFormatException e) {
                if (byCursor ? cursors.isHeldAt(slowest, start) : start == ring.head()) {
                    throw e;
                }
            }
        }
        if (extent.from < 0) {
            extent.from = extent.end;
        }
        return extent;
    }

    private boolean walk(Ring ring, long start, boolean byCursor, Extent extent) {
        if (ring instanceof DenseRing dense) {
            return walk(dense, start, extent);
        }
        return walk((SlotRing) ring, start, byCursor, extent);
    }

    /** Follows the chain; false if it was overwritten meanwhile. */
    private boolean walk(SlotRing ring, long start, boolean byCursor, Extent extent) {
        long at = start;
        while (at - start < ring.units) {
            long word = ring.word(at);
            int age = ring.age(word, at);
            if (age != 0) {
                extent.end = at;
                return age < 0;
            }
            int state = ControlWord.state(word);
            boolean over = state == ControlWord.DONE || state == ControlWord.SKIPPED;
            if (extent.from < 0 && (byCursor || !over)) {
                extent.from = at;
                extent.firstWord = word;
            }
            if (state == ControlWord.TAKEN || (state == ControlWord.COMMITTED && !isAcknowledged(ring, at))) {
                extent.messages++;
            }
            long span = ring.span(at);
            if (state == ControlWord.SKIPPED && extent.from >= 0) {
                extent.skipped += span;
            }
            at += span;
        }
        extent.end = at;
        return true;
    }

    /** As above, to the tail. */
    private boolean walk(DenseRing ring, long start, Extent extent) {
        long end = ring.end();
        extent.end = end;
        if (end - start < 0 || end - start > ring.units) {
            // Between reading the one and the other this may be so.
            throw ring.damaged(start, "its end is at " + end);
        }
        extent.from = start;
        for (long at = start; at < end; ) {
            long span = ring.span(at);
            if (!ring.isMessage(at)) {
                extent.skipped += span;
            } else if (!isAcknowledged(ring, at)) {
                extent.messages++;
            }
            at += span;
        }
        return true;
    }

    /** Whether it is over, though it lies between others that are not. In a topic the bit is never set. */
    private boolean isAcknowledged(Ring ring, long at) {
        return geometry.is(QueueLayout.BY_CURSOR)
                && RecordLayout.is(memory.getLong(ring.address(at)), RecordLayout.ACKNOWLEDGED);
    }

    // ------------------------------------------------------------------------------------------ who is to blame

    private QueueStatistics.@Nullable Blocker blocker(Ring ring, int index, Extent extent) {
        int state = ControlWord.state(extent.firstWord);
        if (state == ControlWord.CLAIMED) {
            return blocker(ControlWord.owner(extent.firstWord), "writes a message");
        }
        if (state == ControlWord.TAKEN) {
            return blocker(ControlWord.owner(extent.firstWord), "has a message");
        }
        int slowest = isByCursor(index) ? cursors.slowestCursor() : -1;
        boolean nearlyFull = extent.units() > ring.units - (ring.units >>> 2);
        if (slowest < 0 || !nearlyFull) {
            return null;
        }
        long cursor = cursors.state(slowest);
        if (!geometry.is(QueueLayout.TOPIC)) {
            return blocker(Tenancy.owner(cursor), "is the consumer");
        }
        return Tenancy.state(cursor) == Tenancy.AWAY
                ? new QueueStatistics.Blocker(0, cursors.name(slowest), "is a subscription that nobody reads")
                : blocker(Tenancy.owner(cursor), "is the slowest subscriber");
    }

    private QueueStatistics.@Nullable Blocker blocker(int owner, String why) {
        Peer peer = owner == 0 ? null : peers.apply(owner - 1);
        return peer == null ? null : new QueueStatistics.Blocker(peer.process().pid(), peer.application(), why);
    }
}
