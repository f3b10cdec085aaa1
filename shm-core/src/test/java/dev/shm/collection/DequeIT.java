package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.memory.Memory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A deque on both ends of which real processes wait for each other, and die. */
class DequeIT {

    private static final DequeType<String> TYPE = SharedDeque.of(String.class).maxLength(2);
    private static final int KILLED_ITSELF = 9;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private static SharedMemory attach(Path segments) {
        return SharedMemory.named("deque").directory(segments).size(2 << 20).openOrCreate();
    }

    /** Takes until it is killed. */
    static final class Taker {

        private Taker() {}

        public static void main(String[] arguments) throws InterruptedException {
            ChildJvm.dieWithParent();
            SharedDeque<String> deque = attach(Path.of(arguments[0])).open("deque", TYPE);
            for (; ; ) {
                System.out.println("took " + deque.take());
            }
        }
    }

    /** Puts one, and is gone in the same moment. */
    static final class Putter {

        private Putter() {}

        public static void main(String[] arguments) throws InterruptedException {
            ChildJvm.dieWithParent();
            attach(Path.of(arguments[0])).open("deque", TYPE).put("theirs");
            Runtime.getRuntime().halt(KILLED_ITSELF);
        }
    }

    /** Waits until somebody has said that it sleeps for that. */
    private static void awaitSleeper(SharedDeque<String> deque, int sleepers) {
        Memory memory = deque.handle().memory();
        long word = DequeLayout.base(deque.handle().payload()) + sleepers;
        Watchdog.await("a sleeper", () -> memory.getLongAcquire(word) != 0);
    }

    private static void awaitDeath(SharedMemory memory) {
        Watchdog.await("the dead to be reaped", () -> {
            memory.reap();
            return memory.peers().size() == 1;
        });
        assertThat(memory.verify()).isEmpty();
    }

    @Test
    void shouldWakeOtherProcessesAndOutliveThem() throws InterruptedException {
        try (SharedMemory memory = attach(directory.segments());
                SharedDeque<String> deque = memory.create("deque", TYPE)) {
            try (ChildJvm taker = ChildJvm.start(Taker.class, directory.segments())) {
                for (String element : new String[] {"a", "a text that has a block of its own"}) {
                    awaitSleeper(deque, DequeLayout.TAKERS);
                    deque.put(element);
                    assertThat(taker.await("took")).isEqualTo(element);
                }
                awaitSleeper(deque, DequeLayout.TAKERS);
                // Killed while it waits.
            }
            awaitDeath(memory);
            deque.put("not for the dead");
            assertThat(deque.take()).isEqualTo("not for the dead");

            deque.put("1");
            deque.put("2");
            try (ChildJvm putter = ChildJvm.start(Putter.class, directory.segments())) {
                awaitSleeper(deque, DequeLayout.PUTTERS);
                assertThat(deque.take()).isEqualTo("1");
                assertThat(putter.awaitEnd()).isEqualTo(KILLED_ITSELF);
            }
            assertThat(deque.take()).isEqualTo("2");
            assertThat(deque.take()).isEqualTo("theirs");
            awaitDeath(memory);

            try (ChildJvm putter = ChildJvm.start(Putter.class, directory.segments())) {
                assertThat(deque.take())
                        .as("waited for, from one that is dead by then")
                        .isEqualTo("theirs");
                assertThat(putter.awaitEnd()).isEqualTo(KILLED_ITSELF);
            }
            awaitDeath(memory);
            assertThat(deque).isEmpty();
        }
    }
}
