package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.error.ObjectExistsException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.StaleReferenceException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.HeapHints;
import dev.shm.heap.HeapStatistics;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Two or three processes at work on the same blocks and names, with every single switch between them, and many pairs and
 * triples of switches. The code that runs is the real one.
 */
class InterleavingTest {

    private static final long BYTES = 256 * 1024;
    private static final int RANDOM_SCHEDULES = 150;
    private static final int RUN = 10 * 4096;
    /** A reaper looks at every page and block; a switch between two looks at the same nothing shows nothing new. */
    private static final int STRIDE_OF_REAPERS = 7;

    /** Processes meeting over something. Made anew for each run. */
    private abstract static class Meeting {
        final World world = World.again(BYTES);
        final Process a = world.process(0);
        final Process b = world.process(1);
        final Process c = world.process(2);

        /** What each process does; those without anything to do stay out. */
        abstract List<Runnable> tasks();

        /** What must be true however they met. */
        abstract void check();

        /** Whether somebody died, so that hints may be lost until they are repaired. */
        boolean someoneDied() {
            return false;
        }
    }

    private static void meet(Supplier<Meeting> meeting) {
        meet(meeting, 1);
    }

    /** As above, with a switch before every {@code stride}th access only. */
    private static void meet(Supplier<Meeting> meeting, int stride) {
        Interleaving.explore(
                switches -> run(meeting.get(), switches), stride, Integer.MAX_VALUE, RANDOM_SCHEDULES / stride);
    }

    private static int run(Meeting meeting, Set<Integer> switches) {
        Interleaving interleaving = new Interleaving(switches);
        List<Process> processes = List.of(meeting.a, meeting.b, meeting.c);
        List<Runnable> tasks = meeting.tasks();
        for (int i = 0; i < tasks.size(); i++) {
            int task = i;
            interleaving.add(tasks.get(i));
            processes.get(i).memory.beforeAccess(() -> interleaving.beforeAccess(task));
        }
        try {
            int accesses = interleaving.run();
            processes.forEach(process -> process.memory.beforeAccess(() -> {}));
            meeting.check();
            checkWorld(meeting);
            return accesses;
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("with switches before the accesses " + switches, e);
        }
    }

    private static void checkWorld(Meeting meeting) {
        World world = meeting.world;
        assertThat(world.problems()).isEmpty();
        HeapStatistics count = world.count();
        assertThat(count.freeBytes()
                        + count.liveBytes()
                        + count.queuedBytes()
                        + count.tentativeBytes()
                        + count.metaBytes())
                .isEqualTo(count.heapBytes());
        if (!meeting.someoneDied()) {
            assertThat(HeapHints.disagreements(world.memory, world.layout)).isEmpty();
        }
    }

    private static long committed(Process process, int bytes) {
        long reference = process.heap.allocate(bytes, 0);
        process.heap.commit(reference);
        return reference;
    }

    /** Counts a call unless somebody else was first. */
    private static void count(AtomicInteger wins, Runnable call) {
        try {
            call.run();
            wins.incrementAndGet();
        } catch (StaleReferenceException e) {
            // Somebody else was first.
        }
    }

    // ------------------------------------------------------------------------------------------ heap

    @Test
    void twoProcessesNeverGetTheSameBlock() {
        meet(() -> new Meeting() {
            private final List<Long> taken = new ArrayList<>();

            @Override
            List<Runnable> tasks() {
                committed(c, 100);
                return List.of(() -> taken.add(committed(a, 100)), () -> {
                    taken.add(committed(b, 100));
                    taken.add(committed(b, 100));
                });
            }

            @Override
            void check() {
                assertThat(taken).doesNotHaveDuplicates().hasSize(3);
                assertThat(world.count().usedBlocks()).isEqualTo(4);
            }
        });
    }

    @Test
    void aBlockThatTwoProcessesFreeIsFreedOnce() {
        meet(() -> new Meeting() {
            private final AtomicInteger wins = new AtomicInteger();

            @Override
            List<Runnable> tasks() {
                long block = committed(c, 100);
                return List.of(
                        () -> count(wins, () -> a.heap.free(block)), () -> count(wins, () -> b.heap.free(block)));
            }

            @Override
            void check() {
                assertThat(wins).hasValue(1);
                assertThat(world.count().usedBlocks()).isZero();
            }
        });
    }

    @Test
    void aRunThatTwoProcessesFreeIsFreedOnce() {
        meet(() -> new Meeting() {
            private final AtomicInteger wins = new AtomicInteger();

            @Override
            List<Runnable> tasks() {
                long run = committed(c, RUN);
                return List.of(() -> count(wins, () -> a.heap.free(run)), () -> count(wins, () -> b.heap.free(run)));
            }

            @Override
            void check() {
                assertThat(wins).hasValue(1);
                assertThat(world.count().usedBytes()).isZero();
            }
        });
    }

