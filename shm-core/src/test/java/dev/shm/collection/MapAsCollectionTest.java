package dev.shm.collection;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.SetTestSuiteBuilder;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import java.util.stream.Stream;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** What any map and any set promises, asked of shared ones of every kind in one mapping that were filled in another. */
class MapAsCollectionTest {

    private Suites suites;

    @BeforeEach
    void open() {
        suites = new Suites();
    }

    @AfterEach
    void close() {
        suites.close();
    }

    /** Keys and values are of the same kind. */
    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfAConcurrentMap() {
        return Kind.forSuites().map(this::map).map(Suites::node);
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfASet() {
        return Kind.forSuites().map(this::set).map(Suites::node);
    }

    private <E> TestSuite map(Kind<E> kind) {
        Suites.Maps<E, E> maps = suites.new Maps<>(kind, kind, kind.map());
        return ConcurrentMapTestSuiteBuilder.using(maps)
                .named(kind.name())
                .withFeatures(
                        MapFeature.GENERAL_PURPOSE, CollectionFeature.SUPPORTS_ITERATOR_REMOVE, CollectionSize.ANY)
                .withTearDown(() -> maps.destroyAllBut(0))
                .createTestSuite();
    }

    private <E> TestSuite set(Kind<E> kind) {
        Suites.Sets<E> sets = suites.new Sets<>(kind);
        return SetTestSuiteBuilder.using(sets)
                .named(kind.name())
                .withFeatures(
                        CollectionFeature.SUPPORTS_ADD,
                        CollectionFeature.SUPPORTS_REMOVE,
                        CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                        CollectionSize.ANY)
                .withTearDown(() -> sets.destroyAllBut(0))
                .createTestSuite();
    }
}
