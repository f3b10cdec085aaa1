package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.error.LeaseLostException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.Watchdog;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that are lent, come back, and are given up on. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeliveryTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds();
    }

    private static Delivery<String> receive(SharedQueue<String> queue) throws InterruptedException {
        return queue.receive(Duration.ZERO);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldHaveNoTimeStampWhereTheSenderSetsNone(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type.timestamps(false));
        queue.put("a", SendOptions.header(new byte[] {5}));
        try (Delivery<String> delivery = receive(queue)) {
            assertThat(delivery.timestamp()).isZero();
            assertThat(delivery.header()).containsExactly(5);
            assertThat(delivery.payload()).isEqualTo("a");
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldShowEachOfManyDeliveriesAsItIs(QueueType<String> type) throws Exception {
        SharedQueue<String> queue = segment.mine().create("q", type);
        String large = "l".repeat(300_000);
        List<Delivery<String>> deliveries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            queue.put(i == 7 ? large : "m" + i, SendOptions.header(new byte[] {(byte) i}));
            deliveries.add(receive(queue));
        }
        List<Message> views = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Delivery<String> delivery = deliveries.get(i);
            views.add(delivery.message());
            String expected = i == 7 ? large : "m" + i;
            CompletableFuture<String> elsewhere = CompletableFuture.supplyAsync(delivery::payload);
            assertThat(elsewhere.get()).isEqualTo(expected);
            assertThat(delivery.payload()).isEqualTo(expected);
            assertThat(delivery.header()).containsExactly(i);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(views.get(i).length()).isEqualTo(i == 7 ? large.length() : ("m" + i).length());
            assertThat(new String(views.get(i).toBytes(), StandardCharsets.UTF_8))
                    .startsWith(i == 7 ? "l" : "m" + i);
            assertThat(deliveries.get(i).message()).isSameAs(views.get(i));
        }
        // In any order, from both ends and out of the middle.
        for (int i : new int[] {19, 0, 7, 8, 6, 18, 1}) {
            deliveries.get(i).ack();
        }
        queue.close();
        SharedQueue<String> again = segment.mine().open("q", type);
        List<String> left = new ArrayList<>();
        for (Delivery<String> next = receive(again); next != null; next = receive(again)) {
            left.add(next.payload());
            assertThat(next.deliveryCount()).isEqualTo(2);
            next.ack();
        }
        assertThat(left)
                .containsExactlyInAnyOrder(
                        "m2", "m3", "m4", "m5", "m9", "m10", "m11", "m12", "m13", "m14", "m15", "m16", "m17");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldCountBytesOnceWhereAHandlerThrows(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        String large = "l".repeat(300_000);
        List<Integer> lengths = new ArrayList<>();
        for (String message : List.of(large, "small", "and another")) {
            assertThat(queue.offer(message)).isTrue();
        }
        for (int failAt : new int[] {1, 0, 1}) {
            int before = lengths.size();
            assertThatThrownBy(() -> queue.drain(
                            message -> {
                                if (lengths.size() == before + failAt) {
                                    throw new IllegalStateException("refused");
                                }
                                lengths.add(message.length());
                            },
                            10))
                    .hasMessage("refused");
            assertThat(queue.statistics().received()).isEqualTo(lengths.size());
            assertThat(queue.statistics().receivedBytes())
                    .isEqualTo(lengths.stream().mapToInt(length -> length).sum());
        }
        assertThat(queue.drain(message -> lengths.add(message.length()), 10)).isOne();
        assertThat(lengths).hasSize(3);
        assertThat(queue.statistics().received()).isEqualTo(3);
        assertThat(queue.statistics().receivedBytes())
                .isEqualTo(lengths.stream().mapToInt(length -> length).sum());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldEndADeliveryOnce(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type.timestamps(true));
        queue.put("a", SendOptions.header(new byte[] {5}));
        Delivery<String> delivery = receive(queue);
        assertThat(delivery.payload()).isEqualTo("a");
        assertThat(delivery.header()).containsExactly(5);
        assertThat(delivery.timestamp()).isBetween(1L, System.currentTimeMillis());
        delivery.ack();
        for (var again : List.<Runnable>of(delivery::ack, delivery::release, delivery::message, delivery::header)) {
            assertThatThrownBy(again::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("acknowledged already")
                    .hasMessageContaining("once");
        }
        delivery.close();
        assertThat(delivery.payload()).isEqualTo("a");
        assertThat(receive(queue)).isNull();

        queue.put("b");
        Delivery<String> released = receive(queue);
        released.release();
        released.close();
        assertThatThrownBy(released::ack)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("released");
        assertThatThrownBy(released::payload).isInstanceOf(IllegalStateException.class);
        assertThat(queue.poll()).isEqualTo("b");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldDeliverAgainWhenTheQueueIsClosed(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        for (String message : List.of("a", "b", "c", "d")) {
            sender.put(message);
        }
        Delivery<String> a = receive(receiver);
        Delivery<String> b = receive(receiver);
        Delivery<String> c = receive(receiver);
        b.ack();
        receiver.close();
        assertThatThrownBy(a::ack).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(c::payload).isInstanceOf(SegmentClosedException.class);
        c.close();
        SharedQueue<String> next = segment.mine().open("q", type);
        try (Delivery<String> first = receive(next);
                Delivery<String> second = receive(next);
                Delivery<String> third = receive(next)) {
            assertThat(List.of(first.payload(), second.payload(), third.payload()))
                    .containsExactly("a", "c", "d");
            assertThat(first.deliveryCount()).isEqualTo(2);
            assertThat(second.deliveryCount()).isEqualTo(2);
            assertThat(third.deliveryCount()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldDeliverAgainWhenOneOfTwoOpeningsIsClosed(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> stays = segment.mine().create("q", type);
        SharedQueue<String> goes = segment.mine().open("q", type);
        stays.put("a");
        Delivery<String> delivery = receive(goes);
        goes.close();
        assertThatThrownBy(delivery::ack).isInstanceOf(SegmentClosedException.class);
        try (Delivery<String> again = receive(stays)) {
            assertThat(again.payload()).isEqualTo("a");
            assertThat(again.deliveryCount()).isEqualTo(2);
            again.ack();
        }
        assertThat(stays.statistics().depth()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldGiveUpTheClaimsOfAnOpeningThatIsClosed(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> goes = segment.mine().create("q", type);
        SharedQueue<String> stays = segment.mine().open("q", type);
        boolean alone = type.toString().contains("single producer");
        Claim small = goes.tryClaim(10);
        Claim large = alone ? small : goes.tryClaim(3 << 20);
        assertThat(large.length()).isPositive();
        goes.close();
        assertThatThrownBy(small::commit).isInstanceOf(SegmentClosedException.class);
        large.close();
        stays.put("a");
        assertThat(stays.poll()).isEqualTo("a");
        assertThat(stays.poll()).isNull();
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldFreeTheBlockOfALargeClaimWhenItsQueueIsClosed(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        assertThat(queue.tryClaim(3 << 20)).isNotNull();
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isPositive();
        queue.close();
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldDecodeDeliveriesOnSeveralThreads(QueueType<String> type) throws Exception {
        SharedQueue<String> queue = segment.mine().create("q", type);
        int count = 20_000;
        Set<String> seen = ConcurrentHashMap.newKeySet();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            threads.add(new Thread(() -> {
                try {
                    while (seen.size() < count && failure.get() == null) {
                        try (Delivery<String> delivery = queue.receive(Duration.ofMillis(10))) {
                            if (delivery != null) {
                                assertThat(seen.add(delivery.payload())).isTrue();
                                delivery.ack();
                            }
                        }
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (int i = 0; i < count; i++) {
            queue.put("number " + i);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failure.get()).isNull();
        assertThat(seen).hasSize(count).contains("number 0", "number " + (count - 1));
    }

    // ------------------------------------------------------------------------------------------ handlers that throw

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldBringAMessageBackWhoseHandlerThrows(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        for (String message : List.of("a", "b", "c")) {
            queue.put(message);
        }
        List<String> seen = new ArrayList<>();
        IllegalArgumentException no = new IllegalArgumentException("no");
        assertThatThrownBy(() -> queue.drain(
                        message -> {
                            String text = new String(message.toBytes(), StandardCharsets.UTF_8);
                            seen.add(text + message.deliveryCount());
                            if (text.equals("b")) {
                                throw no;
                            }
                        },
                        10))
                .isSameAs(no);
        assertThat(seen).containsExactly("a1", "b1");
        assertThat(queue.size()).isEqualTo(2);
        queue.drain(
                message -> seen.add(message.deliveryCount() + new String(message.toBytes(), StandardCharsets.UTF_8)),
                10);
        assertThat(seen).containsExactly("a1", "b1", "2b", "1c");
        assertThat(queue.drain(message -> {}, 0)).isZero();
        QueueStatistics statistics = queue.statistics();
        assertThat(statistics.received()).isEqualTo(3);
        assertThat(statistics.redelivered()).isEqualTo(1);
    }

    // ------------------------------------------------------------------------------------------ dead letters

    static Stream<QueueType<String>> withDeadLetters() {
        QueueType<String> type =
                SharedQueue.of(String.class).capacityBytes(1 << 16).deadLettersAfter(2);
        return Stream.of(
                type,
                type.singleConsumer(),
                type.singleProducer(),
                type.priorities(3),
                type.visibilityTimeout(Duration.ofMinutes(1)));
    }

    private static void failTwice(SharedQueue<String> queue, String expected) throws InterruptedException {
        for (int i = 1; i <= 2; i++) {
            try (Delivery<String> delivery = receive(queue)) {
                assertThat(delivery.payload()).isEqualTo(expected);
                assertThat(delivery.deliveryCount()).isEqualTo(i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("withDeadLetters")
    void shouldMoveWhatFailedTooOftenToTheDeadLetters(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> letters = segment.theirs().open("q", type).deadLetters();
        for (String poison : List.of("poison", "p".repeat(300 << 10))) {
            queue.put(poison, SendOptions.header(new byte[] {1, 2}));
            queue.put("good");
            failTwice(queue, poison);
            assertThat(queue.poll()).isEqualTo("good");
            assertThat(queue.poll()).isNull();
            try (Delivery<String> letter = receive(letters)) {
                assertThat(letter.payload()).isEqualTo(poison);
                assertThat(letter.header()).containsExactly(1, 2);
                assertThat(letter.timestamp()).isPositive();
                assertThat(letter.deliveryCount()).isEqualTo(1);
                letter.ack();
            }
            assertThat(letters.poll()).isNull();
        }
        assertThat(queue.statistics().deadLettered()).isEqualTo(2);
        assertThat(letters.statistics().sent()).isEqualTo(2);
        assertThat(letters.statistics().depth()).isZero();
        assertThat(queue.statistics().depth()).isZero();
        assertThatThrownBy(letters::deadLetters).isInstanceOf(IllegalStateException.class);
        letters.close();
        assertThat(letters.isOpen()).isTrue();
        assertThat(letters.remainingCapacity()).isPositive();
    }

    @ParameterizedTest
    @MethodSource("withDeadLetters")
    void shouldKeepWhatFailedWhenTheDeadLettersAreFull(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> letters = queue.deadLetters();
        int sent = 0;
        String filling = "x".repeat(1_000);
        while (letters.remainingCapacity() > 40) {
            queue.put(filling + sent);
            failTwice(queue, filling + sent);
            assertThat(queue.poll()).isNull();
            sent++;
        }
        queue.put(filling + "last");
        failTwice(queue, filling + "last");
        String kept = null;
        for (int i = 3; kept == null && i < 200; i++) {
            try (Delivery<String> delivery = receive(queue)) {
                if (delivery == null) {
                    // There was room for this one too.
                    sent++;
                    queue.put(filling + "last");
                    failTwice(queue, filling + "last");
                    i = 2;
                } else {
                    assertThat(delivery.deliveryCount()).isEqualTo(i);
                    kept = delivery.payload();
                }
            }
        }
        assertThat(kept).isEqualTo(filling + "last");
        List<String> all = new ArrayList<>();
        letters.drainTo(all);
        assertThat(all).hasSize(sent);
        assertThat(queue.poll()).isNull();
        assertThat(letters.poll()).isEqualTo(kept);
    }

    @Test
    void shouldSayThatThereAreNoDeadLetters() {
        assertThatThrownBy(() ->
                        segment.mine().create("q", SharedQueue.of(String.class)).deadLetters())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'q'")
                .hasMessageContaining("deadLettersAfter");
    }

    // ------------------------------------------------------------------------------------------ leases

    @Test
    void shouldGiveAMessageToAnotherWhenItsTimeIsUp() throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class).visibilityTimeout(Duration.ofMillis(30));
        SharedQueue<String> slow = segment.mine().create("q", type);
        SharedQueue<String> other = segment.theirs().open("q", type);
        slow.put("a");
        Delivery<String> lost = receive(slow);
        try (Delivery<String> again = other.receive(Duration.ofDays(1))) {
            assertThat(again.payload()).isEqualTo("a");
            assertThat(again.deliveryCount()).isEqualTo(2);
            assertThatThrownBy(lost::ack)
                    .isInstanceOf(LeaseLostException.class)
                    .hasMessageContaining("'q'")
                    .hasMessageContaining("visibilityTimeout");
            assertThat(lost.deliveryCount()).isEqualTo(1);
            lost.close();
            again.ack();
        } catch (LeaseLostException e) {
            // So slow that it was lost again.
        }
        Delivery<String> none = null;
        while (other.statistics().depth() > 0) {
            none = other.receive(Duration.ofMillis(50));
            if (none != null) {
                none.ack();
            }
        }
        assertThat(receive(other)).isNull();
    }

    @Test
    void shouldGiveAMessageToAnotherThoughNewOnesKeepComing() throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class).visibilityTimeout(Duration.ofMillis(20));
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("kept");
        assertThat(receive(queue).payload()).isEqualTo("kept");
        queue.put("one ahead");
        long[] taken = {0};
        Watchdog.await("the message that was kept", () -> {
            queue.put("one of many");
            taken[0]++;
            return queue.take().equals("kept");
        });
        assertThat(taken[0]).isPositive();
    }

    // ------------------------------------------------------------------------------------------ priorities

    @Test
    void shouldReceiveTheHighestPriorityFirst() throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class).priorities(3);
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        sender.put("low", SendOptions.priority(2));
        sender.put("middle", SendOptions.priority(1));
        sender.put("high");
        assertThat(receiver.peek()).isEqualTo("high");
        assertThat(receiver).containsExactly("high", "middle", "low");
        assertThat(receiver.take()).isEqualTo("high");
        assertThat(receiver.take()).isEqualTo("middle");
        assertThat(receiver.take()).isEqualTo("low");
        assertThatThrownBy(() -> sender.offer("x", SendOptions.priority(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("priority=3")
                .hasMessageContaining("priorities(...)");
    }

    @Test
    void shouldStarveNoPriority() throws InterruptedException {
        int priorities = 4;
        SharedQueue<String> queue = segment.mine()
                .create("q", SharedQueue.of(String.class).priorities(priorities).capacityBytes(1 << 16));
        int[] received = new int[priorities];
        for (int i = 0; i < 2_000; i++) {
            for (int priority = 0; priority < priorities; priority++) {
                queue.offer("" + priority, SendOptions.priority(priority));
            }
            received[Integer.parseInt(queue.take())]++;
        }
        assertThat(received).doesNotContain(0);
        assertThat(received[0]).isGreaterThan(1_500);
    }

    @Test
    void shouldCountWhatAProcessDidThatIsGone() throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class);
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedMemory third = segment.attach("third");
        SharedQueue<String> gone = third.open("q", type);
        gone.put("abc");
        gone.put("de");
        assertThat(gone.take()).isEqualTo("abc");
        third.close();
        QueueStatistics statistics = queue.statistics();
        assertThat(statistics.sent()).isEqualTo(2);
        assertThat(statistics.receivedBytes()).isEqualTo(3);
        assertThat(statistics.received()).isEqualTo(1);
        assertThat(statistics.depth()).isEqualTo(1);
        assertThat(statistics.usedBytes()).isBetween(1L, 1_000L);
        assertThat(statistics.blockedBy()).isEmpty();
    }

    @Test
    void shouldNameWhoHoldsAClaim() throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class);
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> other = segment.theirs().open("q", type);
        try (Claim claim = other.tryClaim(8)) {
            queue.put("behind");
            assertThat(queue.poll()).isNull();
            assertThat(queue.statistics().blockedBy()).hasValueSatisfying(blocker -> {
                assertThat(blocker.pid()).isEqualTo(ProcessHandle.current().pid());
                assertThat(blocker.application()).isEqualTo("theirs");
                assertThat(blocker.why()).isEqualTo("writes a message");
            });
            claim.close();
        }
        assertThat(queue.poll()).isEqualTo("behind");
        queue.put("kept");
        try (Delivery<String> delivery = receive(other)) {
            assertThat(delivery.payload()).isEqualTo("kept");
            assertThat(queue.statistics().blockedBy()).hasValueSatisfying(blocker -> {
                assertThat(blocker.application()).isEqualTo("theirs");
                assertThat(blocker.why()).isEqualTo("has a message");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCountDeadLettersApartFromTheirQueue(boolean single) throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class).deadLettersAfter(1);
        if (single) {
            type = type.singleProducer();
        }
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> letters = segment.theirs().open("q", type).deadLetters();
        for (int i = 0; i < 3; i++) {
            queue.put("bad" + i);
            queue.receive(Duration.ZERO).release();
            assertThat(queue.poll()).isNull();
        }
        queue.put("good");
        assertThat(queue.poll()).isEqualTo("good");
        QueueStatistics alive = queue.statistics();
        assertThat(alive.sent()).isEqualTo(4);
        assertThat(alive.received()).isEqualTo(1);
        assertThat(alive.deadLettered()).isEqualTo(3);
        assertThat(alive.depth()).isZero();
        assertThat(letters.statistics().sent()).isEqualTo(3);
        assertThat(letters.statistics().received()).isZero();
        assertThat(letters.statistics().depth()).isEqualTo(3);
        assertThat(letters.statistics().usedBytes()).isPositive();
        assertThat(letters.statistics().capacityBytes()).isEqualTo(1 << 20);

        assertThat(letters.poll()).isEqualTo("bad0");
        letters.receive(Duration.ZERO).release();
        try (Delivery<String> again = letters.receive(Duration.ZERO)) {
            assertThat(again.deliveryCount()).isEqualTo(2);
            again.ack();
        }
        assertThat(letters.offer("by hand")).isTrue();
        QueueStatistics dead = queue.deadLetters().statistics();
        assertThat(dead.sent()).isEqualTo(4);
        assertThat(dead.received()).isEqualTo(2);
        assertThat(dead.receivedBytes()).isEqualTo(2 * alive.receivedBytes());
        assertThat(dead.redelivered()).isEqualTo(1);
        assertThat(dead.deadLettered()).isZero();
        assertThat(dead.depth()).isEqualTo(2);
        assertThat(dead.highWaterBytes()).isLessThan(1 << 18);
        assertThat(queue.statistics()).isEqualTo(alive);
    }
}
