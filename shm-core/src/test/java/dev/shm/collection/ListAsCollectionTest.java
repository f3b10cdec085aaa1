package dev.shm.collection;

import com.google.common.collect.testing.ListTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestListGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.ListFeature;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** What any list promises, asked of shared ones in one mapping that were filled in another. */
class ListAsCollectionTest {

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
    Stream<DynamicNode> shouldKeepThePromisesOfAList() {
        return Stream.of(
                        list("strings", String.class, i -> "e".repeat(12 * i)),
                        list("longs", Long.class, i -> 1L << (13 * i)),
                        list("identifiers", UUID.class, i -> new UUID(i, -i)),
                        list("records", Suites.Point.class, i -> new Suites.Point(i, -i)),
                        list("anything", Object.class, Suites::any))
                .map(Suites::node);
    }

    private <E> TestSuite list(String name, Class<E> elements, IntFunction<E> element) {
        Suites.Made<SharedList<E>> made = suites.new Made<>();
        ListType<E> type = SharedList.of(elements);
        return ListTestSuiteBuilder.using(new TestListGenerator<E>() {
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
                    public List<E> create(Object... wanted) {
                        SharedList<E> list = made.make(type);
                        try (SharedList<E> filler = suites.mine().open(list.name(), type)) {
                            filler.addAll(new ArrayList<>((List<E>) Arrays.asList(wanted)));
                        }
                        return list;
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
                        ListFeature.GENERAL_PURPOSE,
                        CollectionFeature.ALLOWS_NULL_VALUES,
                        CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                        CollectionSize.ANY)
                .withTearDown(() -> made.destroyAllBut(0))
                .createTestSuite();
    }
}
