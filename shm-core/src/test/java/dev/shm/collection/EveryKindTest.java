package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every kind of elements in every kind of collection, put there in one mapping and read in another. */
class EveryKindTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    @TestFactory
    Stream<DynamicTest> shouldBeTheSameInAnotherMapping() {
        return Kind.all().map(kind -> DynamicTest.dynamicTest(kind.name(), () -> check(kind)));
    }

    private <E> void check(Kind<E> kind) {
        long before = segment.mine().deepStatistics().usedBytes();
        EveryKind<E> mine = new EveryKind<>(segment.mine(), kind, "me");
        mine.fill();
        new EveryKind<>(segment.theirs(), kind, "me").check();
        assertThat(segment.mine().verify()).isEmpty();
        mine.destroy();
        assertThat(segment.mine().deepStatistics().usedBytes()).isEqualTo(before);
    }
}
