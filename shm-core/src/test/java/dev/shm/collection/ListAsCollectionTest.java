package dev.shm.collection;

import com.google.common.collect.testing.ListTestSuiteBuilder;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.ListFeature;
import java.util.stream.Stream;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** What any list promises, asked of shared ones of every kind in one mapping that were filled in another. */
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
        return Kind.forSuites().map(this::list).map(Suites::node);
    }

    private <E> TestSuite list(Kind<E> kind) {
        Suites.Lists<E> lists = suites.new Lists<>(kind);
        return ListTestSuiteBuilder.using(lists)
                .named(kind.name())
                .withFeatures(
                        ListFeature.GENERAL_PURPOSE,
                        CollectionFeature.ALLOWS_NULL_VALUES,
                        CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                        CollectionSize.ANY)
                .withTearDown(() -> lists.destroyAllBut(0))
                .createTestSuite();
    }
}
