package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.MessageTooLargeException;
import dev.shm.error.QueueFullException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens when there is no room, in the ring or in the heap. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FullPolicyTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds();
    }

    static Stream<Arguments> kindsAndWays() {
        return kinds().map(type -> type.capacityBytes(1 << 16))
                .flatMap(type ->
                        Stream.of(Waiting.values()).map(waiting -> Arguments.of(type.waiting(waiting), waiting)));
    }

    /** As they may be asked for, in either order. */
    static Stream<QueueType<String>> dropping() {
        QueueType<String> type = SharedQueue.of(String.class).capacityBytes(1 << 16);
        return Stream.of(
                type.full(FullPolicy.DROP_OLDEST),
                type.priorities(2).full(FullPolicy.DROP_OLDEST),
                type.visibilityTimeout(Duration.ofMinutes(1)).full(FullPolicy.DROP_OLDEST),
                type.singleConsumer().full(FullPolicy.DROP_OLDEST),
                type.full(FullPolicy.DROP_OLDEST).singleConsumer(),
                type.singleProducer().full(FullPolicy.DROP_OLDEST),
                type.full(FullPolicy.DROP_OLDEST).singleProducer());
    }

    static Stream<QueueType<String>> droppingAndWays() {
        return dropping().flatMap(type -> Stream.of(Waiting.values()).map(type::waiting));
    }

    private static int fill(SharedQueue<String> queue) {
        int sent = 0;
        while (queue.offer("number " + sent)) {
            sent++;
        }
        return sent;
    }

    @ParameterizedTest
    @MethodSource("kindsAndWays")
    void shouldBlockOrFailOrDropTheNewest(QueueType<String> type, Waiting waiting) throws Exception {
        SharedQueue<String> blocks = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        int sent = fill(blocks);
        FutureTask<Void> waits = new FutureTask<>(() -> {
            blocks.put("waited");
            return null;
        });
        new Thread(waits).start();
        assertThat(receiver.take()).isEqualTo("number 0");
        for (int i = 1; i < sent; i++) {
            assertThat(receiver.take()).isEqualTo("number " + i);
        }
        waits.get();
        assertThat(receiver.take()).isEqualTo("waited");
        blocks.close();

        SharedQueue<String> fails = segment.mine().open("q", type.full(FullPolicy.FAIL));
        sent = fill(fails);
        assertThatThrownBy(() -> fails.put("one that is refused")).isInstanceOf(QueueFullException.class);
        assertThatThrownBy(() -> fails.add("one that is refused")).isInstanceOf(IllegalStateException.class);
        assertThat(fails.offer("one that is refused", 1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(fails.statistics().dropped()).isZero();
        fails.close();

        SharedQueue<String> drops = segment.mine().open("q", type.full(FullPolicy.DROP_NEWEST));
        drops.put("one that is dropped");
        assertThat(drops.offer("one that is dropped")).isFalse();
        assertThat(drops.offer("one that is dropped", 1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(drops.statistics().dropped()).isEqualTo(3);
        List<String> received = new ArrayList<>();
        assertThat(receiver.drainTo(received)).isEqualTo(sent);
        assertThat(received).doesNotContain("one that is dropped", "one that is refused");
        assertThat(drops.statistics().depth()).isZero();
    }

    @ParameterizedTest
    @MethodSource("droppingAndWays")
    void shouldDropTheOldest(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        int sent = 4_000;
        for (int i = 0; i < sent; i++) {
            if (i % 2 == 0) {
                sender.put("number " + i);
            } else {
                assertThat(sender.offer("number " + i)).isTrue();
            }
        }
        long dropped = sender.statistics().dropped();
        assertThat(dropped).isBetween(1L, sent - 100L);
        assertThat(receiver.size()).isEqualTo((int) (sent - dropped));
        assertThat(receiver.peek()).isEqualTo("number " + dropped);
        try (Delivery<String> delivery = receiver.receive(Duration.ZERO)) {
            assertThat(delivery.payload()).isEqualTo("number " + dropped);
            delivery.ack();
        }
        for (long i = dropped + 1; i < sent; i++) {
            assertThat(receiver.take()).isEqualTo("number " + i);
        }
        assertThat(receiver.poll()).isNull();
        assertThat(sender.statistics().depth()).isZero();
    }

    /** Who waits gets a message, and nobody who sends ever waits for it. */
    @ParameterizedTest
    @MethodSource("droppingAndWays")
    void shouldDropTheOldestWhileSomebodyWaits(QueueType<String> type) throws Exception {
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        int sent = 3_000;
        FutureTask<List<String>> receives = new FutureTask<>(() -> {
            List<String> all = new ArrayList<>();
            do {
                all.add(receiver.take());
            } while (!all.get(all.size() - 1).equals("number " + (sent - 1)));
            return all;
        });
        new Thread(receives).start();
        for (int i = 0; i < sent; i++) {
            sender.put("number " + i);
            if (i % 1_000 == 0) {
                // It sleeps again by then.
                Thread.sleep(1);
            }
        }
        List<String> received = receives.get();
        assertThat(received).doesNotHaveDuplicates();
        assertThat(received.stream().map(text -> Integer.parseInt(text.substring(7))))
                .isSorted();
        assertThat(received.size() + sender.statistics().dropped()).isEqualTo(sent);
        assertThat(sender.statistics().depth()).isZero();
    }

    @Test
    void shouldDropNothingBehindWhatSomebodyHas() throws InterruptedException {
        QueueType<String> type =
                SharedQueue.of(String.class).capacityBytes(1 << 16).full(FullPolicy.DROP_OLDEST);
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        sender.put("held");
        try (Delivery<String> held = receiver.receive(Duration.ZERO)) {
            int sent = fill(sender);
            for (int i = 0; i < 10; i++) {
                assertThat(sender.offer("no room")).isFalse();
            }
            assertThat(sender.offer("no room", 5, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(sender.statistics().dropped()).isZero();
            assertThat(receiver.size()).isEqualTo(sent);
            held.ack();
        }
        assertThat(sender.offer("room")).isTrue();
    }

    @ParameterizedTest
    @MethodSource("dropping")
    void shouldFreeLargeMessagesThatAreDroppedOrRead(QueueType<String> kind) throws InterruptedException {
        QueueType<byte[]> type = QueueContractTest.like(kind, Codecs.bytes())
                .capacityBytes(1 << 16)
                .full(FullPolicy.DROP_OLDEST);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        for (int i = 0; i < 40; i++) {
            byte[] large = new byte[9 << 20];
            large[77] = (byte) i;
            sender.put(large);
            if (i % 5 == 4) {
                assertThat(receiver.take()).hasSize(9 << 20);
            }
        }
        byte[] last = null;
        for (byte[] next = receiver.poll(); next != null; next = receiver.poll()) {
            last = next;
        }
        assertThat(last == null ? 39 : last[77]).isEqualTo((byte) 39);
        assertThat(segment.mine().deepStatistics().queuedBytes()).isZero();
        sender.close();
        receiver.close();
        segment.mine().destroy("q");
        assertThat(segment.mine().deepStatistics().queuedBytes()).isZero();
        assertThat(segment.mine().verify()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dropping")
    void shouldFreeALargeMessageAsItIsReceived(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        String large = "l".repeat(3 << 20);
        sender.put(large);
        assertThat(segment.mine().deepStatistics().queuedBytes()).isGreaterThan(large.length());
        assertThat(receiver.poll()).isEqualTo(large);
        assertThat(segment.mine().deepStatistics().queuedBytes()).isZero();
        sender.put(large);
        assertThat(receiver.drain(message -> assertThat(message.length()).isEqualTo(large.length()), 2))
                .isEqualTo(1);
        assertThat(segment.mine().deepStatistics().queuedBytes()).isZero();
        sender.put(large);
        try (Delivery<String> delivery = receiver.receive(Duration.ZERO)) {
            assertThat(delivery.payload()).isEqualTo(large);
            delivery.ack();
        }
        assertThat(segment.mine().deepStatistics().queuedBytes()).isZero();
    }

    /** Texts; before one is decoded, something happens. */
    private static final class Slow implements Codec<String> {

        private final Codec<String> text = Codecs.string();
        private final AtomicReference<Runnable> before;

        Slow(AtomicReference<Runnable> before) {
            this.before = before;
        }

        @Override
        public String name() {
            return text.name();
        }

        @Override
        public int size(String value) {
            return text.size(value);
        }

        @Override
        public void encode(String value, ByteBuffer target) {
            text.encode(value, target);
        }

        @Override
        public String decode(ByteBuffer source) {
            before.get().run();
            return text.decode(source);
        }
    }

    @ParameterizedTest
    @MethodSource("dropping")
    void shouldLoseNothingButTheOldestToWhoDecodesSlowly(QueueType<String> kind) {
        AtomicReference<Runnable> before = new AtomicReference<>(() -> {});
        QueueType<String> type = QueueContractTest.like(kind, new Slow(before));
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        List<String> sent = new ArrayList<>();
        Runnable send = () -> {
            String large = sent.size() + " l".repeat(20_000);
            // Refused where the oldest is the one that is being decoded.
            if (sender.offer(large)) {
                sent.add(large);
            }
        };
        List<String> received = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            send.run();
            before.set(() -> {
                before.set(() -> {});
                // Once around, until others lie where that one was.
                for (int j = 0; j < 3_000; j++) {
                    send.run();
                }
            });
            received.add(receiver.poll());
        }
        receiver.drainTo(received);
        assertThat(sent).hasSizeGreaterThan(6);
        assertThat(received).isSubsetOf(sent).doesNotHaveDuplicates();
        assertThat(received.size() + sender.statistics().dropped()).isEqualTo(sent.size());
        assertThat(segment.mine().deepStatistics().queuedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFreeALargeMessageAsItsLastSubscriberReadsIt(boolean dropOldest) throws InterruptedException {
        TopicType<String> type = SharedTopic.of(String.class).subscribers(2);
        SharedTopic<String> topic = segment.mine().create("t", dropOldest ? type.full(FullPolicy.DROP_OLDEST) : type);
        String large = "l".repeat(3 << 20);
        try (Subscription<String> one = topic.subscribe();
                Subscription<String> other = topic.subscribe()) {
            topic.publish(large);
            assertThat(one.poll()).isEqualTo(large);
            assertThat(segment.mine().deepStatistics().queuedBytes()).isGreaterThan(large.length());
            assertThat(other.poll()).isEqualTo(large);
            assertThat(segment.mine().deepStatistics().queuedBytes()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldCarryMessagesOfAnySizeAroundTheBorder(QueueType<String> kind) throws InterruptedException {
        QueueType<byte[]> type = QueueContractTest.like(kind, Codecs.bytes()).capacityBytes(1 << 20);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        long before = segment.mine().deepStatistics().usedBytes();
        int border = Outbox.LARGEST_INLINE;
        for (int size : new int[] {1, border - 1, border, border + 1, 2 * border, 1 << 20, 3_000_001, 8 << 20}) {
            byte[] message = new byte[size];
            message[0] = 1;
            message[size - 1] = (byte) size;
            sender.put(message, SendOptions.header(new byte[] {9}));
            assertThat(segment.mine().deepStatistics().usedBytes() > before).isEqualTo(size > border);
            try (Delivery<byte[]> delivery = receiver.receive(Duration.ZERO)) {
                assertThat(delivery.message().length()).isEqualTo(size);
                assertThat(delivery.message().getByte(size - 1)).isEqualTo((byte) size);
                assertThat(delivery.header()).containsExactly(9);
                assertThat(delivery.payload()).isEqualTo(message);
                delivery.ack();
            }
            try (Claim claim = sender.tryClaim(size)) {
                claim.putByte(size - 1, (byte) 3).commit();
            }
            assertThat(receiver.drain(m -> assertThat(m.getByte(size - 1)).isEqualTo((byte) 3), 1))
                    .isEqualTo(1);
            assertThat(segment.mine().deepStatistics().usedBytes()).isEqualTo(before);
        }
        assertThatThrownBy(() -> sender.put(new byte[40 << 20]))
                .isInstanceOf(MessageTooLargeException.class)
                .hasMessageContaining("larger size");
        assertThatThrownBy(() -> sender.tryClaim(40 << 20)).isInstanceOf(MessageTooLargeException.class);
        assertThat(segment.mine().verify()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldWaitForRoomInTheHeap(QueueType<String> kind) throws Exception {
        QueueType<byte[]> type = QueueContractTest.like(kind, Codecs.bytes()).capacityBytes(1 << 20);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        int sent = 0;
        while (sender.offer(new byte[9 << 20])) {
            sent++;
        }
        assertThat(sent).isBetween(2, 3);
        FutureTask<Void> waits = new FutureTask<>(() -> {
            sender.put(new byte[9 << 20]);
            return null;
        });
        new Thread(waits).start();
        for (int i = 0; i <= sent; i++) {
            assertThat(receiver.take()).hasSize(9 << 20);
        }
        waits.get();
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 16, 4 << 20})
    void shouldCarryMessagesOf64MiB(int capacity) throws InterruptedException {
        TwoMappings large = new TwoMappings(160L << 20);
        large.beforeEach(null);
        try {
            QueueType<byte[]> type = SharedQueue.of(Codecs.bytes()).capacityBytes(capacity);
            SharedQueue<byte[]> sender = large.mine().create("q", type);
            SharedQueue<byte[]> receiver = large.theirs().open("q", type);
            byte[] message = new byte[64 << 20];
            for (int i = 0; i < 3; i++) {
                message[i] = (byte) i;
                message[message.length - 1 - i] = 7;
                sender.put(message);
                assertThat(receiver.take()).isEqualTo(message);
            }
        } finally {
            large.afterEach(null);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldMakeRoomByRemoving(QueueType<String> kind) {
        QueueType<String> type = kind.capacityBytes(1 << 16);
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        int sent = fill(sender);
        assertThat(receiver.removeIf(message -> message.endsWith("7"))).isTrue();
        assertThat(receiver.remove("number 3")).isTrue();
        assertThat(receiver.remove("number 3")).isFalse();
        assertThat(receiver.size()).isBetween(sent * 8 / 10, sent - 2);
        assertThat(receiver.removeIf(message -> true)).isTrue();
        assertThat(receiver).isEmpty();
        assertThat(sender.offer("there is room again")).isTrue();
        assertThat(receiver.poll()).isEqualTo("there is room again");
    }
}
