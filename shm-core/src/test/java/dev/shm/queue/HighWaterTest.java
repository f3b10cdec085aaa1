package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said to have been in use at most, was. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HighWaterTest {

    private static final int CAPACITY = 1 << 18;
    private static final String MESSAGE = "m".repeat(180);
    private static final int LAPS = 3;

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds().map(type -> type.capacityBytes(CAPACITY));
    }

    static Stream<TopicType<String>> topics() {
        return TopicContractTest.patient().map(type -> type.capacityBytes(CAPACITY));
    }

    private static int sendAll(SharedQueue<String> queue) {
        int sent = 0;
        while (queue.offer(MESSAGE)) {
            sent++;
        }
        return sent;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldStayLowWhileTheConsumerKeepsUp(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        for (int i = 0; i < LAPS * CAPACITY / MESSAGE.length(); i++) {
            assertThat(queue.offer(MESSAGE)).isTrue();
            assertThat(receiver.poll()).isNotNull();
        }
        assertThat(queue.statistics().highWaterBytes()).isLessThan(CAPACITY / 8);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldTellOfAFullRingExactlyAndForGood(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        for (int lap = 0; lap < LAPS; lap++) {
            int sent = sendAll(queue);
            QueueStatistics full = queue.statistics();
            assertThat(full.highWaterBytes()).isBetween(full.usedBytes(), full.capacityBytes());
            receiver.drainTo(new ArrayList<>(), sent);
            assertThat(receiver.poll()).isNull();
            assertThat(queue.statistics().highWaterBytes()).isEqualTo(full.highWaterBytes());
            // So that the next lap begins somewhere else.
            assertThat(queue.offer(MESSAGE.repeat(3))).isTrue();
            assertThat(receiver.poll()).isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldBeRightToWithinATenthWhereverTheRingIsWhenItFills(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        int inAll = sendAll(queue);
        receiver.drainTo(new ArrayList<>(), inAll);
        for (int part = 1; part < 10; part++) {
            SharedQueue<String> other = segment.mine().create("q" + part, type);
            SharedQueue<String> drain = segment.theirs().open("q" + part, type);
            for (int i = 0; i < inAll * 3 / 2; i++) {
                assertThat(other.offer(MESSAGE)).isTrue();
                assertThat(drain.poll()).isNotNull();
            }
            for (int i = 0; i < inAll * part / 10; i++) {
                assertThat(other.offer(MESSAGE)).isTrue();
            }
            QueueStatistics now = other.statistics();
            assertThat(now.highWaterBytes())
                    .isBetween(now.usedBytes() - CAPACITY / 10, now.usedBytes() + CAPACITY / 10);
        }
    }

    @ParameterizedTest
    @MethodSource("topics")
    void shouldFollowTheSlowestSubscriber(TopicType<String> type) {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        int each = CAPACITY / MESSAGE.length();
        for (int i = 0; i < LAPS * each; i++) {
            assertThat(topic.offer(MESSAGE)).isTrue();
        }
        assertThat(topic.statistics().highWaterBytes()).as("nobody reads").isLessThan(CAPACITY / 8);
        try (Subscription<String> fast = there.subscribe();
                Subscription<String> slow = there.subscribe()) {
            for (int i = 0; i < LAPS * each; i++) {
                assertThat(topic.offer(MESSAGE)).isTrue();
                for (Subscription<String> subscription : List.of(fast, slow)) {
                    assertThat(subscription.poll()).isNotNull();
                }
            }
            assertThat(topic.statistics().highWaterBytes()).isLessThan(CAPACITY / 8);
            while (topic.offer(MESSAGE)) {
                assertThat(fast.poll()).isNotNull();
            }
            QueueStatistics full = topic.statistics();
            assertThat(full.highWaterBytes()).isBetween(full.usedBytes(), full.capacityBytes());
        }
    }
}
