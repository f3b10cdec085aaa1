package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.EndpointTakenException;
import dev.shm.error.MessageTooLargeException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers do wrong, and what they are told. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QueueMisuseTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldRefuseNull(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        for (ThrowingCallable way : List.<ThrowingCallable>of(
                () -> queue.offer(null),
                () -> queue.put(null),
                () -> queue.add(null),
                () -> queue.offer(null, 1, TimeUnit.DAYS),
                () -> queue.offer("a", null),
                () -> queue.offer("a", 1, null),
                () -> queue.put("a", null),
                () -> queue.offer("a", SendOptions.NONE, null),
                () -> queue.offerAll(null),
                () -> queue.offerAll(Arrays.asList("a", null)),
                () -> queue.offerAll(List.of("a"), null),
                () -> queue.tryClaim(1, null),
                () -> queue.drainTo(null),
                () -> queue.drain(null, 1),
                () -> queue.receive(null),
                () -> queue.poll(1, null),
                () -> SendOptions.header(null),
                () -> type.waiting(null),
                () -> type.full(null),
                () -> SharedQueue.of((dev.shm.codec.Codec<String>) null))) {
            assertThatThrownBy(way).isInstanceOf(NullPointerException.class);
        }
        assertThat(queue.poll()).isNull();
        assertThat(queue.contains(null)).isFalse();
        assertThat(queue.remove(null)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSayThatItIsClosed(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.offer("a");
        queue.close();
        queue.close();
        assertThat(queue.isOpen()).isFalse();
        assertThat(queue).asString().isEqualTo("SharedQueue[q, closed]");
        for (ThrowingCallable way : List.<ThrowingCallable>of(
                () -> queue.offer("a"),
                () -> queue.put("a"),
                () -> queue.offer("a", 1, TimeUnit.DAYS),
                () -> queue.offerAll(List.of("a")),
                () -> queue.offerAll(List.of()),
                () -> queue.tryClaim(1),
                queue::poll,
                queue::take,
                queue::peek,
                queue::size,
                queue::isEmpty,
                queue::remainingCapacity,
                queue::iterator,
                queue::statistics,
                queue::clear,
                () -> queue.remove("a"),
                () -> queue.receive(Duration.ZERO),
                () -> queue.drainTo(new ArrayList<>()),
                () -> queue.drain(message -> {}, 1))) {
            assertThatThrownBy(way)
                    .isInstanceOf(SegmentClosedException.class)
                    .hasMessageContaining("'q'")
                    .hasMessageContaining("Open the object again");
        }
        SharedQueue<String> other = segment.theirs().open("q", type);
        segment.theirs().close();
        assertThat(other.isOpen()).isFalse();
        assertThatThrownBy(other::take).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(() -> other.put("a")).isInstanceOf(SegmentClosedException.class);
        other.close();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldRefuseWrongNumbers(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        assertThatThrownBy(() -> queue.tryClaim(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes=-1");
        assertThatThrownBy(() -> queue.drain(message -> {}, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("limit=-1");
        assertThatThrownBy(() -> SendOptions.priority(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("priority=-1");
        assertThatThrownBy(() -> queue.offer("a", SendOptions.priority(7)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("priority=7");
        assertThatThrownBy(() -> SendOptions.header(new byte[256]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("255")
                .hasMessageContaining("256")
                .hasMessageContaining("payload");
        assertThat(queue.offer("a", SendOptions.header(new byte[255]))).isTrue();
        assertThat(queue.drainTo(new ArrayList<>(), 0)).isZero();
        assertThat(queue.drainTo(new ArrayList<>(), -5)).isZero();
        assertThatThrownBy(() -> queue.drainTo(queue)).isInstanceOf(IllegalArgumentException.class);
        assertThat(queue.poll()).isEqualTo("a");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, 65_535, 65_537, 100_000, (1L << 29) + 1, 1L << 30, Long.MAX_VALUE, Long.MIN_VALUE})
    void shouldRefuseACapacityThatIsNoPowerOfTwo(long bytes) {
        assertThatThrownBy(() -> SharedQueue.of(String.class).capacityBytes(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("power of two")
                .hasMessageContaining("capacityBytes=" + bytes);
    }

    @Test
    void shouldCreateNothingForWhichThereIsNoRoom() {
        long before = segment.mine().deepStatistics().usedBytes();
        assertThatThrownBy(() ->
                        segment.mine().create("q", SharedQueue.of(String.class).capacityBytes(64 << 20)))
                .isInstanceOf(OutOfSharedMemoryException.class);
        assertThat(segment.mine().objects()).isEmpty();
        assertThat(segment.mine().deepStatistics().usedBytes()).isEqualTo(before);
        segment.mine().create("q", SharedQueue.of(String.class));
    }

    @Test
    void shouldNameBothTypesThatDiffer() {
        segment.mine().create("q", SharedQueue.of(String.class).singleConsumer());
        for (QueueType<?> other : List.of(
                SharedQueue.of(String.class),
                SharedQueue.of(String.class).singleProducer(),
                SharedQueue.of(Codecs.bytes()).singleConsumer(),
                SharedQueue.of(String.class).singleConsumer().full(FullPolicy.DROP_OLDEST))) {
            assertThatThrownBy(() -> segment.theirs().open("q", other))
                    .isInstanceOf(ObjectTypeMismatchException.class)
                    .hasMessageContaining("queue (single consumer) of string")
                    .hasMessageContaining(other.toString());
        }
        assertThatThrownBy(() -> segment.theirs().open("q", SharedTopic.of(String.class)))
                .isInstanceOf(ObjectTypeMismatchException.class)
                .hasMessageContaining("topic of string");
    }

    @Test
    void shouldRefuseWhatDoesNotGoTogether() {
        QueueType<String> queue = SharedQueue.of(String.class);
        for (QueueType<String> type : List.of(
                queue.priorities(2).singleConsumer(),
                queue.singleProducer().visibilityTimeout(Duration.ofSeconds(1)),
                queue.full(FullPolicy.DROP_OLDEST).singleConsumer().deadLettersAfter(2))) {
            assertThatThrownBy(() -> segment.mine().create("q", type))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("leave out");
        }
        assertThat(segment.mine().objects()).isEmpty();
    }

    @Test
    void shouldNameTheOtherProducerAndConsumer() throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class).singleProducer();
        SharedQueue<String> first = segment.mine().create("q", type);
        SharedQueue<String> second = segment.theirs().open("q", type);
        first.put("a");
        assertThat(second.poll()).isEqualTo("a");
        for (ThrowingCallable way : List.<ThrowingCallable>of(
                () -> second.offer("b"),
                () -> second.tryClaim(1),
                () -> second.offerAll(List.of("b")),
                first::poll,
                first::take)) {
            assertThatThrownBy(way)
                    .isInstanceOf(EndpointTakenException.class)
                    .hasMessageContaining("'q'")
                    .hasMessageContaining("" + ProcessHandle.current().pid())
                    .hasMessageContaining("Wait until");
        }
        first.close();
        second.put("b");
        assertThat(second.poll()).isEqualTo("b");
    }

    @Test
    void shouldTellASingleProducerOfItsOpenClaim() throws InterruptedException {
        SharedQueue<String> queue =
                segment.mine().create("q", SharedQueue.of(String.class).singleProducer());
        Claim claim = queue.tryClaim(3);
        for (ThrowingCallable way : List.<ThrowingCallable>of(
                () -> queue.offer("b"), () -> queue.tryClaim(1), () -> queue.offerAll(List.of("b")))) {
            assertThatThrownBy(way)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'q'")
                    .hasMessageContaining("Commit or close it first");
        }
        claim.putByte(0, (byte) 'a').putByte(1, (byte) 'b').putByte(2, (byte) 'c');
        claim.commit();
        queue.put("d");
        assertThat(queue.take()).isEqualTo("abc");
        assertThat(queue.take()).isEqualTo("d");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldUseAClaimOnce(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        Claim claim = queue.tryClaim(2);
        for (ThrowingCallable outside : List.<ThrowingCallable>of(
                () -> claim.putByte(2, (byte) 0),
                () -> claim.putByte(-1, (byte) 0),
                () -> claim.putInt(0, 1),
                () -> claim.putLong(0, 1),
                () -> claim.putBytes(0, new byte[3], 0, 3))) {
            assertThatThrownBy(outside).isInstanceOf(IndexOutOfBoundsException.class);
        }
        claim.putByte(0, (byte) 'a').putByte(1, (byte) 'b').commit();
        assertThatThrownBy(claim::commit)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Take another");
        assertThatThrownBy(() -> claim.putByte(0, (byte) 0)).isInstanceOf(IndexOutOfBoundsException.class);
        claim.close();
        Claim aborted = queue.tryClaim(2);
        aborted.close();
        aborted.close();
        assertThatThrownBy(aborted::commit).isInstanceOf(IllegalStateException.class);
        assertThat(queue.poll()).isEqualTo("ab");
        assertThat(queue.poll()).isNull();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldCarryMessagesOfNoBytes(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("");
        queue.tryClaim(0).commit();
        assertThat(queue.offerAll(List.of("", "a"))).isTrue();
        assertThat(queue).containsExactly("", "", "", "a");
        List<Integer> lengths = new ArrayList<>();
        queue.drain(message -> lengths.add(message.length() + message.toBytes().length), 2);
        assertThat(lengths).containsExactly(0, 0);
        assertThat(queue.take()).isEmpty();
        assertThat(queue.take()).isEqualTo("a");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSendABatchWholeOrNotAtAll(QueueType<String> kind) {
        QueueType<String> type = kind.capacityBytes(1 << 16);
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        List<String> batch = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            batch.add("message " + i);
        }
        int sent = 0;
        while (sender.offerAll(batch)) {
            sent++;
        }
        assertThat(sent).isPositive();
        List<String> received = new ArrayList<>();
        assertThat(receiver.drainTo(received)).isEqualTo(100 * sent);
        for (int i = 0; i < sent; i++) {
            assertThat(received.subList(100 * i, 100 * i + 100)).isEqualTo(batch);
        }
        assertThat(sender.statistics().sent()).isEqualTo(100L * sent);
        List<String> enormous = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            enormous.addAll(batch);
        }
        assertThatThrownBy(() -> sender.offerAll(enormous))
                .isInstanceOf(MessageTooLargeException.class)
                .hasMessageContaining("larger capacityBytes");
        assertThatThrownBy(() -> sender.offerAll(List.of("a", "x".repeat(200 << 10))))
                .isInstanceOf(MessageTooLargeException.class)
                .hasMessageContaining("alone");
        assertThat(receiver.poll()).isNull();
    }

    @Test
    void shouldNoticeTwoThreadsAtOnceWhereThereIsOneProducer() throws InterruptedException {
        CountDownLatch encoding = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Codec<String> slow = new Codec<>() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public int size(String value) {
                return 1;
            }

            @Override
            public void encode(String value, ByteBuffer target) {
                encoding.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                target.put((byte) 1);
            }

            @Override
            public String decode(ByteBuffer source) {
                return "" + source.get();
            }
        };
        SharedQueue<String> queue =
                segment.mine().create("q", SharedQueue.of(slow).singleProducer());
        Thread other = new Thread(() -> queue.offer("a"));
        other.start();
        encoding.await();
        assertThatThrownBy(() -> queue.offer("b"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("take turns")
                .hasMessageContaining("without singleProducer()");
        goOn.countDown();
        other.join();
        assertThat(queue.offer("c")).isTrue();
        assertThat(queue.size()).isEqualTo(2);
    }
}
