package dev.shm.collection;

import com.google.common.collect.testing.QueueTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestQueueGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import java.lang.reflect.Array;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** What any queue promises, asked of shared deques in one mapping that were filled in another. */
class DequeAsCollectionTest {

    private Suites suites;

    @BeforeEach
    void open() {
        suites = new Suites();
    }

    @AfterEach
    void close() {
        suites.close();
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfAQueue() {
        return Stream.of(
                        deque("strings", String.class, i -> "e".repeat(12 * i), SharedDeque.of(String.class)),
                        deque("longs", Long.class, i -> 1L << (13 * i), SharedDeque.of(Long.class)),
                        deque(
                                "identifiers, bounded and fixed",
                                UUID.class,
                                i -> new UUID(i, -i),
                                SharedDeque.of(UUID.class).maxLength(50).itemBytes(16)),
                        deque(
                                "records, evicting",
                                Suites.Point.class,
                                i -> new Suites.Point(i, -i),
                                SharedDeque.of(Suites.Point.class).maxLength(50).evicting()),
                        deque("anything", Object.class, Suites::any, SharedDeque.of(Object.class)))
                .map(Suites::node);
    }

    private <E> TestSuite deque(String name, Class<E> elements, IntFunction<E> element, DequeType<E> type) {
        Suites.Made<SharedDeque<E>> made = suites.new Made<>();
        return QueueTestSuiteBuilder.using(new TestQueueGenerator<E>() {
                    @Override
                    public SampleElements<E> samples() {
                        return new SampleElements<>(
                                element.apply(0),
                                element.apply(1),
                                element.apply(2),
                                element.apply(3),
                                element.apply(4));
                    }

                    @Override
                    @SuppressWarnings("unchecked")
                    public Queue<E> create(Object... wanted) {
                        SharedDeque<E> deque = made.make(type);
                        try (SharedDeque<E> filler = suites.mine().open(deque.name(), type)) {
                            Collections.addAll((Queue<Object>) filler, wanted);
                        }
                        return deque;
                    }

                    @Override
                    @SuppressWarnings("unchecked")
                    public E[] createArray(int length) {
                        return (E[]) Array.newInstance(elements, length);
                    }

                    @Override
                    public Iterable<E> order(List<E> insertionOrder) {
                        return insertionOrder;
                    }
                })
                .named(name)
                .withFeatures(
                        CollectionFeature.GENERAL_PURPOSE,
                        CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                        CollectionFeature.KNOWN_ORDER,
                        CollectionSize.ANY)
                .withTearDown(() -> made.destroyAllBut(0))
                .createTestSuite();
    }
}
