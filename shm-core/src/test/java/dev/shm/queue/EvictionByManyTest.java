package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.QueueFullException;
import dev.shm.error.SubscriptionEvictedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A slow subscriber that nobody waits for as long as it may take: each sender only tries. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EvictionByManyTest {

    private static final Duration PATIENCE = Duration.ofMillis(60);
    private static final String MESSAGE = "m".repeat(1_000);

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    /** One try to send; whether it was sent. */
    private interface Try {
        boolean send(SharedTopic<String> topic) throws InterruptedException;
    }

    private static TopicType<String> type() {
        return SharedTopic.of(String.class).capacityBytes(1 << 16).evictAfter(PATIENCE);
    }

    static Stream<Arguments> tries() {
        return Stream.of(type(), type().singleProducer())
                .flatMap(type -> Stream.of(
                        Arguments.of("offer", type, (Try) topic -> topic.offer(MESSAGE)),
                        Arguments.of("offer for a short time", type, (Try)
                                topic -> topic.offer(MESSAGE, SendOptions.NONE, Duration.ofMillis(2))),
                        Arguments.of("offerAll", type, (Try) topic -> topic.offerAll(List.of(MESSAGE))),
                        Arguments.of("tryClaim", type, (Try) EvictionByManyTest::sendByClaim),
                        Arguments.of("tryClaim of plain messages", type.timestamps(false), (Try)
                                EvictionByManyTest::sendByClaim),
                        Arguments.of(
                                "publish that fails", type.full(FullPolicy.FAIL), (Try) EvictionByManyTest::publish),
                        Arguments.of("offer that drops", type.full(FullPolicy.DROP_NEWEST), (Try)
                                topic -> topic.offer(MESSAGE))));
    }

    private static boolean sendByClaim(SharedTopic<String> topic) {
        try (Claim claim = topic.tryClaim(1_000)) {
            if (claim == null) {
                return false;
            }
            claim.commit();
            return true;
        }
    }

    private static boolean publish(SharedTopic<String> topic) throws InterruptedException {
        try {
            topic.publish(MESSAGE);
            return true;
        } catch (QueueFullException e) {
            return false;
        }
    }

    private static int fill(SharedTopic<String> topic, Try way) throws InterruptedException {
        int sent = 0;
        while (way.send(topic)) {
            sent++;
        }
        return sent;
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("tries")
    void shouldPutOutWhoDoesNotMoveWhileSeveralSendersFindNoRoom(String name, TopicType<String> type, Try way)
            throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        Subscription<String> slow = there.subscribe();
        int sent = fill(topic, name.contains("time") ? each -> each.offer(MESSAGE) : way);
        assertThat(topic.statistics().evicted()).isZero();
        long tries = 1;
        for (; !way.send(topic); tries++) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(topic.statistics().evicted()).isOne();
        assertThat(topic.statistics().dropped())
                .isEqualTo(sent + (type.fullPolicy() == FullPolicy.DROP_NEWEST ? tries : 0));
        assertThatThrownBy(slow::poll)
                .isInstanceOfSatisfying(
                        SubscriptionEvictedException.class,
                        e -> assertThat(e.lost()).isEqualTo(sent));
    }

    @Test
    void shouldBeginAnewWithWhoTakesThePlaceOfASlowOne() throws InterruptedException {
        TopicType<String> type = type().subscribers(1);
        SharedTopic<String> topic = segment.mine().create("t", type);
        fillBeforeASubscriber(topic);
        LockSupport.parkNanos(2 * PATIENCE.toNanos());
        // At the very position where the other one was, since it has read nothing.
        try (Subscription<String> next = topic.subscribeFromOldest()) {
            assertThat(topic.offer("x".repeat(2_000))).isFalse();
            assertThat(topic.statistics().evicted()).isZero();
            assertThat(next.poll()).isEqualTo(MESSAGE);
        }
    }

    private static void fillBeforeASubscriber(SharedTopic<String> topic) throws InterruptedException {
        try (Subscription<String> slow = topic.subscribe()) {
            assertThat(fill(topic, each -> each.offer(MESSAGE))).isGreaterThan(10);
            assertThat(slow.lost()).isZero();
        }
    }

    @Test
    void shouldNotPutOutWhoWaitsForAMessageThatIsStillBeingWritten() throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type());
        SharedTopic<String> there = segment.theirs().open("t", type());
        try (Subscription<String> subscription = topic.subscribe()) {
            Claim claim = there.tryClaim(1);
            int sent = fill(topic, each -> each.offer(MESSAGE));
            assertThat(sent).isGreaterThan(10);
            for (int i = 0; i < 3; i++) {
                LockSupport.parkNanos(PATIENCE.toNanos());
                assertThat(topic.offer(MESSAGE, SendOptions.NONE, Duration.ofMillis(5)))
                        .isFalse();
            }
            assertThat(topic.statistics().evicted()).isZero();
            claim.putByte(0, (byte) 'a').commit();
            assertThat(subscription.take()).isEqualTo("a");
            for (int i = 0; i < sent; i++) {
                assertThat(subscription.take()).isEqualTo(MESSAGE);
            }
        }
    }
}