    @Test
    void aSlabIsNotGivenBackFromUnderAnAllocation() {
        meet(() -> new Meeting() {
            private long fresh;

            @Override
            List<Runnable> tasks() {
                long last = committed(c, 1_000);
                return List.of(() -> a.heap.free(last), () -> {
                    fresh = b.heap.allocate(1_000, 0);
                    b.memory.putLong(BlockLayout.payload(fresh), 4711);
                    b.heap.commit(fresh);
                });
            }

            @Override
            void check() {
                assertThat(world.memory.getLong(c.heap.payload(fresh))).isEqualTo(4711);
                assertThat(world.count().usedBlocks()).isOne();
            }
        });
    }

    @Test
    void pagesThatASlabGaveBackAreNotTouchedByThoseWhoAreLate() {
        meet(() -> new Meeting() {
            private final int everything = (int) world.layout.heapBytes() - BlockLayout.HEADER_BYTES;
            private long run;

            @Override
            List<Runnable> tasks() {
                long last = committed(c, 1_000);
                return List.of(
                        () -> orNone(() -> a.heap.free(a.heap.allocate(1_000, 0))), () -> b.heap.free(last), () -> {
                            orNone(() -> run = c.heap.allocate(everything, 0));
                            if (run != 0) {
                                fillWithWhatLooksFree();
                                c.heap.commit(run);
                            }
                        });
            }

            private void fillWithWhatLooksFree() {
                byte[] content = new byte[everything];
                for (int i = 0; i < everything; i += 8) {
                    content[i] = 1;
                }
                c.memory.putBytes(BlockLayout.payload(run), content, 0, content.length);
            }

            @Override
            void check() {
                if (run != 0) {
                    for (int i = 0; i < everything; i += 8) {
                        assertThat(world.memory.getLong(BlockLayout.payload(run) + i))
                                .isOne();
                    }
                }
                assertThat(world.count().usedBlocks()).isEqualTo(run != 0 ? 1 : 0);
            }
        });
    }

    /** There may be no room, depending on who comes first. */
    private static void orNone(Runnable allocation) {
        try {
            allocation.run();
        } catch (OutOfSharedMemoryException e) {
            // The others have it.
        }
    }

    @Test
    void ofTwoRunsThatDoNotFitTogetherAtLeastOneIsFound() {
        meet(() -> new Meeting() {
            private final List<Long> taken = new ArrayList<>();

            @Override
            List<Runnable> tasks() {
                long most = world.layout.heapBytes() - 15 * 4096;
                committed(c, (int) most);
                return List.of(() -> take(a), () -> take(b));
            }

            private void take(Process process) {
                orNone(() -> taken.add(process.heap.allocate(9 * 4096, 0)));
            }

            @Override
            void check() {
                assertThat(taken).hasSize(1);
            }
        });
    }

    @Test
    void pagesThatAreGivenBackCanBeHad() {
        meet(() -> new Meeting() {
            private long taken;

            @Override
            List<Runnable> tasks() {
                long run = committed(c, RUN);
                return List.of(() -> a.heap.free(run), () -> taken = b.heap.allocate(RUN, 0));
            }

            @Override
            void check() {
                b.heap.free(taken);
                assertThat(world.count().usedBytes()).isZero();
                assertThat(world.count().fragmentation()).isZero();
            }
        });
    }

    @Test
    void aQueuedBlockIsTakenOnce() {
        meet(() -> new Meeting() {
            private final AtomicInteger wins = new AtomicInteger();

            @Override
            List<Runnable> tasks() {
                long block = c.heap.allocate(100, 0);
                c.heap.enqueue(block);
                return List.of(
                        () -> count(wins, () -> a.heap.free(a.heap.dequeue(block))),
                        () -> count(wins, () -> b.heap.free(b.heap.dequeue(block))));
            }

            @Override
            void check() {
                assertThat(wins).hasValue(1);
                assertThat(world.count().usedBytes()).isZero();
            }
        });
    }

    // ------------------------------------------------------------------------------------------ names and values

    @Test
    void anObjectThatTwoProcessesCreateIsOneObject() {
        meet(() -> new Meeting() {
            @Override
            List<Runnable> tasks() {
                return List.of(() -> increment(a), () -> increment(b));
            }

            private void increment(Process process) {
                process.objects.openOrCreate("x", SharedLong.type()).incrementAndGet();
            }

            @Override
            void check() {
                try (SharedLong x = c.objects.open("x", SharedLong.type())) {
                    assertThat(x.get()).isEqualTo(2);
                }
                assertThat(world.count().usedBlocks()).isOne();
            }
        });
    }

    @Test
    void ofTwoThatCreateOneFails() {
        meet(() -> new Meeting() {
            private final AtomicInteger created = new AtomicInteger();

            @Override
            List<Runnable> tasks() {
                return List.of(() -> create(a), () -> create(b));
            }

            private void create(Process process) {
                try {
                    process.objects.create("x", SharedLong.type());
                    created.incrementAndGet();
                } catch (ObjectExistsException e) {
                    // The other was first.
                }
            }

            @Override
            void check() {
                assertThat(created).hasValue(1);
                assertThat(world.count().usedBlocks()).isOne();
            }
        });
    }

