package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codecs;
import dev.shm.error.EndpointTakenException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.QueueFullException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SharedMemoryException;
import dev.shm.error.SubscriptionEvictedException;
import dev.shm.heap.SharedLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TopicContractTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<TopicType<String>> kinds() {
        TopicType<String> topic = SharedTopic.of(String.class).capacityBytes(1 << 16);
        return Stream.of(
                topic,
                topic.waiting(Waiting.BACKOFF),
                topic.waiting(Waiting.SPIN),
                topic.singleProducer(),
                topic.singleProducer().waiting(Waiting.BACKOFF),
                topic.singleProducer().waiting(Waiting.SPIN),
                topic.evictAfter(Duration.ofDays(1)),
                topic.evictAfter(Duration.ofDays(1)).waiting(Waiting.BACKOFF),
                topic.singleProducer().evictAfter(Duration.ofDays(1)).waiting(Waiting.SPIN),
                topic.full(FullPolicy.DROP_OLDEST),
                topic.full(FullPolicy.DROP_OLDEST).waiting(Waiting.SPIN),
                topic.singleProducer().full(FullPolicy.DROP_OLDEST),
                topic.singleProducer().full(FullPolicy.DROP_OLDEST).waiting(Waiting.BACKOFF));
    }

    /** Where somebody waits: for messages, while those who send fail or drop. */
    static Stream<TopicType<String>> waysToWait() {
        TopicType<String> topic = SharedTopic.of(String.class).capacityBytes(1 << 16);
        return Stream.of(topic, topic.singleProducer())
                .flatMap(type -> Stream.of(Waiting.values()).map(type::waiting));
    }

    /** Those where a subscriber acknowledges what it has received. */
    static Stream<TopicType<String>> patient() {
        return kinds().filter(type -> !type.toString().contains("drops"));
    }

    static Stream<TopicType<String>> lossy() {
        return kinds().filter(type -> type.toString().contains("drops"));
    }

    private static List<String> drain(Subscription<String> subscription) {
        List<String> all = new ArrayList<>();
        for (String message = subscription.poll(); message != null; message = subscription.poll()) {
            all.add(message);
        }
        return all;
    }

    private static int fill(SharedTopic<String> topic) {
        int sent = 0;
        while (topic.offer("number " + sent)) {
            sent++;
        }
        return sent;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldGiveEveryMessageToEverySubscriber(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        try (Subscription<String> here = topic.subscribe();
                Subscription<String> first = there.subscribe();
                Subscription<String> second = there.subscribe()) {
            for (int i = 0; i < 4_000; i++) {
                topic.publish("message " + i);
                if (i % 100 == 99) {
                    for (Subscription<String> subscription : List.of(here, first, second)) {
                        for (int k = i - 99; k <= i; k++) {
                            assertThat(subscription.take()).isEqualTo("message " + k);
                        }
                    }
                }
            }
            assertThat(here.poll()).isNull();
            assertThat(here.size()).isZero();
            assertThat(topic.statistics().sent()).isEqualTo(4_000);
            assertThat(topic.statistics().received()).isEqualTo(12_000);
            assertThat(topic.statistics().dropped()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldBeginNowOrWithTheOldest(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        topic.publish("before");
        try (Subscription<String> now = there.subscribe();
                Subscription<String> oldest = there.subscribeFromOldest();
                Subscription<String> named = there.subscribeFromOldest("named")) {
            topic.publish("after");
            assertThat(drain(now)).containsExactly("after");
            assertThat(drain(oldest)).containsExactly("before", "after");
            assertThat(drain(named)).containsExactly("before", "after");
            assertThat(named.name()).isEqualTo("named");
            assertThat(now.name()).isEmpty();
            assertThat(now.topic()).isSameAs(there);
        }
    }

    @ParameterizedTest
    @MethodSource("patient")
    void shouldKeepANamedSubscriptionUntilItIsUnsubscribed(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        Subscription<String> subscription = there.subscribe("audit");
        assertThatThrownBy(() -> topic.subscribe("audit"))
                .isInstanceOf(EndpointTakenException.class)
                .hasMessageContaining("audit")
                .hasMessageContaining("" + ProcessHandle.current().pid());
        assertThatThrownBy(() -> topic.unsubscribe("audit")).isInstanceOf(EndpointTakenException.class);
        for (String message : List.of("a", "b", "c")) {
            topic.publish(message);
        }
        assertThat(subscription.poll()).isEqualTo("a");
        try (Delivery<String> delivery = subscription.receive(Duration.ZERO)) {
            assertThat(delivery.payload()).isEqualTo("b");
        }
        Delivery<String> lent = subscription.receive(Duration.ZERO);
        assertThat(lent.payload()).isEqualTo("b");
        there.close();
        topic.publish("d");
        try (Subscription<String> again = topic.subscribe("audit")) {
            try (Delivery<String> delivery = again.receive(Duration.ZERO)) {
                assertThat(delivery.payload()).isEqualTo("b");
                assertThat(delivery.deliveryCount()).isGreaterThan(1);
                delivery.ack();
            }
            assertThat(drain(again)).containsExactly("c", "d");
        }
        assertThat(topic.unsubscribe("audit")).isTrue();
        assertThat(topic.unsubscribe("audit")).isFalse();
        topic.publish("e");
        try (Subscription<String> fresh = topic.subscribe("audit")) {
            assertThat(fresh.poll()).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldRefuseMoreSubscribersThanItWasCreatedFor(TopicType<String> type) {
        SharedTopic<String> topic = segment.mine().create("t", type.subscribers(2));
        Subscription<String> one = topic.subscribe();
        topic.subscribe("kept").close();
        assertThatThrownBy(topic::subscribe)
                .isInstanceOf(SharedMemoryException.class)
                .hasMessageContaining("'t'")
                .hasMessageContaining("2")
                .hasMessageContaining("more subscribers");
        one.close();
        one.close();
        topic.subscribe().close();
        topic.unsubscribe("kept");
        assertThat(List.of(topic.subscribe(), topic.subscribe())).doesNotContainNull();
        for (String bad : List.of("", "x".repeat(65))) {
            assertThatThrownBy(() -> topic.subscribe(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 to 64");
        }
    }

    @ParameterizedTest
    @MethodSource("patient")
    void shouldCountBytesOnceWhereAHandlerThrows(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        try (Subscription<String> subscription = topic.subscribe()) {
            List<Integer> lengths = new ArrayList<>();
            for (String message : List.of("l".repeat(300_000), "small", "and another")) {
                topic.publish(message);
            }
            MessageHandler once = message -> {
                if (lengths.size() == 1) {
                    throw new IllegalStateException("refused");
                }
                lengths.add(message.length());
            };
            assertThatThrownBy(() -> subscription.drain(once, 10)).hasMessage("refused");
            assertThat(topic.statistics().received()).isOne();
            assertThat(topic.statistics().receivedBytes()).isEqualTo((long) lengths.get(0));
            lengths.clear();
            assertThatThrownBy(() -> subscription.drain(once, 10)).hasMessage("refused");
            assertThat(topic.statistics().received()).isEqualTo(2);
            assertThat(subscription.drain(message -> {}, 10)).isOne();
        }
    }

    @ParameterizedTest
    @MethodSource("patient")
    void shouldWaitForTheSlowestSubscriber(TopicType<String> type) throws Exception {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        try (Subscription<String> slow = there.subscribe();
                Subscription<String> fast = there.subscribe()) {
            int sent = fill(topic);
            assertThat(sent).isGreaterThan(500);
            assertThat(drain(fast)).hasSize(sent);
            assertThat(topic.offer("more", SendOptions.NONE, Duration.ofMillis(5)))
                    .isFalse();
            assertThat(topic.statistics().depth()).isEqualTo(sent);
            assertThat(topic.statistics().blockedBy()).hasValueSatisfying(blocker -> {
                assertThat(blocker.application()).isEqualTo("theirs");
                assertThat(blocker.why()).isEqualTo("is the slowest subscriber");
            });
            FutureTask<Void> waits = new FutureTask<>(() -> {
                topic.publish("more");
                return null;
            });
            new Thread(waits).start();
            for (int i = 0; i < sent; i++) {
                assertThat(slow.take()).isEqualTo("number " + i);
            }
            waits.get();
            assertThat(slow.take()).isEqualTo("more");
            assertThat(fast.take()).isEqualTo("more");
        }
    }

    @Test
    void shouldPutASlowSubscriberOutAndSayWhatItLost() throws InterruptedException {
        TopicType<String> type = SharedTopic.of(String.class)
                .capacityBytes(1 << 16)
                .subscribers(2)
                .evictAfter(Duration.ofMillis(20));
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        long lostByAll = 0;
        for (int round = 1; round <= 3; round++) {
            Subscription<String> slow = there.subscribe();
            int sent = fill(topic);
            assertThat(slow.poll()).isEqualTo("number 0");
            Delivery<String> lent = slow.receive(Duration.ZERO);
            assertThat(lent.payload()).isEqualTo("number 1");
            topic.publish("x".repeat(2_000));
            int lost = sent - 1;
            assertThatThrownBy(slow::poll)
                    .isInstanceOfSatisfying(
                            SubscriptionEvictedException.class,
                            e -> assertThat(e.lost()).isEqualTo(lost))
                    .hasMessageContaining("'t'")
                    .hasMessageContaining("subscribe again");
            assertThatThrownBy(slow::take).isInstanceOf(SubscriptionEvictedException.class);
            assertThatThrownBy(() -> slow.drain(message -> {}, 1)).isInstanceOf(SubscriptionEvictedException.class);
            assertThat(slow.lost()).isEqualTo(lost);
            lent.close();
            assertThat(topic.statistics().evicted()).isEqualTo(round);
            lostByAll += lost;
            assertThat(topic.statistics().dropped()).isEqualTo(lostByAll);
            // It has two places, so one that stayed taken would be missed.
            slow.close();
            assertThat(topic.statistics().dropped()).isEqualTo(lostByAll);
        }
    }

    @ParameterizedTest
    @MethodSource("patient")
    void shouldNotForgetWhatWasDeliveredWhenTheNextOneHasLessOfIt(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        topic.subscribe("kept").close();
        for (int i = 0; i < 4; i++) {
            topic.publish("message " + i);
        }
        int[] received = {3, 1, 4};
        for (int life = 0; life < received.length; life++) {
            try (Subscription<String> kept = topic.subscribe("kept")) {
                for (int i = 0; i < received[life]; i++) {
                    Delivery<String> delivery = kept.receive(Duration.ZERO);
                    assertThat(delivery.payload()).isEqualTo("message " + i);
                    assertThat(delivery.deliveryCount() > 1).isEqualTo(life > 0 && i < 3);
                }
            }
        }
    }

    static Stream<TopicType<String>> evicting() {
        TopicType<String> topic = SharedTopic.of(String.class)
                .capacityBytes(1 << 16)
                .subscribers(2)
                .evictAfter(Duration.ofMillis(20));
        return Stream.of(topic, topic.singleProducer());
    }

    /** Has the subscription of that name, which nobody has, put out; returns how many messages it loses. */
    private static int putOut(SharedTopic<String> topic) throws InterruptedException {
        int sent = fill(topic);
        topic.publish("x".repeat(2_000));
        return sent;
    }

    private static void assertTold(Subscription<String> subscription, int lost) {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(subscription::poll)
                    .isInstanceOfSatisfying(
                            SubscriptionEvictedException.class,
                            e -> assertThat(e.lost()).isEqualTo(lost));
        }
        assertThat(subscription.lost()).isEqualTo(lost);
    }

    @ParameterizedTest
    @MethodSource("evicting")
    void shouldTellWhoComesBackThatItWasPutOutWhileAway(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        long lostByAll = 0;
        for (int round = 1; round <= 3; round++) {
            there.subscribe("away").close();
            int lost = putOut(topic);
            lostByAll += lost;
            assertThat(topic.statistics().evicted()).isEqualTo(round);
            assertThat(topic.statistics().dropped()).isEqualTo(lostByAll);
            // It holds nobody up.
            for (int i = 0; i < 5_000; i++) {
                assertThat(topic.offer("passing " + i)).isTrue();
            }
            try (Subscription<String> back = there.subscribe("away")) {
                assertThatThrownBy(() -> topic.subscribe("away"))
                        .isInstanceOf(EndpointTakenException.class)
                        .hasMessageContaining("theirs");
                assertTold(back, lost);
            }
            try (Subscription<String> anew = there.subscribe("away")) {
                assertThat(anew.lost()).isZero();
                assertThat(anew.poll()).isNull();
                topic.publish("anew");
                assertThat(anew.take()).isEqualTo("anew");
            }
            assertThat(topic.unsubscribe("away")).isTrue();
            assertThat(topic.statistics().dropped()).isEqualTo(lostByAll);
        }
    }

    @ParameterizedTest
    @MethodSource("evicting")
    void shouldTellTheNextOneIfNobodyWasTold(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        Subscription<String> slow = there.subscribe("slow");
        int lost = putOut(topic);
        slow.close();
        there.subscribe("slow").close();
        try (Subscription<String> next = topic.subscribeFromOldest("slow")) {
            assertTold(next, lost);
        }
        try (Subscription<String> anew = topic.subscribeFromOldest("slow")) {
            assertThat(anew.poll()).isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("evicting")
    void shouldTellAWaitingSubscriberAndAStageOfANameThatWasPutOut(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        topic.subscribe("away").close();
        putOut(topic);
        try (Subscription<String> back = topic.subscribe("away")) {
            assertThat(back.receiveAsync().toCompletableFuture())
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(SubscriptionEvictedException.class);
            assertThatThrownBy(back::take).isInstanceOf(SubscriptionEvictedException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("evicting")
    void shouldForgetWhatWasPutOutWhenToldTo(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        topic.subscribe("away").close();
        putOut(topic);
        long lost = topic.statistics().dropped();
        assertThat(lost).isPositive();
        assertThat(topic.unsubscribe("away")).isTrue();
        assertThat(topic.unsubscribe("away")).isFalse();
        try (Subscription<String> anew = topic.subscribe("away")) {
            assertThat(anew.poll()).isNull();
            assertThat(anew.lost()).isZero();
        }
        assertThat(topic.statistics().dropped()).isEqualTo(lost);
    }

    @ParameterizedTest
    @MethodSource("evicting")
    void shouldGiveThePlaceOfANameThatWasPutOutToWhoFindsNoOther(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        topic.subscribe("away").close();
        int lost = putOut(topic);
        try (Subscription<String> first = topic.subscribe()) {
            try (Subscription<String> second = topic.subscribe()) {
                assertThatThrownBy(() -> topic.subscribe("third"))
                        .isInstanceOf(SharedMemoryException.class)
                        .hasMessageContaining("most subscribers");
                topic.publish("a");
                assertThat(first.take()).isEqualTo("a");
                assertThat(second.take()).isEqualTo("a");
                assertThat(second.lost()).isZero();
            }
            assertThat(topic.unsubscribe("away")).isFalse();
            try (Subscription<String> anew = topic.subscribe("away")) {
                assertThat(anew.poll()).isNull();
            }
            assertThat(topic.statistics().dropped()).isEqualTo(lost);
        }
    }

    @ParameterizedTest
    @MethodSource("lossy")
    void shouldCountWhatASlowSubscriberLoses(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        SharedTopic<String> there = segment.theirs().open("t", type);
        try (Subscription<String> slow = there.subscribe();
                Subscription<String> fast = there.subscribe()) {
            int sent = 20_000;
            for (int i = 0; i < sent; i++) {
                topic.publish("number " + i);
                assertThat(fast.poll()).isEqualTo("number " + i);
            }
            assertThat(fast.lost()).isZero();
            long lost = slow.lost();
            assertThat(lost).isBetween(15_000L, sent - 1L);
            assertThat(topic.statistics().dropped()).isEqualTo(lost);
            assertThat(slow.size()).isEqualTo((int) (sent - lost));
            try (Delivery<String> delivery = slow.receive(Duration.ZERO)) {
                assertThat(delivery.payload()).isEqualTo("number " + lost);
                delivery.ack();
            }
            List<String> rest = drain(slow);
            assertThat(rest).hasSize((int) (sent - lost - 1)).endsWith("number " + (sent - 1));
        }
    }

    @ParameterizedTest
    @MethodSource("lossy")
    void shouldNeverForgetWhatWasLost(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type.subscribers(2));
        SharedTopic<String> there = segment.theirs().open("t", type);
        long before = 0;
        for (String name : List.of("", "", "kept", "kept")) {
            Subscription<String> slow = name.isEmpty() ? there.subscribe() : there.subscribe(name);
            long lostBefore = slow.lost();
            for (int i = 0; i < 3_000; i++) {
                topic.publish("number " + i);
            }
            long lost = slow.lost() - lostBefore;
            assertThat(lost).isPositive();
            assertThat(topic.statistics().dropped()).isEqualTo(before + lost);
            before += lost;
            slow.close();
            assertThat(topic.statistics().dropped()).isEqualTo(before);
            if (name.equals("kept")) {
                try (Subscription<String> again = topic.subscribe(name)) {
                    assertThat(again.lost()).isPositive();
                    drain(again);
                }
            }
        }
        assertThat(topic.unsubscribe("kept")).isTrue();
        assertThat(topic.statistics().dropped()).isEqualTo(before);
        try (Subscription<String> anew = topic.subscribe()) {
            assertThat(anew.lost()).isZero();
            topic.publish("anew");
            assertThat(anew.take()).isEqualTo("anew");
        }
        topic.close();
        there.close();
        try (SharedTopic<String> later = segment.theirs().open("t", type)) {
            assertThat(later.statistics().dropped()).isEqualTo(before);
        }
    }

    @Test
    void shouldCloseASubscriptionThatIsBeingMadeJustNow() throws Exception {
        for (String name : List.of("", "named")) {
            TopicType<String> type = SharedTopic.of(String.class).subscribers(1);
            SharedTopic<String> topic = segment.mine().openOrCreate("t" + name, type);
            SharedTopic<String> there = segment.theirs().open("t" + name, type);
            SharedLock membership = there.opening.handle.lock(
                    (int) (there.opening.base + QueueLayout.LOCK - there.opening.handle.payload()));
            FutureTask<Subscription<String>> subscribing =
                    new FutureTask<>(() -> name.isEmpty() ? topic.subscribe() : topic.subscribe(name));
            FutureTask<Void> closing = new FutureTask<>(topic::close, null);
            Thread subscriber = new Thread(subscribing);
            Thread closer = new Thread(closing);
            membership.lock(Duration.ofSeconds(5));
            try {
                subscriber.start();
                awaitWaiting(subscriber);
                closer.start();
                awaitWaiting(closer);
            } finally {
                membership.unlock();
            }
            closing.get();
            Subscription<String> late = subscribing.get();
            assertThatThrownBy(late::poll).isInstanceOf(SegmentClosedException.class);
            assertThatThrownBy(() -> topic.unsubscribe("named")).isInstanceOf(SegmentClosedException.class);
            // It has one place.
            try (Subscription<String> mine = name.isEmpty() ? there.subscribe() : there.subscribe(name)) {
                there.publish("a");
                assertThat(mine.take()).isEqualTo("a");
            }
        }
    }

    private static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.TERMINATED
                && thread.getState() != Thread.State.WAITING
                && thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @MethodSource("patient")
    void shouldFreeALargeMessageWhenAllHaveReadIt(TopicType<String> type) throws InterruptedException {
        SharedTopic<byte[]> topic = segment.mine().create("t", bytes(type));
        SharedTopic<byte[]> there = segment.theirs().open("t", bytes(type));
        try (Subscription<byte[]> one = topic.subscribe();
                Subscription<byte[]> two = there.subscribe()) {
            long before = segment.mine().deepStatistics().usedBytes();
            for (int i = 0; i < 20; i++) {
                topic.publish(new byte[3 << 20]);
                assertThat(one.take()).hasSize(3 << 20);
                assertThat(segment.mine().deepStatistics().usedBytes()).isGreaterThan(before);
                try (Delivery<byte[]> delivery = two.receive(Duration.ZERO)) {
                    assertThat(delivery.message().length()).isEqualTo(3 << 20);
                    delivery.ack();
                }
                assertThat(segment.mine().deepStatistics().usedBytes()).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldNotFillTheHeapWithLargeMessagesThatNobodyWaitsFor(TopicType<String> type) throws InterruptedException {
        SharedTopic<byte[]> topic = segment.mine().create("t", bytes(type));
        for (int i = 0; i < 20; i++) {
            topic.publish(new byte[9 << 20]);
        }
        try (Subscription<byte[]> late = topic.subscribeFromOldest()) {
            assertThat(late.poll()).hasSize(9 << 20);
        }
        topic.close();
        segment.mine().destroy("t");
        assertThat(segment.mine().verify()).isEmpty();
        assertThat(segment.mine().deepStatistics().queuedBytes()).isZero();
    }

    private static TopicType<byte[]> bytes(TopicType<String> kind) {
        TopicType<byte[]> type = SharedTopic.of(Codecs.bytes()).capacityBytes(1 << 16);
        type = kind.toString().contains("single producer") ? type.singleProducer() : type;
        return kind.toString().contains("drops") ? type.full(FullPolicy.DROP_OLDEST) : type;
    }

    @ParameterizedTest
    @MethodSource("patient")
    void shouldDeliverAgainInOrderWhatWasNotAcknowledged(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        try (Subscription<String> subscription = topic.subscribe()) {
            for (String message : List.of("a", "b", "c")) {
                topic.publish(message);
            }
            Delivery<String> a = subscription.receive(Duration.ZERO);
            Delivery<String> b = subscription.receive(Duration.ZERO);
            b.ack();
            a.release();
            assertThat(subscription.size()).isEqualTo(2);
            try (Delivery<String> again = subscription.receive(Duration.ZERO)) {
                assertThat(again.payload()).isEqualTo("a");
                assertThat(again.deliveryCount()).isEqualTo(2);
                again.ack();
            }
            assertThat(drain(subscription)).containsExactly("c");
        }
    }

    @ParameterizedTest
    @MethodSource("waysToWait")
    void shouldDoWithAFullTopicWhatItWasTold(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> fails = segment.mine().create("t", type.full(FullPolicy.FAIL));
        try (Subscription<String> subscription =
                segment.theirs().open("t", type).subscribe()) {
            int sent = fill(fails);
            assertThatThrownBy(() -> fails.publish("y"))
                    .isInstanceOf(QueueFullException.class)
                    .hasMessageContaining("'t'");
            assertThat(fails.offer("y", SendOptions.NONE, Duration.ofMillis(1))).isFalse();
            assertThat(fails.statistics().dropped()).isZero();
            fails.close();
            SharedTopic<String> drops = segment.mine().open("t", type.full(FullPolicy.DROP_NEWEST));
            drops.publish("dropped");
            assertThat(drops.offer("dropped")).isFalse();
            assertThat(drops.offer("dropped", SendOptions.NONE, Duration.ofMillis(1)))
                    .isFalse();
            assertThat(drops.statistics().dropped()).isEqualTo(3);
            assertThat(drain(subscription)).hasSize(sent).doesNotContain("dropped");
            drops.publish("there is room");
            assertThat(subscription.take()).isEqualTo("there is room");
        }
    }

    /** Whoever waits for messages gets the newest in any case, and those who send never wait for it. */
    @ParameterizedTest
    @MethodSource("lossy")
    void shouldDropTheOldestWhileSomebodyWaits(TopicType<String> type) throws Exception {
        SharedTopic<String> topic = segment.mine().create("t", type);
        int sent = 3_000;
        try (Subscription<String> subscription =
                segment.theirs().open("t", type).subscribe()) {
            FutureTask<Integer> receives = new FutureTask<>(() -> {
                int count = 0;
                String message;
                do {
                    message = subscription.take();
                    count++;
                } while (!message.equals("number " + (sent - 1)));
                return count;
            });
            new Thread(receives).start();
            for (int i = 0; i < sent; i++) {
                topic.publish("number " + i);
                if (i % 1_000 == 0) {
                    // It sleeps again by then.
                    Thread.sleep(1);
                }
            }
            assertThat(receives.get() + subscription.lost()).isEqualTo(sent);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSendClaimsBatchesAndHeaders(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        try (Subscription<String> subscription = topic.subscribe()) {
            assertThat(topic.offerAll(List.of("a", "b"))).isTrue();
            try (Claim claim = topic.tryClaim(1, SendOptions.header(new byte[] {4}))) {
                claim.putByte(0, (byte) 'c').commit();
            }
            topic.tryClaim(10).close();
            topic.publish("d", SendOptions.header(new byte[] {5}));
            assertThat(subscription.take()).isEqualTo("a");
            assertThat(subscription.take()).isEqualTo("b");
            for (int header : new int[] {4, 5}) {
                try (Delivery<String> delivery = subscription.receive(Duration.ZERO)) {
                    assertThat(delivery.header()).containsExactly(header);
                    assertThat(delivery.timestamp()).isPositive();
                    delivery.ack();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSendSubscribersAwayWhenClosed(TopicType<String> type) throws Exception {
        SharedTopic<String> topic = segment.mine().create("t", type);
        Subscription<String> closed = topic.subscribe();
        Subscription<String> ended = topic.subscribe();
        FutureTask<String> waitsForOne = new FutureTask<>(closed::take);
        FutureTask<String> waitsForAll = new FutureTask<>(ended::take);
        new Thread(waitsForOne).start();
        new Thread(waitsForAll).start();
        closed.close();
        assertThatThrownBy(waitsForOne::get).hasCauseInstanceOf(SegmentClosedException.class);
        topic.close();
        assertThatThrownBy(waitsForAll::get).hasCauseInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(topic::subscribe).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(() -> topic.offer("a")).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(closed::poll).isInstanceOf(SegmentClosedException.class);
    }

    @Test
    void shouldHaveOneProducerIfToldSo() {
        TopicType<String> type = SharedTopic.of(String.class).singleProducer();
        SharedTopic<String> first = segment.mine().create("t", type);
        SharedTopic<String> second = segment.theirs().open("t", type);
        first.offer("a");
        assertThatThrownBy(() -> second.offer("b"))
                .isInstanceOf(EndpointTakenException.class)
                .hasMessageContaining("'t'")
                .hasMessageContaining("" + ProcessHandle.current().pid());
        first.close();
        assertThat(second.offer("b")).isTrue();
        assertThatThrownBy(() -> segment.mine().open("t", SharedTopic.of(String.class)))
                .isInstanceOf(ObjectTypeMismatchException.class)
                .hasMessageContaining("topic (single producer) of string")
                .hasMessageContaining("topic of string");
    }
}
