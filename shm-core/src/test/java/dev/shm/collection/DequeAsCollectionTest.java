package dev.shm.collection;

import com.google.common.collect.testing.QueueTestSuiteBuilder;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** What any queue promises, asked of shared deques of every kind in one mapping that were filled in another. */
class DequeAsCollectionTest {

    /** Small ones in the slot itself, and those that a deque which is not fixed has blocks for. */
    private static final Set<Class<?>> FOR_BOUNDED = Set.of(Long.class, String.class, UUID.class);

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
        return Stream.concat(
                        Kind.forSuites().map(kind -> deque(kind)),
                        Kind.forSuites()
                                .filter(kind -> FOR_BOUNDED.contains(kind.type()))
                                .flatMap(this::bounded))
                .map(Suites::node);
    }

    private <E> TestSuite deque(Kind<E> kind) {
        return deque(kind.name(), kind, kind.deque());
    }

    private <E> Stream<TestSuite> bounded(Kind<E> kind) {
        DequeType<E> bounded = kind.deque().maxLength(50);
        return Stream.of(
                deque(kind.name() + ", bounded", kind, bounded),
                deque(kind.name() + ", evicting", kind, bounded.evicting()),
                deque(kind.name() + ", in slots", kind, bounded.itemBytes(20)));
    }

    private <E> TestSuite deque(String name, Kind<E> kind, DequeType<E> type) {
        Suites.Deques<E> deques = suites.new Deques<>(kind, type);
        return QueueTestSuiteBuilder.using(deques)
                .named(name)
                .withFeatures(
                        CollectionFeature.GENERAL_PURPOSE,
                        CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                        CollectionFeature.KNOWN_ORDER,
                        CollectionSize.ANY)
                .withTearDown(() -> deques.destroyAllBut(0))
                .createTestSuite();
    }
}
