package dev.shm.queue;

import dev.shm.segment.Peer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Adds up the statistics of one queue or topic. */
final class Figures {

    private Figures() {}

    static QueueStatistics of(Opening opening) {
        long depth = 0;
        long used = 0;
        long highWater = 0;
        long capacity = 0;
        QueueStatistics.Blocker blocker = null;
        for (int i = 0; i < opening.geometry.rings(); i++) {
            Ring ring = opening.rings[i];
            long from = Math.max(ring.head(), ring.reachable());
            depth += depth(opening, ring);
            used += Math.max(0, ring.end() - from) << ring.unitShift;
            highWater += ring.highWaterBytes();
            capacity += ring.bytes();
            blocker = blocker == null ? blocker(opening, ring) : blocker;
        }
        long lost = 0;
        for (int cursor = 0; cursor < opening.cursors.count(); cursor++) {
            lost += Tenancy.state(opening.cursors.state(cursor)) == 0 ? 0 : opening.cursors.lost(cursor);
        }
        return new QueueStatistics(
                opening.total(Counter.CLAIMED),
                opening.total(Counter.RECEIVED),
                opening.total(Counter.BYTES),
                opening.total(Counter.REDELIVERED),
                opening.total(Counter.DROPPED) + lost,
                opening.total(Counter.DEAD_LETTERED),
                opening.total(Counter.EVICTED),
                depth,
                used,
                highWater,
                capacity,
                Optional.ofNullable(blocker));
    }

    /** Of the ring of dead letters. */
    static QueueStatistics ofRing(Opening opening, int index) {
        Ring ring = opening.rings[index];
        return new QueueStatistics(
                opening.total(Counter.DEAD_LETTERED),
                0,
                0,
                0,
                0,
                0,
                0,
                depth(opening, ring),
                (ring.end() - ring.reachable()) << ring.unitShift,
                ring.highWaterBytes(),
                ring.bytes(),
                Optional.ofNullable(blocker(opening, ring)));
    }

    private static long depth(Opening opening, Ring ring) {
        boolean byCursor = opening.geometry.is(QueueLayout.BY_CURSOR) && ring == opening.rings[0];
        if (!byCursor) {
            long[] count = {0};
            ((SlotRing) ring).forEachUndone((position, word) -> {
                count[0]++;
                return true;
            });
            return count[0];
        }
        int slowest = opening.cursors.slowestCursor();
        return slowest < 0 ? 0 : opening.cursors.count(ring, slowest);
    }

    private static QueueStatistics.@Nullable Blocker blocker(Opening opening, Ring ring) {
        boolean byCursor = opening.geometry.is(QueueLayout.BY_CURSOR) && ring == opening.rings[0];
        long at = Math.max(ring.head(), ring.reachable());
        if (ring instanceof SlotRing slots) {
            long word = slots.word(at);
            if (slots.age(word, at) == 0) {
                String why = ControlWord.state(word) == ControlWord.CLAIMED
                        ? "writes a message"
                        : ControlWord.state(word) == ControlWord.TAKEN ? "has a message" : null;
                if (why != null) {
                    return blocker(opening, ControlWord.owner(word), why);
                }
            }
        }
        int slowest = byCursor ? opening.cursors.slowestCursor() : -1;
        boolean nearlyFull = ring.end() - at > ring.units - (ring.units >>> 2);
        return slowest < 0 || !nearlyFull
                ? null
                : blocker(
                        opening,
                        Tenancy.owner(opening.cursors.state(slowest)),
                        opening.geometry.is(QueueLayout.TOPIC) ? "is the slowest subscriber" : "is the consumer");
    }

    private static QueueStatistics.@Nullable Blocker blocker(Opening opening, int owner, String why) {
        Peer peer = owner == 0 ? null : opening.handle.peer(owner - 1);
        return peer == null ? null : new QueueStatistics.Blocker(peer.process().pid(), peer.application(), why);
    }
}
