package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.heap.HeapHints;
import dev.shm.heap.HeapStatistics;
import dev.shm.memory.TracingMemory.Killed;
import dev.shm.memory.TracingMemory.Order;
import dev.shm.memory.TracingMemory.Store;
import dev.shm.segment.SlotLayout;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Kills a process after each of the stores of an operation in turn, has a survivor reap it, and checks that the operation
 * happened wholly or not at all, that nothing leaked, and that everything still works. Then kills the reaper, too, after each
 * of its stores. Then does the same with every image that the memory order allows and program order would not show.
 */
final class CrashEnumerator {

    /** An operation of the victim, and how to tell afterwards whether it happened. Made anew for each death. */
    abstract static class Operation {

        /** Brings about what the operation needs. Nobody dies here. */
        void arrange(Process victim, Process survivor) {}

        /** The operation. */
        abstract void act(Process victim);

        /**
         * Whether the operation happened, as a survivor sees it after reaping; fails if it half did. What only the victim had,
         * such as a tentative block, has not happened.
         */
        abstract boolean happened(Process survivor);

        /** Whether what the operation does is gone with the victim even when it is complete. */
        boolean isUndoneByDeath() {
            return false;
        }

        /** Whether blocks are freed one after the other before it is done. */
        boolean isGradual() {
            return false;
        }

        /** The slot of the process that dies. */
        int slot() {
            return World.VICTIM;
        }
    }

    /** Makes an operation, the same each time. */
    interface Scenario {
        Operation operation();
    }

    private static final int SUBSETS = 24;
    private static final int SUBSETS_OF_REAPER = 2;
    private static final long BYTES = 384 * 1024;

    private final World world;
    private final byte[] blank;
    private final Scenario scenario;
    private Operation operation;
    private Process victim;
    private Process survivor;
    private long usedBefore;
    private long usedAfter;
    private int deaths;
    private int stride = 1;

    private CrashEnumerator(Scenario scenario, long bytes) {
        this.scenario = scenario;
        this.world = World.ofBytes(bytes);
        this.blank = world.image();
    }

    /** Runs all of it; returns how many deaths were died. */
    static int enumerate(Scenario scenario) {
        return new CrashEnumerator(scenario, BYTES).run();
    }

    /**
     * The same in a segment of another size. Of the deaths of reapers only some are tried, others after each store of the
     * operation: what a reaper does after most of them is the same.
     */
    static int enumerateSparsely(Scenario scenario, long bytes) {
        CrashEnumerator enumerator = new CrashEnumerator(scenario, bytes);
        enumerator.stride = 13;
        return enumerator.run();
    }

    private int run() {
        begin();
        byte[] before = world.image();
        operation.act(victim);
        List<Store> trace = List.copyOf(victim.memory.trace());
        assertThat(trace).as("an operation without stores proves nothing").isNotEmpty();
        byte[] after = world.image();
        usedBefore = usedOnceReaped(before);
        usedAfter = usedOnceReaped(after);

        boolean happenedOnce = false;
        for (int stores = 0; stores <= trace.size(); stores++) {
            killAfter(stores);
            byte[] death = world.image();
            boolean happened = reapAndCheck("killed after store " + stores + " of " + trace.size());
            assertThat(happened || !happenedOnce)
                    .as("what had happened after store %d must not be undone by store %d", stores - 1, stores)
                    .isTrue();
            happenedOnce = happened;
            killReaper(death, happened, "killed after store " + stores);
        }
        assertThat(happenedOnce).as("the whole operation happened").isEqualTo(!operation.isUndoneByDeath());
        reorder();
        return deaths;
    }

    private void begin() {
        world.restore(blank);
        operation = scenario.operation();
        victim = world.process(World.VICTIM);
        survivor = world.process(World.SURVIVOR);
        operation.arrange(victim, survivor);
        victim.memory.arm(Long.MAX_VALUE);
    }

    private void killAfter(int stores) {
        begin();
        victim.memory.arm(stores);
        try {
            operation.act(victim);
        } catch (RuntimeException | Error e) {
            // What a killed process throws on its way out nobody hears.
            if (!victim.memory.isDead()) {
                throw e;
            }
        }
        victim.memory.kill();
        world.kill(operation.slot());
        deaths++;
    }

    private long usedOnceReaped(byte[] image) {
        world.restore(image);
        world.kill(operation.slot());
        world.process(World.SURVIVOR).reap();
        return world.count().usedBytes();
    }

    private boolean reapAndCheck(String when) {
        survivor.reap();
        return check(survivor, when);
    }

    /** Kills the first reaper after each of its stores; a second one finishes, and the outcome is the same. */
    private void killReaper(byte[] death, boolean happened, String when) {
        for (int stores = deaths % stride; ; stores += stride) {
            world.restore(death);
            world.kill(operation.slot());
            Process reaper = world.process(World.SURVIVOR);
            reaper.memory.arm(stores);
            boolean finished = false;
            try {
                reaper.reap();
                finished = true;
            } catch (Killed e) {
                assertThat(reaper.memory.isDead()).isTrue();
            }
            if (finished) {
                if (deaths % stride != 0) {
                    return;
                }
                reorderReaper(death, List.copyOf(reaper.memory.trace()), happened, when);
                return;
            }
            deaths++;
            world.kill(World.SURVIVOR);
            Process second = world.process(World.SECOND_SURVIVOR);
            second.reap();
            assertThat(check(second, when + ", its reaper after store " + stores))
                    .isEqualTo(happened);
        }
    }

