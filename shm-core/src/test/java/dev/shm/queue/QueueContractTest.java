package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.testing.TestDirectory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QueueContractTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory mine;
    private SharedMemory theirs;

    /** What a queue is created as. */
    enum Shape {
        COMPETING,
        WITHOUT_TIMESTAMPS,
        ONE_CONSUMER,
        ONE_TO_ONE,
        ONE_TO_ONE_WITHOUT_TIMESTAMPS,
        BY_PRIORITY,
        LEASED,
        WITH_DEAD_LETTERS,
        ONE_CONSUMER_WITH_DEAD_LETTERS;

        <T> QueueType<T> of(Codec<T> codec) {
            QueueType<T> queue = SharedQueue.of(codec);
            return switch (this) {
                case COMPETING -> queue;
                case WITHOUT_TIMESTAMPS -> queue.timestamps(false);
                case ONE_CONSUMER -> queue.singleConsumer();
                case ONE_TO_ONE -> queue.singleProducer();
                case ONE_TO_ONE_WITHOUT_TIMESTAMPS -> queue.singleProducer().timestamps(false);
                case BY_PRIORITY -> queue.priorities(2);
                case LEASED -> queue.visibilityTimeout(Duration.ofMinutes(1));
                case WITH_DEAD_LETTERS -> queue.deadLettersAfter(50);
                case ONE_CONSUMER_WITH_DEAD_LETTERS -> queue.singleConsumer().deadLettersAfter(50);
            };
        }
    }

    /** A shape, and how each opening sends and waits. */
    record Kind(Shape shape, FullPolicy full, Waiting waiting) {

        <T> QueueType<T> of(Codec<T> codec) {
            return shape.of(codec).full(full).waiting(waiting);
        }

        QueueType<String> ofText() {
            return of(Codecs.forType(String.class));
        }

        /** One consumer from whom the oldest is dropped has acknowledged what it has received. */
        boolean isLossy() {
            return full == FullPolicy.DROP_OLDEST
                    && switch (shape) {
                        case ONE_CONSUMER, ONE_TO_ONE, ONE_TO_ONE_WITHOUT_TIMESTAMPS, ONE_CONSUMER_WITH_DEAD_LETTERS ->
                            true;
                        default -> false;
                    };
        }
    }

    static Stream<QueueType<String>> kinds() {
        return Stream.of(Shape.values()).map(shape -> shape.of(Codecs.forType(String.class)));
    }

    /**
     * Each shape with each policy and with each way to wait, and each policy with each way to wait; what does not go together is
     * left out.
     */
    static Stream<Kind> kindsAndPoliciesAndWays() {
        List<Kind> all = new ArrayList<>();
        for (Shape shape : Shape.values()) {
            for (FullPolicy full : FullPolicy.values()) {
                Waiting waiting = Waiting.values()[(shape.ordinal() + full.ordinal()) % Waiting.values().length];
                Kind kind = new Kind(shape, full, waiting);
                if (!kind.isLossy() || shape != Shape.ONE_CONSUMER_WITH_DEAD_LETTERS) {
                    all.add(kind);
                }
            }
        }
        return all.stream();
    }

    @BeforeEach
    void open() {
        mine = SharedMemory.named("queues")
                .directory(directory.path())
                .size(24 << 20)
                .openOrCreate();
        theirs = SharedMemory.named("queues").directory(directory.path()).openOrCreate();
    }

    @AfterEach
    void close() {
        theirs.close();
        mine.close();
    }

    @ParameterizedTest
    @MethodSource("kindsAndPoliciesAndWays")
    void shouldGiveMessagesInTheOrderInWhichTheyWereSent(Kind kind) {
        QueueType<String> type = kind.ofText().capacityBytes(1 << 16);
        SharedQueue<String> sender = mine.create("q", type);
        SharedQueue<String> receiver = theirs.open("q", type);
        for (int i = 0; i < 8_000; i++) {
            assertThat(sender.offer("message " + i)).isTrue();
            if (i % 100 == 99) {
                for (int k = i - 99; k <= i; k++) {
                    assertThat(receiver.poll()).isEqualTo("message " + k);
                }
            }
        }
        assertThat(receiver.poll()).isNull();
        QueueStatistics statistics = sender.statistics();
        assertThat(statistics.sent()).isEqualTo(8_000);
        assertThat(statistics.received()).isEqualTo(8_000);
        assertThat(statistics.depth()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kindsAndPoliciesAndWays")
    void shouldRefuseWhenFullAndGoOnWhenThereIsRoom(Kind kind) throws InterruptedException {
        QueueType<String> type = kind.ofText().capacityBytes(1 << 16);
        SharedQueue<String> sender = mine.create("q", type);
        SharedQueue<String> receiver = theirs.open("q", type);
        int sent = 0;
        while (sent < 5_000 && sender.offer("number " + sent)) {
            sent++;
        }
        assertThat(sent).isGreaterThan(500);
        int dropped = (int) sender.statistics().dropped();
        if (kind.full() == FullPolicy.DROP_OLDEST) {
            assertThat(sent).isEqualTo(5_000);
            assertThat(dropped).isPositive();
        } else {
            assertThat(sender.offer("one more", 10, TimeUnit.MILLISECONDS)).isFalse();
            // That was refused, and what was refused before.
            assertThat(sender.statistics().dropped()).isEqualTo(kind.full() == FullPolicy.DROP_NEWEST ? 2 : 0);
            dropped = 0;
        }
        List<String> received = new ArrayList<>();
        receiver.drainTo(received);
        assertThat(received)
                .hasSize(sent - dropped)
                .startsWith("number " + dropped)
                .endsWith("number " + (sent - 1));
        assertThat(sender.offer("one more")).isTrue();
        assertThat(receiver.take()).isEqualTo("one more");
    }

    @ParameterizedTest
    @MethodSource("kindsAndPoliciesAndWays")
    void shouldHoldWhatItWasCreatedForWhereverInTheRingItIs(Kind kind) {
        QueueType<byte[]> type = kind.of(Codecs.bytes()).capacityBytes(1 << 20);
        SharedQueue<byte[]> sender = mine.create("q", type);
        SharedQueue<byte[]> receiver = theirs.open("q", type);
        byte[] message = new byte[1000];
        for (int i = 0; i < 2_000; i++) {
            assertThat(sender.offer(message)).isTrue();
            assertThat(receiver.poll()).hasSize(1000);
            if (i % 500 == 0) {
                // Nearly all of it: what lies behind the last record before the end of the ring is lost, and so are its
                // headers.
                for (int k = 0; k < 900; k++) {
                    assertThat(sender.offer(message)).as("message %s", k).isTrue();
                }
                assertThat(receiver.drain(ignored -> {}, Integer.MAX_VALUE)).isEqualTo(900);
            }
        }
    }

    /** Claims in place and drains, in pieces of many sizes: the shortest way of one producer to one consumer, if it is that. */
    @ParameterizedTest
    @MethodSource("kindsAndPoliciesAndWays")
    void shouldReadInPlaceWhatWasWrittenInPlace(Kind kind) {
        QueueType<byte[]> type = kind.of(Codecs.bytes()).capacityBytes(1 << 16);
        SharedQueue<byte[]> sender = mine.create("q", type);
        SharedQueue<byte[]> receiver = theirs.open("q", type);
        int[] received = new int[1];
        int sent = 0;
        for (int round = 0; round < 600; round++) {
            for (int i = 0; i < round % 40; i++, sent++) {
                int length = 8 + (sent * 31) % 900;
                Claim claim = sender.tryClaim(length);
                assertThat(claim).isNotNull();
                claim.putLong(0, sent).putByte(length - 1, (byte) (length == 8 ? 0 : sent));
                if (i % 7 == 3) {
                    claim.close();
                    claim = sender.tryClaim(length);
                    assertThat(claim).isNotNull();
                    claim.putLong(0, sent).putByte(length - 1, (byte) (length == 8 ? 0 : sent));
                }
                claim.commit();
            }
            int all = sent;
            int drained = receiver.drain(
                    message -> {
                        int number = received[0]++;
                        int length = 8 + (number * 31) % 900;
                        assertThat(message.length()).isEqualTo(length);
                        assertThat(message.deliveryCount()).isOne();
                        assertThat(message.headerLength()).isZero();
                        if (length > 16) {
                            assertThat(message.getLong(0)).isEqualTo(number);
                            assertThat(message.getByte(length - 1)).isEqualTo((byte) number);
                        }
                    },
                    Integer.MAX_VALUE);
            assertThat(received[0]).isEqualTo(all);
            assertThat(drained).isEqualTo(round % 40);
        }
        assertThat(sender.statistics().sent()).isEqualTo(sent);
        assertThat(sender.statistics().received()).isEqualTo(sent);
    }

    @ParameterizedTest
    @MethodSource("kindsAndPoliciesAndWays")
    void shouldCarryLargeMessagesByReferenceAndFreeThem(Kind kind) throws InterruptedException {
        QueueType<byte[]> type = kind.of(Codecs.bytes()).capacityBytes(1 << 20);
        long before = mine.deepStatistics().usedBytes();
        SharedQueue<byte[]> sender = mine.create("q", type);
        long queue = mine.deepStatistics().usedBytes();
        SharedQueue<byte[]> receiver = theirs.open("q", type);
        byte[] large = new byte[5 << 20];
        Arrays.fill(large, (byte) 7);
        for (int i = 0; i < 8; i++) {
            large[i] = (byte) i;
            assertThat(sender.offer(large)).isTrue();
            try (Delivery<byte[]> delivery = receiver.receive(Duration.ZERO)) {
                assertThat(delivery).isNotNull();
                assertThat(delivery.message().length()).isEqualTo(large.length);
                assertThat(delivery.message().getByte(i)).isEqualTo((byte) i);
                assertThat(Arrays.equals(delivery.payload(), large)).isTrue();
                delivery.ack();
            }
        }
        if (kind.isLossy()) {
            // What was read is freed when somebody sends, as in a topic.
            assertThat(mine.deepStatistics().usedBytes()).isBetween(queue, queue + 3L * large.length);
        } else {
            assertThat(mine.deepStatistics().usedBytes()).isEqualTo(queue);
        }
        sender.offer(large);
        sender.offer(large);
        sender.close();
        receiver.close();
        mine.destroy("q");
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(before);
        assertThat(mine.verify()).isEmpty();
    }

    /** The same kind of queue, as far as its description says, for other values. */
    static <T> QueueType<T> like(QueueType<String> kind, Codec<T> codec) {
        QueueType<T> type = SharedQueue.of(codec);
        if (kind.toString().contains("single producer")) {
            type = type.singleProducer();
        } else if (kind.toString().contains("single consumer")) {
            type = type.singleConsumer();
        }
        return type;
    }

    @ParameterizedTest
    @MethodSource("kindsAndPoliciesAndWays")
    void shouldDeliverAgainWhatWasReleased(Kind kind) throws InterruptedException {
        QueueType<String> type = kind.ofText();
        SharedQueue<String> sender = mine.create("q", type);
        SharedQueue<String> receiver = theirs.open("q", type);
        sender.put("a");
        sender.put("b");
        try (Delivery<String> first = receiver.receive(Duration.ZERO)) {
            assertThat(first.deliveryCount()).isEqualTo(1);
            assertThat(first.payload()).isEqualTo("a");
        }
        if (kind.isLossy()) {
            // It was acknowledged when it was received.
            assertThat(receiver.poll()).isEqualTo("b");
            assertThat(receiver.poll()).isNull();
            return;
        }
        try (Delivery<String> again = receiver.receive(Duration.ZERO)) {
            assertThat(again.payload()).isEqualTo("a");
            assertThat(again.deliveryCount()).isEqualTo(2);
            try (Delivery<String> second = receiver.receive(Duration.ZERO)) {
                assertThat(second.payload()).isEqualTo("b");
                second.ack();
            }
            again.ack();
        }
        assertThat(receiver.receive(Duration.ZERO)).isNull();
        assertThat(receiver.statistics().depth()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kindsAndPoliciesAndWays")
    void shouldWakeWhoWaits(Kind kind) throws Exception {
        QueueType<String> type = kind.ofText();
        SharedQueue<String> sender = mine.create("q", type);
        SharedQueue<String> receiver = theirs.open("q", type);
        Thread thread = new Thread(() -> {
            try {
                for (int i = 0; i < 60; i++) {
                    sender.put("message " + i);
                    if (i % 10 == 0) {
                        Thread.sleep(2);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        for (int i = 0; i < 60; i++) {
            assertThat(receiver.take()).isEqualTo("message " + i);
        }
        thread.join();
    }
}
