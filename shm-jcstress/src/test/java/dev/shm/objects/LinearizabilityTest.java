package dev.shm.objects;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.codec.ElementType;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.objects.Twins.Twin;
import dev.shm.value.SharedReference;
import dev.shm.value.SharedVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random operations of two threads, each with an opening of its own of one object, as if they were two processes: what they get is what {@code
 * java.util} gives for some order of the same operations. Each set of operations is written once and done by both.
 *
 * <p>Lincheck runs them under stress. Its model checker switches threads where the Java heap is read or written and knows nothing of words in mapped memory,
 * so it would neither switch between two of these nor see that a lock in them is waited for; orders of such words are enumerated by the
 * interleaving tests of shm-core.
 */
class LinearizabilityTest {

    private static final int SCENARIOS = 20;
    private static final int RUNS_OF_EACH = 100;

    private static void check(Class<?> operations, Class<?> specification) {
        new StressOptions()
                .iterations(SCENARIOS)
                .invocationsPerIteration(RUNS_OF_EACH)
                .threads(2)
                .actorsPerThread(4)
                .actorsBefore(2)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .sequentialSpecification(specification)
                .check(operations);
    }

    /** One object, of which every other thread has the other opening. */
    private static final class Shared<T extends SharedObject> {

        private static final AtomicInteger THREADS = new AtomicInteger();
        private static final ThreadLocal<Boolean> MINE =
                ThreadLocal.withInitial(() -> THREADS.getAndIncrement() % 2 == 0);

        private final Twin<T> twin;

        Shared(SharedType<T> type) {
            this.twin = new Twins<>(type, 1).next();
        }

        T get() {
            return MINE.get() ? twin.mine() : twin.theirs();
        }
    }

    /** Some lie in their entry or cell, some have a block. */
    private static String text(int value) {
        return value % 2 == 0 ? "v" + value : "a value with a block of its own " + value;
    }

    // ---------------------------------------------------------------------------------------------- map

    /** What is done to a map. */
    @Param(name = "key", gen = IntGen.class, conf = "1:3")
    @Param(name = "value", gen = IntGen.class, conf = "1:4")
    public abstract static class MapOperations {

        abstract Map<String, String> map();

        @Operation
        public String put(@Param(name = "key") int key, @Param(name = "value") int value) {
            return map().put(text(key), text(value));
        }

        @Operation
        public String get(@Param(name = "key") int key) {
            return map().get(text(key));
        }

        @Operation
        public String putIfAbsent(@Param(name = "key") int key, @Param(name = "value") int value) {
            return map().putIfAbsent(text(key), text(value));
        }

        @Operation
        public boolean replace(
                @Param(name = "key") int key, @Param(name = "value") int value, @Param(name = "value") int next) {
            return map().replace(text(key), text(value), text(next));
        }

        @Operation
        public String merge(@Param(name = "key") int key, @Param(name = "value") int value) {
            return map().merge(text(key), text(value), String::concat);
        }

        @Operation
        public String compute(@Param(name = "key") int key) {
            return map().compute(
                            text(key), (k, value) -> value == null ? "new" : value.length() > 100 ? null : value + "!");
        }

        @Operation
        public String remove(@Param(name = "key") int key) {
            return map().remove(text(key));
        }
    }

    /** Shared. */
    public static final class SharedMaps extends MapOperations {

        private static final Shared<SharedMap<String, String>> SHARED =
                new Shared<>(SharedMap.of(String.class, String.class));

        public SharedMaps() {
            map().clear();
        }

        @Override
        Map<String, String> map() {
            return SHARED.get();
        }
    }

    /** On the heap. */
    public static final class Maps extends MapOperations {

        private final Map<String, String> map = new HashMap<>();

        @Override
        Map<String, String> map() {
            return map;
        }
    }

    @Test
    void mapsAreLinearizable() {
        check(SharedMaps.class, Maps.class);
    }

    // ---------------------------------------------------------------------------------------------- set

    /** What is done to a set. */
    @Param(name = "element", gen = IntGen.class, conf = "1:3")
    public abstract static class SetOperations {

        abstract Set<String> set();

        @Operation
        public boolean add(@Param(name = "element") int element) {
            return set().add(text(element));
        }

        @Operation
        public boolean remove(@Param(name = "element") int element) {
            return set().remove(text(element));
        }

