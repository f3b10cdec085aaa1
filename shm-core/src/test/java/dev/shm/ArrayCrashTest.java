package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.World.Process;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedVector;
import dev.shm.value.SmallParts;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every change of arrays, with a death after each of its stores, and a death of the reaper after each of its own. */
class ArrayCrashTest {

    private static final SharedType<SharedVector> VECTOR = SharedVector.of(ElementType.INT16);
    private static final SharedType<SharedArray> ARRAY = SharedArray.of(ElementType.INT32, 10, 3);
    private static final SharedType<SharedArray> PARTS = SmallParts.array(4096, ElementType.INT16, 50, 100);
    private static final long BYTES = 512 * 1024;

    private static DynamicTest survives(String what, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, BYTES))
                        .isPositive());
    }

    private static DynamicTest survives(String what, int elements, Consumer<SharedVector> change) {
        return survives(what, () -> new Changing(elements, change));
    }

    private static long[] numbers(int count) {
        long[] numbers = new long[count];
        Arrays.setAll(numbers, i -> 1000 + i);
        return numbers;
    }

    private static NdArray some(int count) {
        NdArray.Builder some = NdArray.builder(ElementType.INT16, count);
        for (int i = 0; i < count; i++) {
            some.setLong(i, -1 - i);
        }
        return some.build();
    }

    /** A change of a vector that happens wholly or not at all. */
    private static class Changing extends Operation {

        private final long[] before;
        private final Consumer<SharedVector> change;
        private long[] after = {};
        private SharedVector vector;

        Changing(int elements, Consumer<SharedVector> change) {
            this.before = numbers(elements);
            this.change = change;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            try (SharedVector filler = survivor.objects.openOrCreate("vector", VECTOR);
                    SharedVector model = survivor.objects.openOrCreate("model", VECTOR)) {
                filler.extend(before);
                model.extend(before);
                change.accept(model);
                after = model.toNdArray().toLongArray();
            }
            survivor.objects.destroy("model");
            vector = victim.objects.open("vector", VECTOR);
        }

        @Override
        void act(Process victim) {
            change.accept(vector);
        }

        /** Of memory alone the elements do not tell whether it is more or less. */
        @Override
        boolean isGradual() {
            return Arrays.equals(before, after);
        }

        @Override
        boolean happened(Process survivor) {
            boolean happened;
            try (SharedVector found = survivor.objects.open("vector", VECTOR)) {
                long[] now = found.toNdArray().toLongArray();
                assertThat(now).isIn(before, after);
                assertThat(found.size()).isEqualTo(now.length);
                for (int i = 0; i < now.length; i++) {
                    assertThat(found.getLong(i)).isEqualTo(now[i]);
                }
                happened = Arrays.equals(now, after);
                // It can still be changed, and is then as it was.
                found.append(7);
                assertThat(found.popLong()).isEqualTo(7);
                found.insert(0, some(3));
                found.remove(0, 3);
                assertThat(found.toNdArray().toLongArray()).isEqualTo(now);
            }
            assertThat(survivor.objects.destroy("vector")).isTrue();
            assertThat(survivor.heap.deepStatistics().usedBytes())
                    .as("bytes in use when all is gone")
                    .isZero();
            return happened;
        }
    }

    @TestFactory
    Stream<DynamicTest> aVector() {
        return Stream.of(
                survives("the first element", 0, vector -> vector.append(1)),
                survives("one more", 5, vector -> vector.append(1)),
                survives("one more that makes it grow", 32, vector -> vector.append(1)),
                survives("several more", 5, vector -> vector.extend(1, 2, 3)),
                survives("more than there is room for", 5, vector -> vector.extend(some(100))),
                survives("another value", 5, vector -> vector.setLong(3, 1)),
                survives("a sum", 5, vector -> vector.getAndAdd(3, 1)),
                survives("another value if it is the one", 5, vector -> vector.compareAndSet(3, 1003, -5)),
                survives("one at the start", 5, vector -> vector.insert(0, 1)),
                survives("some in the middle", 5, vector -> vector.insert(2, some(7))),
                survives("the last one", 5, SharedVector::popLong),
                survives("the only one", 1, SharedVector::popLong),
                survives("one from the middle", 5, vector -> vector.removeLong(2)),
                survives("one by value", 5, vector -> vector.removeFirst(1003)),
                survives("some from the middle", 9, vector -> vector.remove(2, 5)),
                survives("some from the end", 9, vector -> vector.remove(5, 9)),
                survives("some for others", 9, vector -> vector.replace(2, 4, some(2))),
                survives("some for fewer", 9, vector -> vector.replace(2, 6, some(1))),
                survives("some for many", 9, vector -> vector.replace(2, 6, some(60))),
                survives("the opposite order", 7, SharedVector::reverse),
                survives("the other byte order", 7, SharedVector::byteSwap),
                survives("all several times", 7, vector -> vector.repeat(3)),
                survives("all no times", 7, vector -> vector.repeat(0)),
                survives("nothing at all", 7, SharedVector::clear),
                survives("less memory", 5, SharedVector::trim),
                survives("more memory", 5, vector -> vector.ensureCapacity(500)));
    }

    /** An object with several blocks comes and goes as a whole. */
    private abstract static class Living extends Operation {

        final SharedType<? extends SharedObject> type;

        Living(SharedType<? extends SharedObject> type) {
            this.type = type;
        }

        @Override
        boolean happened(Process survivor) {
            boolean there = !survivor.objects.entries().isEmpty();
            if (there) {
                try (SharedObject found = survivor.objects.open("it", type)) {
                    assertThat(found.isOpen()).isTrue();
                    if (found instanceof SharedArray array) {
                        assertThat(array.toNdArray().toLongArray()).containsOnly(0);
                    }
                }
                survivor.objects.destroy("it");
            }
            assertThat(survivor.heap.deepStatistics().usedBytes()).isZero();
            return wants() == there;
        }

        abstract boolean wants();

        @Override
        boolean isGradual() {
            return true;
        }
    }

    private static final class Creating extends Living {

        Creating(SharedType<? extends SharedObject> type) {
            super(type);
        }

        @Override
        void act(Process victim) {
            victim.objects.create("it", type);
        }

        @Override
        boolean wants() {
            return true;
        }
    }

    private static final class Destroying extends Living {

        Destroying(SharedType<? extends SharedObject> type) {
            super(type);
        }

        @Override
        void arrange(Process victim, Process survivor) {
            survivor.objects.create("it", type).close();
        }

        @Override
        void act(Process victim) {
            victim.objects.destroy("it");
        }

        @Override
        boolean wants() {
            return false;
        }
    }

    @TestFactory
    Stream<DynamicTest> livingAndDying() {
        return Stream.of(VECTOR, ARRAY, PARTS)
                .flatMap(type -> Stream.of(
                        survives("creating a " + type, () -> new Creating(type)),
                        survives("destroying a " + type, () -> new Destroying(type))));
    }

    @TestFactory
    Stream<DynamicTest> elementsOfAnArray() {
        return Stream.of(
                survives("an element", () -> new Setting(array -> array.setLong(4, 1, 9))),
                survives(
                        "an element by compare-and-set",
                        () -> new Setting(array -> array.asInts().compareAndSet(13, 0, 9))),
                survives("a sum", () -> new Setting(array -> array.asInts().getAndAdd(13, 9))));
    }

    private static final class Setting extends Operation {

        private final Consumer<SharedArray> change;
        private SharedArray array;

        Setting(Consumer<SharedArray> change) {
            this.change = change;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            array = victim.objects.create("array", ARRAY);
        }

        @Override
        void act(Process victim) {
            change.accept(array);
        }

        @Override
        boolean happened(Process survivor) {
            try (SharedArray found = survivor.objects.open("array", ARRAY)) {
                assertThat(Arrays.stream(found.toNdArray().toLongArray()).sum()).isIn(0L, 9L);
                assertThat(found.getLong(4, 1)).isIn(0L, 9L);
                return found.getLong(4, 1) == 9;
            }
        }
    }
}
