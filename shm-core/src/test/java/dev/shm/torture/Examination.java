package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.shm.HeapAccess;
import dev.shm.ObjectInfo;
import dev.shm.SegmentStatistics;
import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.error.StaleReferenceException;
import dev.shm.heap.Heap;
import dev.shm.memory.Memory;
import dev.shm.segment.SlotLayout;
import dev.shm.testing.Content;
import dev.shm.testing.SegmentView;
import dev.shm.testing.Watchdog;
import dev.shm.torture.SeatLog.Block;
import dev.shm.torture.SeatLog.ThreadLog;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Compares the segment with what the logs say must be in it. */
final class Examination {

    private final SharedMemory memory;
    private final SegmentView view;
    private final Heap heap;
    private final Memory bytes;
    private final List<Seat> seats;
    private final List<SharedLong> counters = new ArrayList<>();
    private final List<SharedBytes> values = new ArrayList<>();
    private final List<List<SharedBytes>> own = new ArrayList<>();
    /** Increments and replacements that were done and not acknowledged, since their process was killed in between. */
    private final long[] silentIncrements = new long[SeatLog.COUNTERS];

    private final long[] silentReplacements = new long[SeatLog.VALUES];

    Examination(SharedMemory memory, List<Seat> seats) {
        this.memory = memory;
        this.view = SegmentView.of(memory);
        this.heap = HeapAccess.heap(memory);
        this.bytes = HeapAccess.memory(memory);
        this.seats = seats;
        for (int i = 0; i < SeatLog.COUNTERS; i++) {
            counters.add(memory.create(TortureNames.counter(i), SharedLong.type()));
        }
        for (int i = 0; i < SeatLog.VALUES; i++) {
            values.add(memory.create(TortureNames.value(i), SharedBytes.type()));
        }
        for (Seat seat : seats) {
            List<SharedBytes> ofSeat = new ArrayList<>();
            for (int thread = 0; thread < SeatLog.THREADS; thread++) {
                ofSeat.add(memory.create(TortureNames.own(seat.number(), thread), SharedBytes.type()));
            }
            own.add(ofSeat);
        }
    }

    /** What must hold at any instant, even with processes stopped in the middle of something and others reaped meanwhile. */
    void examineInMotion() {
        assertThat(memory.verify()).isEmpty();
        List<Long> before = view.slotWords();
        SegmentStatistics now = memory.deepStatistics();
        List<Long> after = view.slotWords();
        assertThat(now.freeBytes() + now.liveBytes() + now.queuedBytes() + now.tentativeBytes() + now.metaBytes())
                .isEqualTo(now.heapBytes());
        assertThat(now.tentativeBytesBySlot().keySet())
                .as("slots that hold something")
                .allSatisfy(slot -> assertThat(SlotLayout.state(before.get(slot)) == SlotLayout.FREE
                                && before.get(slot).equals(after.get(slot)))
                        .as("slot %d was free all the time", slot)
                        .isFalse());
    }

    boolean holds(long pid) {
        return view.holds(pid);
    }

    /**
     * What must hold between operations, after some processes were killed.
     *
     * @param ended seats whose process has ended
     */
    void examineAtRest(List<Seat> ended) {
        Watchdog.await("destroyed objects to be collected", () -> {
            memory.reap();
            return memory.objects().stream().noneMatch(object -> object.destroyed() && object.openers() == 0);
        });
        examineInMotion();
        settleCounters(ended);
        settleValues(ended);
        for (Seat seat : ended) {
            seat.threads().forEach(this::settleBlocks);
            for (int thread = 0; thread < SeatLog.THREADS; thread++) {
                settleOwn(seat, thread);
                settleNamed(seat, thread);
            }
            seat.threads().forEach(ThreadLog::settled);
        }
        seats.stream().flatMap(Seat::blocks).forEach(this::checkBlock);
        checkObjects();
        checkNothingElse();
    }

    // ------------------------------------------------------------------------------------------ the one in flight

    private void settleCounters(List<Seat> ended) {
        for (int i = 0; i < SeatLog.COUNTERS; i++) {
            int counter = i;
            long acknowledged =
                    allThreads().mapToLong(t -> t.increments(counter)).sum() + silentIncrements[i];
            long found = counters.get(i).get();
            assertThat(found)
                    .as("counter %d", i)
                    .isBetween(acknowledged, acknowledged + inFlight(ended, SeatLog.INCREMENT, i));
            silentIncrements[i] += found - acknowledged;
        }
    }

    private void settleValues(List<Seat> ended) {
        for (int i = 0; i < SeatLog.VALUES; i++) {
            int value = i;
            long acknowledged =
                    allThreads().mapToLong(t -> t.replacements(value)).sum() + silentReplacements[i];
            long found = Content.version(values.get(i).get());
            assertThat(found)
                    .as("replacements of value %d", i)
                    .isBetween(acknowledged, acknowledged + inFlight(ended, SeatLog.REPLACE, i));
            silentReplacements[i] += found - acknowledged;
        }
    }

    private Stream<ThreadLog> allThreads() {
        return seats.stream().flatMap(Seat::threads);
    }

    private static long inFlight(List<Seat> ended, int operation, int index) {
        return ended.stream()
                .flatMap(Seat::threads)
                .filter(thread -> thread.operation() == operation && thread.index() == index)
                .count();
    }

