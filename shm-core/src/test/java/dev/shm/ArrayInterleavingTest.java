package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.error.SharedMemoryException;
import dev.shm.value.SharedVector;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Two processes in one vector, with every single switch between them, and many pairs and triples of switches. */
class ArrayInterleavingTest {

    private static final long BYTES = 512 * 1024;
    private static final int RANDOM_SCHEDULES = 200;
    private static final SharedType<SharedVector> TYPE = SharedVector.of(ElementType.INT16);

    /** Two processes meeting over a vector. Made anew for each run. */
    private abstract static class Meeting extends MeetingOfTwo {
        final SharedVector a = first.objects.openOrCreate("vector", TYPE);
        final SharedVector b = second.objects.openOrCreate("vector", TYPE);

        Meeting() {
            super(BYTES);
        }
    }

    private static void meet(Supplier<Meeting> meeting) {
        MeetingOfTwo.meet(meeting, RANDOM_SCHEDULES);
    }

    private static NdArray filled(int count, int value) {
        short[] elements = new short[count];
        Arrays.fill(elements, (short) value);
        return NdArray.of(elements);
    }

    /** One reads what the other changes: it always sees equal elements, however many. */
    private static void read(Consumer<SharedVector> writer) {
        meet(() -> new Meeting() {
            {
                a.extend(filled(5, 1));
            }

            @Override
            void first() {
                long[] copy = a.toNdArray().toLongArray();
                for (long element : copy) {
                    assertThat(element).isEqualTo(copy[0]);
                }
                assertThat(a.count(1) + a.count(2) + a.count(3)).isLessThanOrEqualTo(3 * 40);
                try {
                    assertThat(a.getLong(1)).isBetween(1L, 3L);
                } catch (IndexOutOfBoundsException e) {
                    // There was one at most.
                }
            }

            @Override
            void second() {
                writer.accept(b);
            }

            @Override
            void check() {}
        });
    }

    @Test
    void aReaderSeesNoHalfOfAReplacement() {
        read(vector -> {
            vector.replace(0, 5, filled(40, 2));
            vector.replace(0, 40, filled(3, 3));
        });
    }

    @Test
    void aReaderIsNotMisledByWhatIsPutWhereSomethingWas() {
        read(vector -> {
            vector.remove(0, 5);
            vector.extend(filled(4, 2));
            vector.remove(0, 4);
            vector.extend(filled(6, 3));
        });
    }

    @Test
    void aReaderSeesAVectorBeforeAndAfterItIsCleared() {
        read(vector -> {
            vector.clear();
            vector.extend(filled(2, 2));
            vector.clear();
            vector.append(3);
        });
    }

    @Test
    void bothAppendWhenBothAppend() {
        meet(() -> new Meeting() {
            {
                a.extend(filled(31, 0));
            }

            @Override
            void first() {
                a.append(1);
                a.append(1);
            }

            @Override
            void second() {
                b.append(2);
                b.append(2);
            }

            @Override
            void check() {
                assertThat(a.size()).isEqualTo(35);
                assertThat(b.count(1)).isEqualTo(2);
                assertThat(a.count(2)).isEqualTo(2);
            }
        });
    }

    @Test
    void noElementIsTakenTwice() {
        meet(() -> new Meeting() {
            private long byFirst;
            private long bySecond;

            {
                a.extend(5, 6, 7);
            }

            @Override
            void first() {
                byFirst = a.popLong();
            }

            @Override
            void second() {
                bySecond = b.removeLong(0);
            }

            @Override
            void check() {
                assertThat(byFirst).isNotEqualTo(bySecond);
                assertThat(a.size()).isEqualTo(1);
            }
        });
    }

    @Test
    void bothCountWhenBothCount() {
        meet(() -> new Meeting() {
            {
                a.append(0);
            }

            @Override
            void first() {
                a.getAndAdd(0, 1);
                a.insert(1, 9);
            }

            @Override
            void second() {
                b.getAndAdd(0, 1);
                b.insert(0, 8);
                b.removeFirst(8);
            }

            @Override
            void check() {
                assertThat(a.toNdArray().toLongArray()).containsExactly(2, 9);
            }
        });
    }

    /** Whoever dies in the middle of a change leaves an odd version, and no reader waits for it to become even. */
    @Test
    void aReaderGoesOnWhenTheWriterDies() {
        for (int stores = 0; stores < 60; stores++) {
            World world = World.again(BYTES);
            Process victim = world.process(World.VICTIM);
            Process survivor = world.process(World.SURVIVOR);
            SharedVector changed = victim.objects.openOrCreate("vector", TYPE);
            SharedVector read = survivor.objects.openOrCreate("vector", TYPE);
            changed.extend(filled(5, 1));
            victim.memory.arm(stores);
            try {
                changed.setLong(0, 1);
                changed.popLong();
                changed.insert(0, filled(30, 1));
            } catch (SharedMemoryException | Error e) {
                assertThat(victim.memory.isDead()).isTrue();
            }
            victim.memory.kill();
            world.kill(World.VICTIM);
            assertThat(read.toNdArray().toLongArray()).containsOnly(1);
            assertThat(read.getLong(1)).isEqualTo(1);
            assertThat(read.size()).isIn(4, 5, 34);
        }
    }
}