        @Operation
        public boolean contains(@Param(name = "element") int element) {
            return set().contains(text(element));
        }
    }

    /** Shared. */
    public static final class SharedSets extends SetOperations {

        private static final Shared<SharedSet<String>> SHARED = new Shared<>(SharedSet.of(String.class));

        public SharedSets() {
            set().clear();
        }

        @Override
        Set<String> set() {
            return SHARED.get();
        }
    }

    /** On the heap. */
    public static final class Sets extends SetOperations {

        private final Set<String> set = new HashSet<>();

        @Override
        Set<String> set() {
            return set;
        }
    }

    @Test
    void setsAreLinearizable() {
        check(SharedSets.class, Sets.class);
    }

    // ---------------------------------------------------------------------------------------------- list

    /** What is done to a list, also to all of it. */
    @Param(name = "index", gen = IntGen.class, conf = "0:3")
    @Param(name = "value", gen = IntGen.class, conf = "1:4")
    public abstract static class ListOperations {

        abstract List<String> list();

        private boolean has(int index) {
            return index < 2;
        }

        @Operation
        public boolean add(@Param(name = "value") int value) {
            return list().add(text(value));
        }

        /** Two are there from the beginning, and nothing takes the last two. */
        @Operation
        public String set(@Param(name = "index") int index, @Param(name = "value") int value) {
            return has(index) ? list().set(index, text(value)) : null;
        }

        @Operation
        public String get(@Param(name = "index") int index) {
            return has(index) ? list().get(index) : null;
        }

        @Operation
        public boolean addAll(@Param(name = "index") int index, @Param(name = "value") int value) {
            return has(index) && list().addAll(index, List.of(text(value), text(value + 1)));
        }

        @Operation
        public int indexOf(@Param(name = "value") int value) {
            return list().indexOf(text(value));
        }

        @Operation
        public boolean replaceAll(@Param(name = "value") int value) {
            list().replaceAll(element -> element.equals(text(value)) ? text(value + 1) : element);
            return true;
        }

        @Operation
        public List<Object> toList() {
            return List.of(list().toArray());
        }
    }

    /** Shared. */
    public static final class SharedLists extends ListOperations {

        private static final Shared<SharedList<String>> SHARED = new Shared<>(SharedList.of(String.class));

        public SharedLists() {
            list().clear();
            list().addAll(List.of("x", text(1)));
        }

        @Override
        List<String> list() {
            return SHARED.get();
        }
    }

    /** On the heap. */
    public static final class Lists extends ListOperations {

        private final List<String> list = new ArrayList<>(List.of("x", text(1)));

        @Override
        List<String> list() {
            return list;
        }
    }

    @Test
    void listsAreLinearizable() {
        check(SharedLists.class, Lists.class);
    }

    // ---------------------------------------------------------------------------------------------- deque

    /** What is done to a deque at both ends. */
    @Param(name = "value", gen = IntGen.class, conf = "1:4")
    public abstract static class DequeOperations {

        abstract Deque<String> deque();

        @Operation
        public boolean offerFirst(@Param(name = "value") int value) {
            return deque().offerFirst(text(value));
        }

        @Operation
        public boolean offerLast(@Param(name = "value") int value) {
            return deque().offerLast(text(value));
        }

        @Operation
        public String pollFirst() {
            return deque().pollFirst();
        }

        @Operation
        public String pollLast() {
            return deque().pollLast();
        }

        @Operation
        public String peekFirst() {
            return deque().peekFirst();
        }

        @Operation
        public int size() {
            return deque().size();
        }

        @Operation
        public boolean removeFirstOccurrence(@Param(name = "value") int value) {
            return deque().removeFirstOccurrence(text(value));
        }
    }

    /** Shared. */
    public static final class SharedDeques extends DequeOperations {

        private static final Shared<SharedDeque<String>> SHARED = new Shared<>(SharedDeque.of(String.class));

        public SharedDeques() {
            deque().clear();
        }

        @Override
        Deque<String> deque() {
            return SHARED.get();
        }
    }

    /** On the heap. */
    public static final class Deques extends DequeOperations {

        private final Deque<String> deque = new ArrayDeque<>();

        @Override
        Deque<String> deque() {
            return deque;
        }
    }