    @Test
    void anObjectThatIsDestroyedWhileAnotherOpensItIsWholeOrGone() {
        meet(() -> new Meeting() {
            @Override
            List<Runnable> tasks() {
                c.objects.create("x", SharedLong.type()).close();
                return List.of(() -> a.objects.destroy("x"), () -> {
                    SharedLong found = b.objects.find("x", SharedLong.type());
                    if (found != null) {
                        assertThat(found.incrementAndGet()).isOne();
                        found.close();
                    }
                });
            }

            @Override
            void check() {
                assertThat(c.objects.entries()).isEmpty();
                assertThat(world.count().usedBytes()).isZero();
            }
        });
    }

    @Test
    void bytesAreNeverTorn() {
        meet(() -> new Meeting() {
            private final List<byte[]> seen = new ArrayList<>();
            private final byte[] first = filled(100, 1);
            private final byte[] second = filled(3_000, 2);

            @Override
            List<Runnable> tasks() {
                c.objects.create("x", SharedBytes.type()).set(first);
                SharedBytes reader = a.objects.open("x", SharedBytes.type());
                SharedBytes writer = b.objects.open("x", SharedBytes.type());
                return List.of(
                        () -> {
                            seen.add(reader.get());
                            seen.add(reader.get());
                        },
                        () -> {
                            writer.set(second);
                            somethingElse(b);
                        });
            }

            /** Takes the place that the first value had, if that is free again, with bytes that no value ever had. */
            private void somethingElse(Process process) {
                long other = process.heap.allocate(first.length, 0);
                process.memory.putBytes(BlockLayout.payload(other), filled(first.length, 9), 0, first.length);
                process.heap.commit(other);
            }

            @Override
            void check() {
                assertThat(seen).allMatch(value -> Arrays.equals(value, first) || Arrays.equals(value, second));
            }
        });
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    // ------------------------------------------------------------------------------------------ death

    /** One dies after some of its stores; another reaps it while a third is at work. */
    private abstract static class Death extends Meeting {
        private final int stores;

        Death(int stores) {
            this.stores = stores;
        }

        abstract void die();

        abstract void workMeanwhile();

        @Override
        List<Runnable> tasks() {
            a.memory.arm(stores);
            try {
                die();
            } catch (RuntimeException | Error e) {
                // What a killed process throws on its way out nobody hears.
                if (!a.memory.isDead()) {
                    throw e;
                }
            }
            a.memory.kill();
            world.kill(0);
            return List.of(() -> {}, b::reap, this::workMeanwhile);
        }

        @Override
        boolean someoneDied() {
            return true;
        }
    }

    @Test
    void theHeapCanBeUsedWhileTheDeadAreReaped() {
        for (int stores = 0; stores < 40; stores += 4) {
            int after = stores;
            meet(
                    () -> new Death(after) {
                        @Override
                        void die() {
                            long kept = committed(c, 1_000);
                            a.heap.free(a.heap.allocate(RUN, 0));
                            a.heap.allocate(1_000, 0);
                            a.heap.allocate(RUN, 0);
                            a.heap.free(kept);
                        }

                        @Override
                        void workMeanwhile() {
                            long block = committed(c, 1_000);
                            long run = committed(c, RUN);
                            c.heap.free(block);
                            c.heap.free(run);
                        }

                        @Override
                        void check() {
                            assertThat(world.count().tentativeBytes()).isZero();
                            assertThat(world.count().usedBlocks()).isLessThanOrEqualTo(1);
                        }
                    },
                    STRIDE_OF_REAPERS);
        }
    }

    @Test
    void whatTheDeadHadCommittedIsDoneBeforeAnybodyTakesItsLock() {
        for (int stores = 0; stores < 45; stores += 3) {
            int after = stores;
            meet(
                    () -> new Death(after) {
                        private final SharedBytes bytes = create();

                        private SharedBytes create() {
                            SharedBytes created = a.objects.create("x", SharedBytes.type());
                            created.set(filled(100, 1));
                            return created;
                        }

                        @Override
                        void die() {
                            bytes.set(filled(200, 2));
                        }

                        @Override
                        void workMeanwhile() {
                            SharedBytes mine = c.objects.open("x", SharedBytes.type());
                            byte[] before = mine.getAndSet(filled(300, 3));
                            assertThat(before).isIn(filled(100, 1), filled(200, 2));
                        }

                        @Override
                        void check() {
                            assertThat(b.objects.open("x", SharedBytes.type()).get())
                                    .isEqualTo(filled(300, 3));
                            assertThat(world.count().usedBlocks()).isEqualTo(2);
                        }
                    },
                    STRIDE_OF_REAPERS);
        }
    }
}
