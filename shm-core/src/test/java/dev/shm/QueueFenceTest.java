package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.queue.Claim;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A fence costs as much as a small message, so there is one only while somebody sleeps now and then. */
class QueueFenceTest {

    /** So many messages without a sleeper, and a few more. */
    private static final int CALM = 1100;

    private static final int MESSAGES = 10;

    static Stream<QueueType<String>> kinds() {
        return Stream.of(QueueCrashTest.COMPETING, QueueCrashTest.ONE_CONSUMER, QueueCrashTest.ONE_TO_ONE)
                .flatMap(type -> Stream.of(type, type.timestamps(false)));
    }

    /** Sends in each way. */
    private static void send(SharedQueue<String> queue, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(queue.offer("m")).isTrue();
            try (Claim claim = queue.tryClaim(1)) {
                claim.putByte(0, (byte) 'c').commit();
            }
            assertThat(queue.drain(message -> {}, 9)).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldBeMadeOnlyWhileSomebodySleepsNowAndThen(QueueType<String> type) throws InterruptedException {
        World world = World.ofBytes(QueueCrashTest.BYTES);
        Process process = world.process(World.VICTIM);
        try (SharedQueue<String> queue = process.objects.create("q", type)) {
            send(queue, MESSAGES);
            assertThat(process.memory.fences()).as("before anybody slept").isZero();
            for (int round = 0; round < 3; round++) {
                assertThat(queue.poll(1, TimeUnit.MILLISECONDS)).isNull();
                long slept = process.memory.fences();
                send(queue, MESSAGES);
                assertThat(process.memory.fences() - slept)
                        .as("for each message after somebody slept")
                        .isEqualTo(2 * MESSAGES);
                send(queue, CALM);
                long calm = process.memory.fences();
                send(queue, MESSAGES);
                assertThat(process.memory.fences() - calm)
                        .as("when nobody has slept for long")
                        .isZero();
            }
        }
    }
}
