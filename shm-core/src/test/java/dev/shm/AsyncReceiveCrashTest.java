package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.Traffic.Got;
import dev.shm.World.Process;
import dev.shm.memory.TracingMemory.Killed;
import dev.shm.queue.Delivery;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import dev.shm.testing.Watchdog;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages that somebody waits for without a thread, and gets from a thread of the pool, with a death after each store of that process.
 * Which store that is differs a little from one run to the next, since threads and clocks have a part in it.
 */
class AsyncReceiveCrashTest {

    private static final TopicType<String> TOPIC =
            SharedTopic.of(String.class).capacityBytes(QueueCrashTest.RING).subscribers(2);

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

    // ------------------------------------------------------------------------------------------ from what

    /** A queue, or a topic with a subscription that is kept. */
    private interface Ends {

        /** The victim's. */
        CompletionStage<Delivery<String>> receiveAsync();

        Flow.Publisher<String> publisher(Executor executor);

        /** Whether what is acknowledged before an earlier message is delivered again with that. */
        boolean isInOrder();

        /** The survivor's. */
        boolean offer(String message);

        /** Receives all that is left, once the victim is dead. */
        List<Got> drain();

        void fillSeveralLaps();

        void close();
    }

    private interface Kind {
        Ends open(Process victim, Process survivor);
    }

    private record QueueEnds(SharedQueue<String> receiver, SharedQueue<String> sender) implements Ends {

        static Kind of(QueueType<String> type) {
            return (victim, survivor) ->
                    new QueueEnds(victim.objects.create("q", type), survivor.objects.open("q", type));
        }

        @Override
        public CompletionStage<Delivery<String>> receiveAsync() {
            return receiver.receiveAsync();
        }

        @Override
        public Flow.Publisher<String> publisher(Executor executor) {
            return receiver.publisher(executor);
        }

        @Override
        public boolean isInOrder() {
            return false;
        }

        @Override
        public boolean offer(String message) {
            return sender.offer(message);
        }

        @Override
        public List<Got> drain() {
            List<Got> found = Traffic.drain(sender);
            assertThat(sender.statistics().depth()).isZero();
            return found;
        }

        @Override
        public void fillSeveralLaps() {
            Traffic.fillSeveralLaps(sender, QueueCrashTest.RING);
        }

        @Override
        public void close() {
            sender.close();
        }
    }

    private record TopicEnds(Subscription<String> receiver, SharedTopic<String> sender) implements Ends {

        static TopicEnds open(Process victim, Process survivor) {
            return new TopicEnds(
                    victim.objects.create("q", TOPIC).subscribe("kept"), survivor.objects.open("q", TOPIC));
        }

        @Override
        public CompletionStage<Delivery<String>> receiveAsync() {
            return receiver.receiveAsync();
        }

        @Override
        public Flow.Publisher<String> publisher(Executor executor) {
            return receiver.publisher(executor);
        }

        @Override
        public boolean isInOrder() {
            return true;
        }

        @Override
        public boolean offer(String message) {
            return sender.offer(message);
        }

        @Override
        public List<Got> drain() {
            try (Subscription<String> kept = sender.subscribe("kept")) {
                List<Got> found = Traffic.drain(kept);
                assertThat(kept.size()).isZero();
                return found;
            }
        }

        @Override
        public void fillSeveralLaps() {
            try (Subscription<String> kept = sender.subscribe("kept")) {
                Traffic.fillSeveralLaps(sender, kept, QueueCrashTest.RING);
            }
        }

        @Override
        public void close() {
            sender.close();
        }
    }

    // ------------------------------------------------------------------------------------------ in which way

    /** How somebody waits for so many messages. */
    private interface Way {
        /**
         * Begins to wait.
         *
         * @param news where to say what it has got
         * @return whether it has got all, or gets no more
         */
        BooleanSupplier begin(Process victim, Ends ends, int messages, News news);
    }

    /**
     * What the victim says before it dies.
     *
     * @param handled messages that it has got, and may have acknowledged
     * @param acknowledged those of them of which it knows that they are
     */
    private record News(Set<String> handled, Set<String> acknowledged) {

        static News none() {
            return new News(ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet());
        }
    }