    @Test
    void dequesAreLinearizable() {
        check(SharedDeques.class, Deques.class);
    }

    // ---------------------------------------------------------------------------------------------- vector

    /** A vector in both processes. */
    @Param(name = "value", gen = IntGen.class, conf = "1:4")
    public static final class SharedVectors {

        private static final Shared<SharedVector> SHARED = new Shared<>(SharedVector.of(ElementType.INT64));

        public SharedVectors() {
            SHARED.get().clear();
            SHARED.get().append(0L);
        }

        @Operation
        public void append(@Param(name = "value") int value) {
            SHARED.get().append((long) value);
        }

        @Operation
        public void extend(@Param(name = "value") int value) {
            SHARED.get().extend(value, value + 10L, value + 20L);
        }

        @Operation
        public long getAndAdd(@Param(name = "value") int value) {
            return SHARED.get().getAndAdd(0, (long) value);
        }

        @Operation
        public void reverse() {
            SHARED.get().reverse();
        }

        @Operation
        public int size() {
            return SHARED.get().size();
        }

        @Operation
        public long get() {
            return SHARED.get().getLong(0);
        }
    }

    /** A list of longs. */
    public static final class Vectors {

        private final List<Long> list = new ArrayList<>(List.of(0L));

        public void append(int value) {
            list.add((long) value);
        }

        public void extend(int value) {
            list.addAll(List.of((long) value, value + 10L, value + 20L));
        }

        public long getAndAdd(int value) {
            return list.set(0, list.get(0) + value);
        }

        public void reverse() {
            Collections.reverse(list);
        }

        public int size() {
            return list.size();
        }

        public long get() {
            return list.get(0);
        }
    }

    @Test
    void vectorsAreLinearizable() {
        check(SharedVectors.class, Vectors.class);
    }

    // ---------------------------------------------------------------------------------------------- reference

    /** A reference in both processes. */
    @Param(name = "value", gen = IntGen.class, conf = "1:3")
    public static final class SharedReferences {

        private static final Shared<SharedReference<String>> SHARED = new Shared<>(SharedReference.of(String.class));

        public SharedReferences() {
            SHARED.get().set(null);
        }

        @Operation
        public String get() {
            return SHARED.get().get();
        }

        @Operation
        public String getAndSet(@Param(name = "value") int value) {
            return SHARED.get().getAndSet(text(value));
        }

        @Operation
        public boolean compareAndSet(@Param(name = "value") int value, @Param(name = "value") int next) {
            return SHARED.get().compareAndSet(text(value), text(next));
        }

        @Operation
        public String updateAndGet() {
            return SHARED.get().updateAndGet(value -> value == null ? "new" : value + "!");
        }
    }

    /** A field. */
    public static final class References {

        private String value;

        public String get() {
            return value;
        }

        public String getAndSet(int next) {
            String before = value;
            value = text(next);
            return before;
        }

        public boolean compareAndSet(int expected, int next) {
            if (!Objects.equals(value, text(expected))) {
                return false;
            }
            value = text(next);
            return true;
        }

        public String updateAndGet() {
            value = value == null ? "new" : value + "!";
            return value;
        }
    }

    @Test
    void referencesAreLinearizable() {
        check(SharedReferences.class, References.class);
    }

    // ---------------------------------------------------------------------------------------------- the test itself

    /** Counts as one must not: by a look and a change after it. */
    @Param(name = "value", gen = IntGen.class, conf = "1:2")
    public static final class LostUpdates {

        private static final Shared<SharedReference<String>> SHARED = new Shared<>(SharedReference.of(String.class));

        public LostUpdates() {
            SHARED.get().set("");
        }

        @Operation
        public String updateAndGet() {
            String next = SHARED.get().get() + "!";
            // The other one may change it now, on one processor as well.
            Thread.yield();
            SHARED.get().set(next);
            return next;
        }
    }

    /** Counts. */
    public static final class Updates {

        private String value = "";

        public String updateAndGet() {
            value += "!";
            return value;
        }
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void whatIsNotLinearizableIsFound() {
        // Two threads meet soon, but nobody knows when.
        String found = null;
        while (found == null) {
            try {
                check(LostUpdates.class, Updates.class);
            } catch (AssertionError e) {
                found = e.toString();
            }
        }
        assertTrue(found.contains("Invalid execution results"), found);
    }
}
