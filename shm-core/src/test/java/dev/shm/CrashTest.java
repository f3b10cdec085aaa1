package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.World.Process;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.StaleReferenceException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.SharedLock;
import dev.shm.heap.Transaction;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.SlotLayout;
import dev.shm.value.SharedBoolean;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedDouble;
import dev.shm.value.SharedInt;
import dev.shm.value.SharedLong;
import dev.shm.value.SharedReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every operation of segment, heap, journal and directory, with a death after each of its stores. */
class CrashTest {

    private static final int PAGE = 4096;
    /** Payload of a block that fills a page. */
    private static final int PAGE_BLOCK = PAGE - BlockLayout.HEADER_BYTES;
    /** Payload of a block that is a run of pages and no slab's. */
    private static final int RUN = 10 * PAGE;

    private static DynamicTest survives(String what, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what, () -> assertThat(CrashEnumerator.enumerate(scenario)).isPositive());
    }

    // ------------------------------------------------------------------------------------------ heap

    @TestFactory
    Stream<DynamicTest> allocating() {
        return Stream.of(
                survives("the first block of a new slab", () -> new Allocating(100, p -> {})),
                survives("a block of a slab that is there", () -> new Allocating(100, p -> p.heap.allocate(100, 0))),
                survives("a block of another's slab", () -> new Allocating(100, p -> {}) {
                    @Override
                    void arrange(Process victim, Process survivor) {
                        survivor.heap.commit(survivor.heap.allocate(100, 0));
                    }
                }),
                survives("a block with wrong hints", () -> new Allocating(100, p -> {}) {
                    @Override
                    void arrange(Process victim, Process survivor) {
                        long hints = victim.attachment.layout().blockHints(0);
                        survivor.heap.commit(survivor.heap.allocate(100, 0));
                        victim.memory.putLong(victim.attachment.layout().bitmap(0), -1);
                        for (int page = 0; page < victim.attachment.layout().pageCount(); page++) {
                            victim.memory.putLong(hints + 16L * page, -1);
                        }
                    }
                }),
                survives("a run of pages", () -> new Allocating(RUN, p -> {})),
                survives(
                        "a run of pages behind a smaller gap",
                        () -> new Allocating(RUN, p -> {
                            long gap = p.heap.allocate(RUN, 0);
                            p.heap.commit(p.heap.allocate(RUN, 0));
                            p.heap.free(gap);
                            p.heap.commit(p.heap.allocate(9 * PAGE, 0));
                        })),
                survives("a block when only an empty slab of another size is left", ExhaustedHeap::new));
    }

    private static class Allocating extends Operation {
        private final int bytes;
        private final Consumer<Process> before;

        Allocating(int bytes, Consumer<Process> before) {
            this.bytes = bytes;
            this.before = before;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            before.accept(victim);
        }

        @Override
        void act(Process victim) {
            victim.heap.allocate(bytes, 7);
        }

        @Override
        boolean happened(Process survivor) {
            return false;
        }

        @Override
        boolean isUndoneByDeath() {
            return true;
        }
    }

    private static final class ExhaustedHeap extends Allocating {

        ExhaustedHeap() {
            super(1000, p -> {});
        }

        @Override
        void arrange(Process victim, Process survivor) {
            long big = survivor.heap.allocate(8 * PAGE - BlockLayout.HEADER_BYTES, 0);
            try {
                for (; ; ) {
                    survivor.heap.commit(survivor.heap.allocate(PAGE_BLOCK, 0));
                }
            } catch (OutOfSharedMemoryException e) {
                survivor.heap.free(big);
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> committingAndFreeing() {
        return Stream.of(
                survives(
                        "allocating and committing a block",
                        () -> new LiveBytes(100, 1, p -> 0L, (p, none) -> {
                            p.heap.commit(p.heap.allocate(100, 0));
                        })),
                survives(
                        "committing a run",
                        () -> new LiveBytes(RUN, 1, p -> p.heap.allocate(RUN, 0), (p, run) -> p.heap.commit(run))),
                survives(
                        "freeing a live block",
                        () -> new LiveBytes(100, -1, p -> committed(p, 100), (p, block) -> p.heap.free(block))),
                survives(
                        "freeing a live run",
                        () -> new LiveBytes(RUN, -1, p -> committed(p, RUN), (p, run) -> p.heap.free(run))),
                survives(
                        "freeing the last block of another's slab",
                        () -> new LiveBytes(100, -1, p -> 0L, (p, b) -> {}) {
                            private long block;

                            @Override
                            void arrange(Process victim, Process survivor) {
                                super.arrange(victim, survivor);
                                block = committed(survivor, 100);
                                liveBefore = survivor.heap.deepStatistics().usedBlocks();
                            }

                            @Override
                            void act(Process victim) {
                                victim.heap.free(block);
                            }
                        }),
                survives(
                        "freeing a tentative block",
                        () -> new LiveBytes(100, 0, p -> p.heap.allocate(100, 0), (p, block) -> p.heap.free(block))),
                survives(
                        "freeing a tentative run",
                        () -> new LiveBytes(RUN, 0, p -> p.heap.allocate(RUN, 0), (p, run) -> p.heap.free(run))));
    }

    private static long committed(Process process, int bytes) {
        long reference = process.heap.allocate(bytes, 0);
        process.heap.commit(reference);
        return reference;
    }

    private interface Act {
        void on(Process process, long reference);
    }

    /** An operation that shows in the number of blocks in use once the dead are reaped. */
    private static class LiveBytes extends Operation {
        private final int bytes;
        private final int change;
        private final Function<Process, Long> before;
        private final Act act;
        private long reference;
        long liveBefore;

        LiveBytes(int bytes, int change, Function<Process, Long> before, Act act) {
            this.bytes = bytes;
            this.change = change;
            this.before = before;
            this.act = act;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            liveBefore = victim.heap.deepStatistics().usedBlocks();
            reference = before.apply(victim);
            if (change < 0) {
                liveBefore = victim.heap.deepStatistics().usedBlocks();
            }
        }

        @Override
        void act(Process victim) {
            act.on(victim, reference);
        }

        @Override
        boolean happened(Process survivor) {
            long now = survivor.heap.deepStatistics().usedBlocks();
            assertThat(now).as("blocks of %d bytes in use", bytes).isIn(liveBefore, liveBefore + change);
            return change != 0 && now != liveBefore;
        }

        @Override
        boolean isUndoneByDeath() {
            return change == 0;
        }
    }

    @TestFactory
    Stream<DynamicTest> queueing() {
        return Stream.of(
                survives(
                        "enqueueing a block",
                        () -> new LiveBytes(100, 1, p -> p.heap.allocate(100, 0), (p, block) -> p.heap.enqueue(block))),
                survives(
                        "taking a block from a queue, which a death gives back",
                        () -> new LiveBytes(100, -1, p -> queued(p), (p, block) -> p.heap.dequeue(block))),
                survives(
                        "taking a block from a queue and freeing it",
                        () -> new LiveBytes(
                                100, -1, p -> queued(p), (p, block) -> p.heap.free(p.heap.dequeue(block)))));
    }

    private static long queued(Process process) {
        long reference = process.heap.allocate(100, 0);
        process.heap.enqueue(reference);
        return reference;
    }

    // ------------------------------------------------------------------------------------------ journal and lock

    @TestFactory
    Stream<DynamicTest> changingSeveralWords() {
        return Stream.of(
                survives("a transaction under a lock", () -> new Exchange(1)),
                survives("one transaction after another in the same lane", () -> new Exchange(3)),
                survives("taking and giving back a lock", () -> new Operation() {
                    @Override
                    void act(Process victim) {
                        SharedLock lock = lock(victim);
                        lock.lock(Duration.ofSeconds(1));
                        lock.unlock();
                    }

                    @Override
                    boolean happened(Process survivor) {
                        SharedLock lock = lock(survivor);
                        assertThat(lock.tryLock()).isTrue();
                        lock.unlock();
                        return false;
                    }

                    @Override
                    boolean isUndoneByDeath() {
                        return true;
                    }
                }));
    }

    private static SharedLock lock(Process process) {
        return new SharedLock(
                process.attachment,
                process.slots,
                new dev.shm.segment.Liveness() {
                    @Override
                    public boolean reapIfDead(int slot) {
                        return false;
                    }

                    @Override
                    public int reapAllDead() {
                        return 0;
                    }
                },
                SegmentLayout.DIRECTORY_LOCK,
                "the lock");
    }

    /** Replaces a block by another, in a root block that has its reference and a counter: all of it, or nothing. */
    private static final class Exchange extends Operation {
        private final int times;
        private long root;
        private long first;

        Exchange(int times) {
            this.times = times;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            root = committed(victim, 16);
            first = committed(victim, 40);
            long payload = BlockLayout.payload(root);
            victim.memory.putLong(payload, first);
            victim.memory.putLong(payload + 8, 0);
            victim.memory.putLong(BlockLayout.payload(first), 0);
        }

        @Override
        void act(Process victim) {
            long payload = BlockLayout.payload(root);
            SharedLock lock = lock(victim);
            for (int i = 1; i <= times; i++) {
                long next = victim.heap.allocate(40, 0);
                victim.memory.putLong(BlockLayout.payload(next), i);
                lock.lock(Duration.ofSeconds(1));
                long old;
                try (Transaction change = victim.journal.begin()) {
                    change.publish(next);
                    change.store(payload, next);
                    change.store(payload + 8, i);
                    old = change.detach(victim.memory.getLong(payload));
                    change.commit();
                } finally {
                    unlockUnlessDead(lock);
                }
                victim.heap.free(old);
            }
        }

        private static void unlockUnlessDead(SharedLock lock) {
            try {
                lock.unlock();
            } catch (Error e) {
                // The death that brought us here goes on.
            }
        }

        @Override
        boolean happened(Process survivor) {
            long payload = BlockLayout.payload(root);
            long current = survivor.memory.getLong(payload);
            long count = survivor.memory.getLong(payload + 8);
            assertThat(count).isBetween(0L, (long) times);
            assertThat(survivor.memory.getLong(survivor.heap.payload(current)))
                    .as("the block that the counter belongs to")
                    .isEqualTo(count);
            assertThat(survivor.heap.deepStatistics().usedBlocks()).isEqualTo(2);
            if (count > 0) {
                assertThat(current).isNotEqualTo(first);
            }
            return count == times;
        }
    }

    // ------------------------------------------------------------------------------------------ directory

    @TestFactory
    Stream<DynamicTest> namingObjects() {
        return Stream.of(
                survives(
                        "creating an object",
                        () -> new Named(p -> {}, p -> p.objects.create("x", SharedLong.type()), true)),
                survives(
                        "opening or creating an object",
                        () -> new Named(p -> {}, p -> p.objects.openOrCreate("x", SharedLong.type()), true)),
                survives(
                        "creating an object in a place that another had",
                        () -> new Named(
                                p -> {
                                    p.objects.create("old", SharedInt.type()).close();
                                    p.objects.destroy("old");
                                },
                                p -> p.objects.create("x", SharedLong.type()),
                                true)),
                survives(
                        "destroying an object",
                        () -> new Named(
                                p -> p.objects.create("x", SharedBytes.type()).set(text("content")),
                                p -> p.objects.destroy("x"),
                                false)),
                survives(
                        "opening an object",
                        () ->
                                new Named(
                                        p -> p.objects.create("x", SharedLong.type()),
                                        p -> p.objects.open("x", SharedLong.type()),
                                        true) {
                                    @Override
                                    boolean happened(Process survivor) {
                                        assertThat(super.happened(survivor)).isTrue();
                                        assertThat(survivor.objects
                                                        .entries()
                                                        .get(0)
                                                        .openers())
                                                .isZero();
                                        return false;
                                    }

                                    @Override
                                    boolean isUndoneByDeath() {
                                        return true;
                                    }
                                }),
                survives("closing the last opening of a destroyed object", LastClose::new),
                survives(
                        "destroying an object that another has open",
                        () -> new Named(p -> {}, p -> p.objects.destroy("x"), false) {
                            @Override
                            void arrange(Process victim, Process survivor) {
                                survivor.other(World.SECOND_SURVIVOR).objects.create("x", SharedLong.type());
                            }

                            @Override
                            boolean happened(Process survivor) {
                                // Its memory stays for the one that has it open, whether or not it has lost its name.
                                assertThat(survivor.objects.entries()).hasSize(1);
                                return super.happened(survivor);
                            }
                        }));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** An operation after which the name "x" is there, or is not. */
    private static class Named extends Operation {
        private final Consumer<Process> before;
        private final Consumer<Process> act;
        private final boolean namedAfterwards;

        Named(Consumer<Process> before, Consumer<Process> act, boolean namedAfterwards) {
            this.before = before;
            this.act = act;
            this.namedAfterwards = namedAfterwards;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            before.accept(victim);
        }

        @Override
        void act(Process victim) {
            act.accept(victim);
        }

        @Override
        boolean happened(Process survivor) {
            boolean named = survivor.objects.entries().stream()
                    .anyMatch(entry -> entry.isReady() && entry.name().equals("x"));
            return named == namedAfterwards;
        }
    }

    private static final class LastClose extends Operation {
        private SharedBytes opened;

        @Override
        void arrange(Process victim, Process survivor) {
            opened = victim.objects.create("x", SharedBytes.type());
            opened.set(text("content"));
            survivor.objects.destroy("x");
        }

        @Override
        void act(Process victim) {
            opened.close();
        }

        @Override
        boolean happened(Process survivor) {
            // Death closes it too.
            assertThat(survivor.objects.entries()).isEmpty();
            return true;
        }
    }

    // ------------------------------------------------------------------------------------------ values

    @TestFactory
    Stream<DynamicTest> changingValues() {
        return Stream.of(
                survives("setting empty bytes", () -> new Bytes("", "new", b -> b.set(text("new")))),
                survives(
                        "replacing bytes",
                        () -> new Bytes("old", "longer than it was", b -> b.set(text("longer than it was")))),
                survives("emptying bytes", () -> new Bytes("old", "", b -> b.set(text("")))),
                survives(
                        "comparing and setting bytes",
                        () -> new Bytes("old", "new", b -> b.compareAndSet(text("old"), text("new")))),
                survives("getting and setting bytes", () -> new Bytes("old", "new", b -> b.getAndSet(text("new")))),
                survives(
                        "replacing bytes that are a run",
                        () -> new Bytes("a".repeat(RUN), "b".repeat(RUN), b -> b.set(text("b".repeat(RUN))))),
                survives(
                        "updating a reference",
                        () -> new Referred("old", "old and new", r -> r.updateAndGet(at -> at + " and new"))),
                survives("setting a reference", () -> new Referred(null, "", r -> r.set(""))),
                survives("emptying a reference", () -> new Referred("old", null, r -> r.compareAndSet("old", null))),
                survives("adding to a double", () -> new Numbers(n -> n.d.addAndGet(1))),
                survives("incrementing a long", () -> new Numbers(n -> n.l.incrementAndGet())),
                survives("setting an int", () -> new Numbers(n -> n.i.set(1))),
                survives("comparing and setting a flag", () -> new Numbers(n -> n.b.compareAndSet(false, true))));
    }

    private static final class Bytes extends Operation {
        private final String before;
        private final String after;
        private final Consumer<SharedBytes> act;
        private SharedBytes opened;

        Bytes(String before, String after, Consumer<SharedBytes> act) {
            this.before = before;
            this.after = after;
            this.act = act;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            opened = victim.objects.create("x", SharedBytes.type());
            opened.set(text(before));
        }

        @Override
        void act(Process victim) {
            act.accept(opened);
        }

        @Override
        boolean happened(Process survivor) {
            try (SharedBytes found = survivor.objects.open("x", SharedBytes.type())) {
                String value = new String(found.get(), StandardCharsets.UTF_8);
                assertThat(value).isIn(before, after);
                return value.equals(after);
            }
        }
    }

    private static final class Referred extends Operation {
        private final String before;
        private final String after;
        private final Consumer<SharedReference<String>> act;
        private SharedReference<String> opened;

        Referred(String before, String after, Consumer<SharedReference<String>> act) {
            this.before = before;
            this.after = after;
            this.act = act;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            opened = victim.objects.create("x", SharedReference.of(String.class));
            opened.set(before);
        }

        @Override
        void act(Process victim) {
            act.accept(opened);
        }

        @Override
        boolean happened(Process survivor) {
            try (SharedReference<String> found = survivor.objects.open("x", SharedReference.of(String.class))) {
                String value = found.get();
                assertThat(value).isIn(before, after);
                return Objects.equals(value, after);
            }
        }
    }

    private static final class Numbers extends Operation {
        private final Consumer<Numbers> act;
        private SharedLong l;
        private SharedDouble d;
        private SharedInt i;
        private SharedBoolean b;

        Numbers(Consumer<Numbers> act) {
            this.act = act;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            open(victim);
        }

        private void open(Process process) {
            l = process.objects.openOrCreate("l", SharedLong.type());
            d = process.objects.openOrCreate("d", SharedDouble.type());
            i = process.objects.openOrCreate("i", SharedInt.type());
            b = process.objects.openOrCreate("b", SharedBoolean.type());
        }

        @Override
        void act(Process victim) {
            act.accept(this);
        }

        @Override
        boolean happened(Process survivor) {
            open(survivor);
            long sum = l.get() + (long) d.get() + i.get() + (b.get() ? 1 : 0);
            List.of(l, d, i, b).forEach(SharedObject::close);
            assertThat(sum).isBetween(0L, 1L);
            return sum == 1;
        }
    }

    // ------------------------------------------------------------------------------------------ processes

    @TestFactory
    Stream<DynamicTest> joiningAndLeaving() {
        return Stream.of(
                survives("joining", () -> new Operation() {
                    @Override
                    int slot() {
                        return 3;
                    }

                    @Override
                    void act(Process victim) {
                        victim.join(slot());
                    }

                    @Override
                    boolean happened(Process survivor) {
                        boolean joined = SlotLayout.generation(survivor.slots.word(slot())) == 1;
                        long pid = survivor.memory.getLong(
                                survivor.attachment.layout().slot(slot()) + SlotLayout.PID);
                        assertThat(!joined || pid == 1)
                                .as("whoever sees the word sees whose it is")
                                .isTrue();
                        return joined;
                    }
                }),
                survives("leaving with blocks, openings and a lock", () -> new Operation() {
                    private final List<Long> references = new ArrayList<>();

                    @Override
                    void arrange(Process victim, Process survivor) {
                        references.add(victim.heap.allocate(100, 0));
                        references.add(victim.heap.allocate(RUN, 0));
                        victim.objects.create("x", SharedLong.type());
                        survivor.objects.destroy("x");
                        lock(victim).tryLock();
                    }

                    @Override
                    void act(Process victim) {
                        victim.leave();
                    }

                    @Override
                    boolean happened(Process survivor) {
                        for (long reference : references) {
                            assertThat(org.assertj.core.api.Assertions.catchThrowable(
                                            () -> survivor.heap.payload(reference)))
                                    .isInstanceOf(StaleReferenceException.class);
                        }
                        assertThat(survivor.objects.entries()).isEmpty();
                        return !survivor.slots.died(World.VICTIM, 0);
                    }
                }));
    }
}