    /** Every stage ends, whatever dies. */
    private static BooleanSupplier byStages(Process victim, Ends ends, int messages, News news) {
        List<CompletableFuture<Void>> stages = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            stages.add(ends.receiveAsync().toCompletableFuture().thenAccept(delivery -> {
                String message = delivery.payload();
                news.handled().add(message);
                delivery.ack();
                news.acknowledged().add(message);
            }));
        }
        return () -> stages.stream().allMatch(CompletableFuture::isDone);
    }

    /** When the next message comes, the one before is acknowledged. Where that is what kills, nobody is told. */
    private static BooleanSupplier byPublisher(Process victim, Ends ends, int messages, News news) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        ends.publisher(AsyncReceiveCrashTest::execute).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(messages);
            }

            @Override
            public void onNext(String message) {
                news.acknowledged().addAll(news.handled());
                news.handled().add(message);
                if (news.handled().size() == messages) {
                    end.complete(null);
                }
            }

            @Override
            public void onError(Throwable error) {
                end.complete(null);
            }

            @Override
            public void onComplete() {
                throw new AssertionError("a queue does not end");
            }
        });
        return () -> end.isDone() || victim.memory.isDead();
    }

    /** On a thread of the pool, which keeps to itself what kills it. */
    private static void execute(Runnable task) {
        CompletableFuture<?> unused = CompletableFuture.runAsync(task);
    }

    static Stream<Arguments> kindsWaysAndSizes() {
        List<Arguments> all = new ArrayList<>();
        for (int size : new int[] {5, QueueCrashTest.BY_REFERENCE}) {
            add(all, "competing consumers", QueueEnds.of(QueueCrashTest.COMPETING), size);
            add(all, "one consumer", QueueEnds.of(QueueCrashTest.ONE_CONSUMER), size);
            add(all, "one to one", QueueEnds.of(QueueCrashTest.ONE_TO_ONE), size);
            add(all, "topic", TopicEnds::open, size);
        }
        return all.stream();
    }

    private static void add(List<Arguments> all, String what, Kind kind, int size) {
        Way stages = AsyncReceiveCrashTest::byStages;
        Way publisher = AsyncReceiveCrashTest::byPublisher;
        all.add(Arguments.of(what + ", by stages", kind, stages, size));
        all.add(Arguments.of(what + ", by a publisher", kind, publisher, size));
    }

    @ParameterizedTest(name = "{0}, {3} characters")
    @MethodSource("kindsWaysAndSizes")
    void shouldDeliverAgainWhatIsNotAcknowledged(String what, Kind kind, Way way, int size) {
        World world = World.ofBytes(QueueCrashTest.BYTES);
        byte[] blank = world.image();
        int deaths = 0;
        while (killedAfter(deaths, world, blank, kind, way, size)) {
            deaths++;
        }
        assertThat(deaths).isGreaterThan(5);
    }

    /** Whether the process was killed before it was done. */
    private static boolean killedAfter(int stores, World world, byte[] blank, Kind kind, Way way, int size) {
        world.restore(blank);
        Process victim = world.process(World.VICTIM);
        Process survivor = world.process(World.SURVIVOR);
        long before = survivor.heap.deepStatistics().usedBytes();
        Ends ends = kind.open(victim, survivor);
        List<String> sent = List.of("a", "b".repeat(size), "c");
        News news = News.none();
        victim.memory.arm(stores);
        BooleanSupplier isOver = way.begin(victim, ends, sent.size(), news);
        sent.forEach(message -> assertThat(ends.offer(message)).isTrue());
        Watchdog.await("all to be received, or nothing any more", () -> {
            // As the doorbell does.
            victim.attachment.waitRoom().wakeAll();
            return isOver.getAsBoolean();
        });
        boolean killed = victim.memory.isDead();
        victim.die();
        survivor.reap();
        assertThat(world.problems()).isEmpty();
        assertThat(world.count().tentativeBytes()).as("after store %s", stores).isZero();
        List<Got> found = ends.drain();
        List<String> left = new ArrayList<>(sent);
        left.retainAll(Got.payloads(found));
        assertThat(Got.payloads(found)).as("after store %s", stores).isEqualTo(left);
        assertThat(found).allSatisfy(got -> assertThat(got.deliveries()).isBetween(1, 2));
        for (String message : sent) {
            assertThat(left.contains(message) || news.handled().contains(message))
                    .as("%s is not lost, after store %s", message.charAt(0), stores)
                    .isTrue();
        }
        for (String message : sent) {
            if (news.acknowledged().contains(message)) {
                assertThat(left).as("after store %s", stores).doesNotContain(message);
            } else if (ends.isInOrder()) {
                break;
            }
        }
        // Of the last one a publisher's subscriber does not know.
        assertThat(killed || news.acknowledged().containsAll(sent.subList(0, 2)))
                .isTrue();
        ends.fillSeveralLaps();
        ends.close();
        assertThat(survivor.objects.destroy("q")).isTrue();
        assertThat(survivor.heap.deepStatistics().usedBytes()).isEqualTo(before);
        return killed;
    }
}
