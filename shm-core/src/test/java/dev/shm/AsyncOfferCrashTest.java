package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.Traffic.Got;
import dev.shm.World.Process;
import dev.shm.memory.TracingMemory.Killed;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.Watchdog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages that stand in line for room, and are sent by a thread of the pool, with a death after each store of their process. Which
 * store that is differs a little from one run to the next, since threads and clocks have a part in it.
 */
class AsyncOfferCrashTest {

    private static final int ROOM = 40;

    private static Thread.UncaughtExceptionHandler handler;

    /** What a killed process throws on its way out nobody hears. */
    @BeforeAll
    static void hearNothingFromTheDead() {
        handler = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            if (!(error instanceof Killed)) {
                error.printStackTrace();
            }
        });
    }

    @AfterAll
    static void hearAllAgain() {
        Thread.setDefaultUncaughtExceptionHandler(handler);
    }

    static Stream<Arguments> kindsAndSizes() {
        return Stream.of(QueueCrashTest.COMPETING, QueueCrashTest.ONE_CONSUMER, QueueCrashTest.ONE_TO_ONE)
                .flatMap(type -> Stream.of(5, QueueCrashTest.BY_REFERENCE).map(size -> Arguments.of(type, size)));
    }

    @ParameterizedTest
    @MethodSource("kindsAndSizes")
    void shouldSendWhollyOrNotAtAllWhatStandsInLine(QueueType<String> type, int size) {
        World world = World.ofBytes(QueueCrashTest.BYTES);
        byte[] blank = world.image();
        int deaths = 0;
        while (killedAfter(deaths, world, blank, type, size)) {
            deaths++;
        }
        assertThat(deaths).isGreaterThan(5);
    }

    /** Whether the process was killed before it was done. */
    private static boolean killedAfter(int stores, World world, byte[] blank, QueueType<String> type, int size) {
        world.restore(blank);
        Process victim = world.process(World.VICTIM);
        Process survivor = world.process(World.SURVIVOR);
        long before = survivor.heap.deepStatistics().usedBytes();
        SharedQueue<String> sender = victim.objects.create("q", type);
        List<String> expected = new ArrayList<>();
        for (String filler : List.of("f".repeat(1_000), "f")) {
            while (sender.offer(expected.size() + filler)) {
                expected.add(expected.size() + filler);
            }
        }
        SharedQueue<String> receiver = survivor.objects.open("q", type);
        List<String> inLine = List.of("a".repeat(size), "b");
        victim.memory.arm(stores);
        List<CompletableFuture<Boolean>> stages = inLine.stream()
                .map(message -> sender.offerAsync(message).toCompletableFuture())
                .toList();
        // One with a block is counted as half the ring.
        int room = size == QueueCrashTest.BY_REFERENCE ? expected.size() - 1 : ROOM;
        for (int i = 0; i < room; i++) {
            assertThat(receiver.poll()).isEqualTo(expected.remove(0));
        }
        Watchdog.await("all stages to end, whatever fails", () -> {
            // As the doorbell does.
            victim.attachment.waitRoom().wakeAll();
            return stages.stream().allMatch(CompletableFuture::isDone);
        });
        boolean killed = victim.memory.isDead();
        victim.die();
        survivor.reap();
        assertThat(world.problems()).isEmpty();
        assertThat(world.count().tentativeBytes()).as("after store %s", stores).isZero();
        List<Got> found = Traffic.drain(receiver);
        List<String> sent = new ArrayList<>(Got.payloads(found));
        assertThat(found).isEqualTo(Got.first(sent));
        assertThat(sent).startsWith(expected.toArray(new String[0]));
        sent = sent.subList(expected.size(), sent.size());
        assertThat(sent).as("after store %s", stores).isEqualTo(inLine.subList(0, sent.size()));
        for (int i = 0; i < inLine.size(); i++) {
            boolean said =
                    !stages.get(i).isCompletedExceptionally() && stages.get(i).join();
            assertThat(!said || i < sent.size())
                    .as("message %s is there if its sender was told so", i)
                    .isTrue();
        }
        assertThat(killed || sent.size() == inLine.size()).isTrue();
        assertThat(receiver.statistics().depth()).isZero();
        Traffic.fillSeveralLaps(receiver, QueueCrashTest.RING);
        receiver.close();
        assertThat(survivor.objects.destroy("q")).isTrue();
        assertThat(survivor.heap.deepStatistics().usedBytes()).isEqualTo(before);
        return killed;
    }
}
