package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every kind of elements in every kind of collection, put there by one JVM and read by another. */
class EveryKindIT {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private static SharedMemory attach(Path segments) {
        return SharedMemory.named("kinds").directory(segments).size(128 << 20).openOrCreate();
    }

    private static void fill(SharedMemory memory, String filler) {
        Kind.all().forEach(kind -> new EveryKind<>(memory, kind, filler).fill());
    }

    private static void check(SharedMemory memory, String filler) {
        Kind.all().forEach(kind -> {
            EveryKind<?> every = new EveryKind<>(memory, kind, filler);
            every.check();
            every.destroy();
        });
    }

    /** The other JVM. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) {
            ChildJvm.dieWithParent();
            try (SharedMemory memory = attach(Path.of(arguments[0]))) {
                check(memory, "the parent");
                fill(memory, "the child");
            }
            System.out.println("done");
        }
    }

    @Test
    void shouldBeTheSameInEveryProcess() {
        try (SharedMemory memory = attach(directory.segments())) {
            fill(memory, "the parent");
            try (ChildJvm child = ChildJvm.start(Child.class, directory.segments())) {
                child.await("done");
                assertThat(child.awaitEnd()).isZero();
            }
            check(memory, "the child");
            assertThat(memory.verify()).isEmpty();
        }
    }
}
