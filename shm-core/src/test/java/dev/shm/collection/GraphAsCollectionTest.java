package dev.shm.collection;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.FeatureSpecificTestSuiteBuilder;
import com.google.common.collect.testing.ListTestSuiteBuilder;
import com.google.common.collect.testing.QueueTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.SetTestSuiteBuilder;
import com.google.common.collect.testing.TestCollectionGenerator;
import com.google.common.collect.testing.TestListGenerator;
import com.google.common.collect.testing.TestMapGenerator;
import com.google.common.collect.testing.TestQueueGenerator;
import com.google.common.collect.testing.TestSetGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.ListFeature;
import com.google.common.collect.testing.features.MapFeature;
import dev.shm.Shared;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** What any collection promises, asked of those within a graph, in one mapping, that were filled in another. */
class GraphAsCollectionTest {

    private static final String PLACE = "a collection";

    private final ArrayDeque<Shared<?>> open = new ArrayDeque<>();
    private Suites suites;

    @BeforeEach
    void open() {
        suites = new Suites();
    }

    @AfterEach
    void close() {
        suites.close();
    }

    /** One that is in a graph, as the other mapping shows it. */
    private <C> C made(C empty, Consumer<C> filling) {
        // Some tests make thousands, and look at the last.
        destroyAllBut(3);
        Map<String, C> graph = Map.of(PLACE, empty);
        Shared<Map<String, C>> made = suites.mine().share(graph);
        filling.accept(made.get().get(PLACE));
        made.close();
        Shared<Map<String, C>> received = suites.theirs().shared(made.name());
        open.add(received);
        return received.get().get(PLACE);
    }

    private void destroyAllBut(int count) {
        while (open.size() > count) {
            try (Shared<?> one = open.remove()) {
                one.destroy();
            }
        }
    }

    /** Collections in collections. */
    private static Object list(int i) {
        return List.of("e".repeat(12 * i), List.of(i));
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfAList() {
        return suites(
                "list",
                element -> ListTestSuiteBuilder.using(new Lists(element))
                        .withFeatures(ListFeature.GENERAL_PURPOSE, CollectionFeature.ALLOWS_NULL_VALUES));
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfAQueue() {
        return suites(
                "deque",
                element -> QueueTestSuiteBuilder.using(new Queues(element))
                        .withFeatures(CollectionFeature.GENERAL_PURPOSE, CollectionFeature.KNOWN_ORDER));
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfASet() {
        return suites(
                "set",
                element -> SetTestSuiteBuilder.using(new Sets(element))
                        .withFeatures(CollectionFeature.SUPPORTS_ADD, CollectionFeature.SUPPORTS_REMOVE));
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfAConcurrentMap() {
        return suites(
                "map",
                value -> ConcurrentMapTestSuiteBuilder.using(new Maps(value)).withFeatures(MapFeature.GENERAL_PURPOSE));
    }

    private Stream<DynamicNode> suites(
            String what, Function<IntFunction<Object>, FeatureSpecificTestSuiteBuilder<?, ?>> builder) {
        return Stream.of(
                suite(what + " of anything", builder.apply(Kind.any()::get)),
                suite(what + " of lists", builder.apply(GraphAsCollectionTest::list)));
    }

    private DynamicNode suite(String name, FeatureSpecificTestSuiteBuilder<?, ?> builder) {
        builder.named(name)
                .withFeatures(CollectionFeature.SUPPORTS_ITERATOR_REMOVE, CollectionSize.ANY)
                .withTearDown(() -> destroyAllBut(0));
        return Suites.node(builder.createTestSuite());
    }

    private static SampleElements<Object> samples(IntFunction<Object> element) {
        return new SampleElements<>(
                element.apply(0), element.apply(1), element.apply(2), element.apply(3), element.apply(4));
    }

    /** What generators of collections have in common. */
    private abstract static class Elements implements TestCollectionGenerator<Object> {

        private final IntFunction<Object> element;

        Elements(IntFunction<Object> element) {
            this.element = element;
        }

        @Override
        public SampleElements<Object> samples() {
            return GraphAsCollectionTest.samples(element);
        }

        @Override
        public Object[] createArray(int length) {
            return new Object[length];
        }

        @Override
        public List<Object> order(List<Object> insertionOrder) {
            return insertionOrder;
        }
    }

    private final class Lists extends Elements implements TestListGenerator<Object> {

        Lists(IntFunction<Object> element) {
            super(element);
        }

        @Override
        public List<Object> create(Object... wanted) {
            return GraphAsCollectionTest.this.<List<Object>>made(
                    new ArrayList<>(), list -> Collections.addAll(list, wanted));
        }
    }

    private final class Queues extends Elements implements TestQueueGenerator<Object> {

        Queues(IntFunction<Object> element) {
            super(element);
        }

        @Override
        public Queue<Object> create(Object... wanted) {
            return GraphAsCollectionTest.this.<Queue<Object>>made(
                    new ArrayDeque<>(), deque -> Collections.addAll(deque, wanted));
        }
    }

    private final class Sets extends Elements implements TestSetGenerator<Object> {

        Sets(IntFunction<Object> element) {
            super(element);
        }

        @Override
        public Set<Object> create(Object... wanted) {
            return GraphAsCollectionTest.this.<Set<Object>>made(
                    new HashSet<>(), set -> Collections.addAll(set, wanted));
        }
    }

    private final class Maps implements TestMapGenerator<String, Object> {

        private final IntFunction<Object> value;

        Maps(IntFunction<Object> value) {
            this.value = value;
        }

        @Override
        public SampleElements<Map.Entry<String, Object>> samples() {
            return new SampleElements<>(entry(0), entry(1), entry(2), entry(3), entry(4));
        }

        private Map.Entry<String, Object> entry(int i) {
            return new AbstractMap.SimpleEntry<>("k".repeat(10 * i), value.apply(i));
        }

        @Override
        @SuppressWarnings("unchecked")
        public Map<String, Object> create(Object... wanted) {
            return GraphAsCollectionTest.this.<Map<String, Object>>made(new HashMap<>(), map -> {
                for (Object one : wanted) {
                    Map.Entry<String, Object> entry = (Map.Entry<String, Object>) one;
                    map.put(entry.getKey(), entry.getValue());
                }
            });
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public Map.Entry<String, Object>[] createArray(int length) {
            return new Map.Entry[length];
        }

        @Override
        public String[] createKeyArray(int length) {
            return new String[length];
        }

        @Override
        public Object[] createValueArray(int length) {
            return new Object[length];
        }

        @Override
        public List<Map.Entry<String, Object>> order(List<Map.Entry<String, Object>> insertionOrder) {
            return insertionOrder;
        }
    }
}
