package dev.shm.collection;

import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestListGenerator;
import com.google.common.collect.testing.TestMapGenerator;
import com.google.common.collect.testing.TestQueueGenerator;
import com.google.common.collect.testing.TestSetGenerator;
import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.testing.TestDirectory;
import java.lang.reflect.Array;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestSuite;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/** What Guava's suites need: objects in one mapping that are filled in another. */
final class Suites implements AutoCloseable {

    private final TestDirectory directory = TestDirectory.create();
    private final SharedMemory mine = attach();
    private final SharedMemory theirs = attach();
    private int created;

    private SharedMemory attach() {
        return SharedMemory.named("collections")
                .directory(directory.path())
                .size(32 << 20)
                .openOrCreate();
    }

    SharedMemory mine() {
        return mine;
    }

    SharedMemory theirs() {
        return theirs;
    }

    @Override
    public void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    static DynamicNode node(Test test) {
        if (test instanceof TestSuite suite) {
            return DynamicContainer.dynamicContainer(
                    suite.getName(), Collections.list(suite.tests()).stream().map(Suites::node));
        }
        TestCase one = (TestCase) test;
        return DynamicTest.dynamicTest(one.getName(), one::runBare);
    }

    @SuppressWarnings("unchecked")
    private static <E> E[] array(Class<E> type, int length) {
        return (E[]) Array.newInstance(type, length);
    }

    /** Makes objects, and destroys them. */
    abstract class Made<T extends SharedObject> {

        private final SharedType<T> type;
        private final ArrayDeque<T> open = new ArrayDeque<>();

        Made(SharedType<T> type) {
            this.type = type;
        }

        /** Fills one that was just made. */
        abstract void fill(T filler, List<?> wanted);

        /** Makes one with this in it. */
        T make(List<?> wanted) {
            T made = created(type);
            try (T filler = mine.open(made.name(), type)) {
                fill(filler, wanted);
            }
            return made;
        }

        final T created(SharedType<T> as) {
            // Some tests make thousands, and look at the last.
            destroyAllBut(3);
            T made = theirs.create("c" + created++, as);
            open.add(made);
            return made;
        }

        final void destroyAllBut(int count) {
            while (open.size() > count) {
                T one = open.remove();
                one.close();
                mine.destroy(one.name());
            }
        }
    }

    /** Makes collections of one kind of elements. */
    abstract class Elements<E, C extends Collection<E> & SharedObject> extends Made<C> {

        private final Kind<E> kind;

        Elements(Kind<E> kind, SharedType<C> type) {
            super(type);
            this.kind = kind;
        }

        @Override
        @SuppressWarnings("unchecked")
        final void fill(C filler, List<?> wanted) {
            filler.addAll((List<E>) wanted);
        }

        public final C create(Object... wanted) {
            return make(Arrays.asList(wanted));
        }

        public final SampleElements<E> samples() {
            List<E> of = kind.values();
            return new SampleElements<>(of.get(0), of.get(1), of.get(2), of.get(3), of.get(4));
        }

        public final E[] createArray(int length) {
            return array(kind.type(), length);
        }

        public final Iterable<E> order(List<E> insertionOrder) {
            return insertionOrder;
        }
    }

    final class Lists<E> extends Elements<E, SharedList<E>> implements TestListGenerator<E> {
        Lists(Kind<E> kind) {
            super(kind, kind.list());
        }
    }

    final class Sets<E> extends Elements<E, SharedSet<E>> implements TestSetGenerator<E> {
        Sets(Kind<E> kind) {
            super(kind, kind.set());
        }
    }

    final class Deques<E> extends Elements<E, SharedDeque<E>> implements TestQueueGenerator<E> {
        Deques(Kind<E> kind, DequeType<E> type) {
            super(kind, type);
        }
    }

    /** Sets that nobody can change. */
    final class FrozenSets<E> extends Elements<E, FrozenSet<E>> implements TestSetGenerator<E> {

        private final FrozenSetType<E> type;

        FrozenSets(Kind<E> kind) {
            this(kind, kind.frozenSet());
        }

        private FrozenSets(Kind<E> kind, FrozenSetType<E> type) {
            super(kind, type);
            this.type = type;
        }

        @Override
        @SuppressWarnings("unchecked")
        FrozenSet<E> make(List<?> wanted) {
            return created(type.holding((List<E>) wanted));
        }
    }

    final class Maps<K, V> extends Entries<K, V, SharedMap<K, V>> {
        Maps(Kind<K> keys, Kind<V> values, MapType<K, V> type) {
            super(keys, values, type);
        }
    }

    /** Maps that nobody can change. */
    final class FrozenMaps<K, V> extends Entries<K, V, FrozenMap<K, V>> {

        private final FrozenMapType<K, V> type;

        FrozenMaps(Kind<K> keys, Kind<V> values, FrozenMapType<K, V> type) {
            super(keys, values, type);
            this.type = type;
        }

        @Override
        @SuppressWarnings("unchecked")
        FrozenMap<K, V> make(List<?> wanted) {
            Map<K, V> content = new LinkedHashMap<>();
            ((List<Map.Entry<K, V>>) wanted).forEach(entry -> content.put(entry.getKey(), entry.getValue()));
            return created(type.holding(content));
        }
    }

    /** Makes maps whose keys are of one kind and whose values are of another. */
    abstract class Entries<K, V, M extends Map<K, V> & SharedObject> extends Made<M> implements TestMapGenerator<K, V> {

        private final Kind<K> keys;
        private final Kind<V> values;

        Entries(Kind<K> keys, Kind<V> values, SharedType<M> type) {
            super(type);
            this.keys = keys;
            this.values = values;
        }

        @Override
        @SuppressWarnings("unchecked")
        final void fill(M filler, List<?> wanted) {
            for (Map.Entry<K, V> entry : (List<Map.Entry<K, V>>) wanted) {
                filler.put(entry.getKey(), entry.getValue());
            }
        }

        @Override
        public Map<K, V> create(Object... entries) {
            return make(Arrays.asList(entries));
        }

        @Override
        public SampleElements<Map.Entry<K, V>> samples() {
            return new SampleElements<>(entry(0), entry(1), entry(2), entry(3), entry(4));
        }

        private Map.Entry<K, V> entry(int i) {
            return new AbstractMap.SimpleEntry<>(
                    keys.values().get(i), values.values().get(i));
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public Map.Entry<K, V>[] createArray(int length) {
            return new Map.Entry[length];
        }

        @Override
        public K[] createKeyArray(int length) {
            return array(keys.type(), length);
        }

        @Override
        public V[] createValueArray(int length) {
            return array(values.type(), length);
        }

        @Override
        public Iterable<Map.Entry<K, V>> order(List<Map.Entry<K, V>> insertionOrder) {
            return insertionOrder;
        }
    }
}