    private void settleBlocks(ThreadLog thread) {
        if (thread.operation() == SeatLog.PUBLISH) {
            boolean published = thread.reference() != 0 && isThere(thread.reference());
            thread.block(
                    thread.index(),
                    published
                            ? new Block(thread.reference(), thread.size(), thread.seed(), thread.target())
                            : Block.NONE);
        } else if (thread.operation() == SeatLog.FREE
                && !isThere(thread.block(thread.index()).reference())) {
            thread.block(thread.index(), Block.NONE);
        }
        for (int i = 0; i < SeatLog.BLOCKS; i++) {
            if (thread.block(i).state() == SeatLog.HELD) {
                assertThat(isThere(thread.block(i).reference()))
                        .as("what a dead process held is still there")
                        .isFalse();
                thread.block(i, Block.NONE);
            }
        }
    }

    private boolean isThere(long reference) {
        try {
            heap.payload(reference);
            return true;
        } catch (StaleReferenceException e) {
            return false;
        }
    }

    private void settleOwn(Seat seat, int thread) {
        ThreadLog log = seat.log().thread(thread);
        long found = Content.version(own.get(seat.number()).get(thread).get());
        if (log.operation() == SeatLog.SET && found == log.seed()) {
            log.ownVersion(found);
        }
        assertThat(found)
                .as("own value of seat %d, thread %d", seat.number(), thread)
                .isEqualTo(log.ownVersion());
    }

    private void settleNamed(Seat seat, int thread) {
        ThreadLog log = seat.log().thread(thread);
        int index = log.index();
        if (log.operation() != SeatLog.CREATE && log.operation() != SeatLog.DESTROY) {
            return;
        }
        String name = TortureNames.named(seat.number(), thread, index);
        Optional<? extends SharedObject> found = memory.find(name, TortureNames.typeOfNamed(index));
        if (found.isEmpty()) {
            log.named(index, 0);
            return;
        }
        try (SharedObject named = found.get()) {
            if (log.operation() == SeatLog.CREATE) {
                assertThat(TortureNames.content(named)).as(name).isIn(0L, log.seed());
                // An empty one is made whole, so that the successor finds only whole ones.
                TortureNames.store(named, log.seed());
                log.named(index, log.seed());
            }
        }
    }

    // ------------------------------------------------------------------------------------------ what was acknowledged

    private void checkBlock(Block block) {
        if (block.state() == SeatLog.HELD) {
            return;
        }
        byte[] found = new byte[heap.length(block.reference())];
        bytes.getBytes(heap.payload(block.reference()), found, 0, found.length);
        if (found.length != block.size() || !Content.matches(found, block.seed())) {
            fail("somebody wrote into " + block);
        }
    }

    private void checkObjects() {
        for (Seat seat : seats) {
            for (int thread = 0; thread < SeatLog.THREADS; thread++) {
                for (int i = 0; i < SeatLog.NAMES; i++) {
                    String name = TortureNames.named(seat.number(), thread, i);
                    SharedType<? extends SharedObject> type = TortureNames.typeOfNamed(i);
                    long content = seat.log().thread(thread).named(i);
                    if (content == 0) {
                        assertThat(memory.find(name, type)).as(name).isEmpty();
                    } else {
                        try (SharedObject named = memory.open(name, type)) {
                            assertThat(TortureNames.content(named)).as(name).isEqualTo(content);
                        }
                    }
                }
            }
        }
    }

    /** Counts the blocks: all that anybody knows of, and not one more. */
    private void checkNothingElse() {
        long known = seats.stream().flatMap(Seat::blocks).count();
        for (ObjectInfo object : memory.objects()) {
            assertThat(object.destroyed())
                    .as(object.name() + " is destroyed and nobody uses it")
                    .isFalse();
            known += 1 + valueBlocks(object);
            if (object.name().startsWith("named") || object.name().startsWith("contended")) {
                assertThat(object.openers())
                        .as("processes that have " + object.name() + " open")
                        .isZero();
            } else {
                assertThat(object.openers())
                        .as("processes that have " + object.name() + " open")
                        .isLessThanOrEqualTo(view.occupied().size());
            }
        }
        assertThat(memory.deepStatistics().usedBlocks()).as("blocks in use").isEqualTo(known);
    }

    private int valueBlocks(ObjectInfo object) {
        if (!object.type().equals(SharedBytes.type().toString())) {
            return 0;
        }
        try (SharedBytes value = memory.open(object.name(), SharedBytes.type())) {
            return value.length() == 0 ? 0 : 1;
        }
    }

    // ------------------------------------------------------------------------------------------ the end

    /** Gives everything back, and looks whether that was everything. */
    void takeApart() {
        seats.stream()
                .flatMap(Seat::blocks)
                .forEach(block -> heap.free(
                        block.state() == SeatLog.QUEUED ? heap.dequeue(block.reference()) : block.reference()));
        counters.forEach(SharedObject::close);
        values.forEach(SharedObject::close);
        own.forEach(ofSeat -> ofSeat.forEach(SharedObject::close));
        memory.objects().forEach(object -> memory.destroy(object.name()));
        assertThat(memory.objects()).isEmpty();
        assertThat(memory.verify()).isEmpty();
        assertThat(memory.deepStatistics().usedBytes()).isZero();
        HeapAccess.awaitEmpty(memory);
    }
}