    private boolean check(Process by, String when) {
        assertThat(world.problems()).as(when).isEmpty();
        HeapStatistics count = world.count();
        assertThat(count.freeBytes() + count.usedBytes() + count.metaBytes())
                .as(when)
                .isEqualTo(count.heapBytes());
        assertThat(count.liveBytes() + count.queuedBytes() + count.tentativeBytes())
                .as(when)
                .isEqualTo(count.usedBytes());
        assertThat(HeapHints.disagreements(world.memory, world.layout)).as(when).isEmpty();
        assertThat(by.slots.isFree(operation.slot())).as(when).isTrue();
        boolean happened = happened(by, when);
        if (!operation.isGradual()) {
            assertThat(count.usedBytes()).as("bytes in use, %s", when).isEqualTo(happened ? usedAfter : usedBefore);
        }
        useEverything(by);
        return happened;
    }

    private boolean happened(Process by, String when) {
        try {
            return operation.happened(by);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(when, e);
        }
    }

    /** No lock is left, and there is room. */
    private static void useEverything(Process by) {
        try (SharedLong probe = by.objects.create("probe", SharedLong.type())) {
            probe.set(1);
        }
        assertThat(by.objects.destroy("probe")).isTrue();
        by.heap.free(by.heap.allocate(100, 0));
        by.heap.free(by.heap.allocate(3 * 4096, 0));
    }

    private void reorder() {
        begin();
        byte[] before = world.image();
        List<Store> trace = traceAll(before);
        eachImage(trace, SUBSETS, (image, what) -> {
            begin();
            world.restore(before);
            image.forEach(this::apply);
            victim.memory.kill();
            world.kill(operation.slot());
            deaths++;
            survivor = world.process(World.SURVIVOR);
            reapAndCheck(what);
        });
    }

    /**
     * Runs the operation and notes all of its stores, those by views of the memory included: whatever has changed when it
     * accesses the memory the next time.
     */
    private List<Store> traceAll(byte[] before) {
        byte[][] known = {before};
        List<Store> all = new ArrayList<>();
        Runnable note = () -> {
            List<Store> trace = victim.memory.trace();
            for (Store store : trace) {
                all.add(store);
                System.arraycopy(store.bytes(), 0, known[0], Math.toIntExact(store.address()), store.bytes().length);
            }
            victim.memory.arm(Long.MAX_VALUE);
            byte[] now = world.image();
            for (int at = Arrays.mismatch(known[0], now); at >= 0; ) {
                int end = at;
                while (end < now.length && now[end] != known[0][end]) {
                    end++;
                }
                all.add(new Store(Order.PLAIN, at, Arrays.copyOfRange(now, at, end)));
                int next = Arrays.mismatch(known[0], end, now.length, now, end, now.length);
                at = next < 0 ? -1 : end + next;
            }
            known[0] = now;
        };
        known[0] = before.clone();
        victim.memory.beforeAccess(note);
        operation.act(victim);
        victim.memory.beforeAccess(() -> {});
        note.run();
        return all;
    }

    /** The same for the reaper: what it tells others of the slot must be true when they can see it. */
    private void reorderReaper(byte[] death, List<Store> trace, boolean happened, String when) {
        eachImage(trace, SUBSETS_OF_REAPER, (image, what) -> {
            world.restore(death);
            image.forEach(this::apply);
            String where = when + ", its reaper with " + what;
            int state = SlotLayout.state(world.memory.getLong(world.layout.slot(operation.slot())));
            if (state == SlotLayout.ZOMBIE || state == SlotLayout.FREE) {
                assertThat(Verification.isUnfinished(world.memory, world.layout, operation.slot()))
                        .as("a change to redo, while the locks of the dead are free, %s", where)
                        .isFalse();
            }
            if (state == SlotLayout.FREE) {
                assertThat(world.count().tentativeBySlot())
                        .as("what the dead held, while its slot is free, %s", where)
                        .doesNotContainKey(operation.slot());
            }
            world.kill(operation.slot());
            world.kill(World.SURVIVOR);
            deaths++;
            Process second = world.process(World.SECOND_SURVIVOR);
            second.reap();
            assertThat(check(second, where)).isEqualTo(happened);
        });
    }

    /** What to do with the stores that were made, and how to say which they are. */
    private interface ImageTest {
        void test(List<Store> stores, String what);
    }

    /**
     * Makes the images that a death can leave, also those that no prefix of the program shows: a release store comes after all
     * stores before it, a plain store only after the last full barrier.
     */
    private static void eachImage(List<Store> trace, int mostSubsets, ImageTest test) {
        Random random = new Random(7);
        int epoch = 0;
        for (int end = 0; end <= trace.size(); end++) {
            if (end < trace.size() && trace.get(end).order() != Order.FULL) {
                continue;
            }
            for (int released = epoch; released <= end; released++) {
                if (released > epoch && trace.get(released - 1).order() != Order.RELEASE) {
                    continue;
                }
                List<Integer> loose = new ArrayList<>();
                for (int i = released; i < end; i++) {
                    if (trace.get(i).order() == Order.PLAIN) {
                        loose.add(i);
                    }
                }
                int subsets = Math.min(mostSubsets, 1 << Math.min(10, loose.size()));
                for (int subset = 0; subset < subsets; subset++) {
                    long mask = subsets < mostSubsets ? subset : random.nextLong();
                    List<Store> image = new ArrayList<>(trace.subList(0, released));
                    for (int i = 0; i < loose.size(); i++) {
                        if ((mask & 1L << (i & 63)) != 0) {
                            image.add(trace.get(loose.get(i)));
                        }
                    }
                    test.test(image, "stores up to " + released + " and some of " + loose);
                }
            }
            epoch = end + 1;
        }
    }

    private void apply(Store store) {
        world.memory.putBytes(store.address(), store.bytes(), 0, store.bytes().length);
    }
}
