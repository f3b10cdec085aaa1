package dev.shm.collection;

import com.google.common.collect.testing.MapTestSuiteBuilder;
import com.google.common.collect.testing.SetTestSuiteBuilder;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import java.util.stream.Stream;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** What any map and any set that cannot be changed promises, asked of frozen ones. */
class FrozenAsCollectionTest {

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
    Stream<DynamicNode> shouldKeepThePromisesOfAMapThatCannotBeChanged() {
        return Kind.forSuites().map(this::map).map(Suites::node);
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfASetThatCannotBeChanged() {
        return Kind.forSuites().map(this::set).map(Suites::node);
    }

    private <E> TestSuite map(Kind<E> kind) {
        Suites.FrozenMaps<E, E> maps = suites.new FrozenMaps<>(kind, kind, kind.frozenMap());
        return MapTestSuiteBuilder.using(maps)
                .named(kind.name())
                .withFeatures(CollectionFeature.KNOWN_ORDER, CollectionSize.ANY)
                .withTearDown(() -> maps.destroyAllBut(0))
                .createTestSuite();
    }

    private <E> TestSuite set(Kind<E> kind) {
        Suites.FrozenSets<E> sets = suites.new FrozenSets<>(kind);
        return SetTestSuiteBuilder.using(sets)
                .named(kind.name())
                .withFeatures(CollectionFeature.KNOWN_ORDER, CollectionSize.ANY)
                .withTearDown(() -> sets.destroyAllBut(0))
                .createTestSuite();
    }
}
