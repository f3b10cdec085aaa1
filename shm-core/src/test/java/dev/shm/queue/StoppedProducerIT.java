package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A producer in a process of its own that is stopped while it writes a message: whoever waits behind it is told who that is. */
class StoppedProducerIT {

    private static final String NAME = "orders";
    private static final String APPLICATION = "writer-of-orders";
    private static final String CLAIMED = "claimed";

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    /** What the test and its child open. */
    private static QueueType<String> type(boolean singleConsumer) {
        QueueType<String> type = SharedQueue.of(String.class).capacityBytes(1 << 16);
        return singleConsumer ? type.singleConsumer() : type;
    }

    /** The producer. */
    static final class Producer {

        private Producer() {}

        public static void main(String[] arguments) throws IOException {
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            try (SharedMemory memory = SharedMemory.named("segment")
                            .directory(Path.of(arguments[0]))
                            .application(APPLICATION)
                            .open();
                    SharedQueue<String> queue = memory.open(NAME, type(Boolean.parseBoolean(arguments[1])));
                    Claim claim = queue.tryClaim(1)) {
                claim.putByte(0, (byte) 'c');
                System.out.println(CLAIMED);
                if (input.readLine() != null) {
                    claim.commit();
                }
            }
        }
    }

    private static void assertBlockedBy(SharedQueue<String> queue, ChildJvm child) {
        assertThat(queue.poll()).isNull();
        assertThat(queue.statistics().blockedBy())
                .contains(new QueueStatistics.Blocker(child.pid(), APPLICATION, "writes a message"));
        assertThat(queue.statistics().depth()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldBeNamedUntilItGoesOnOrIsKilled(boolean singleConsumer) {
        try (SharedMemory memory = directory.segment("segment").create();
                SharedQueue<String> queue = memory.create(NAME, type(singleConsumer))) {
            try (ChildJvm child = ChildJvm.start(Producer.class, directory.path(), singleConsumer)) {
                child.await(CLAIMED);
                ChildJvm.stop(List.of(child));
                assertThat(queue.offer("behind")).isTrue();
                assertBlockedBy(queue, child);
                // It lives, so nobody takes its place.
                assertThat(memory.reap()).isZero();
                assertBlockedBy(queue, child);
                ChildJvm.resume(List.of(child));
                child.send("commit");
                Watchdog.await("what it wrote", () -> "c".equals(queue.poll()));
                assertThat(queue.poll()).isEqualTo("behind");
                assertThat(queue.statistics().blockedBy()).isEqualTo(Optional.empty());
                assertThat(child.awaitEnd()).isZero();
            }
            try (ChildJvm child = ChildJvm.start(Producer.class, directory.path(), singleConsumer)) {
                child.await(CLAIMED);
                ChildJvm.stop(List.of(child));
                assertThat(queue.offer("behind")).isTrue();
                assertBlockedBy(queue, child);
                child.kill();
                Watchdog.await("what lies behind it", () -> "behind".equals(queue.poll()));
                assertThat(queue.statistics().blockedBy()).isEqualTo(Optional.empty());
            }
        }
    }
}
