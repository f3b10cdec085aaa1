package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.SegmentFormatException;
import dev.shm.memory.Memory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rings that somebody wrote into who should not: told, and neither a hang nor gigabytes. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedRingTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds().map(type -> type.capacityBytes(1 << 16));
    }

    static Stream<QueueType<String>> slotKinds() {
        return kinds().filter(type -> !type.toString().contains("single producer"));
    }

    private static void assertTold(ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOf(SegmentFormatException.class)
                .hasMessageContaining("damaged at position")
                .hasMessageContaining("create it anew");
    }

    private static void assertReceiversAreTold(SharedQueue<String> queue) {
        for (Consumer<SharedQueue<String>> way :
                List.<Consumer<SharedQueue<String>>>of(SharedQueue::peek, q -> q.drain(message -> {}, 1_000))) {
            assertTold(() -> way.accept(queue));
        }
    }

    @ParameterizedTest
    @MethodSource("slotKinds")
    void shouldTellOfAWordWithoutASpan(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("a");
        SlotRing ring = (SlotRing) queue.opening.rings[0];
        Memory memory = queue.opening.memory;
        memory.putLong(ring.controlAddress(ring.head()), ControlWord.withSpan(ring.word(ring.head()), 0));
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        assertReceiversAreTold(receiver);
        assertTold(() -> receiver.poll(1, TimeUnit.DAYS));
        // One who has not sent yet begins at the head.
        assertTold(() -> receiver.offer("b"));
        assertTold(queue::statistics);
    }

    @ParameterizedTest
    @MethodSource("slotKinds")
    void shouldWriteOverAWordOfALapThatHasNotBegun(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SlotRing ring = (SlotRing) queue.opening.rings[0];
        Memory memory = queue.opening.memory;
        long head = ring.head();
        // A word this far ahead looks like one that is 2^28 laps old, and means as much: nothing.
        memory.putLong(
                ring.controlAddress(head),
                ControlWord.word(head / ring.units + 5, 1, 0, 0, false, ControlWord.COMMITTED));
        assertThat(queue.poll()).isNull();
        assertThat(queue.statistics().depth()).isZero();
        queue.put("a");
        assertThat(queue.take()).isEqualTo("a");
    }

    @ParameterizedTest
    @MethodSource("slotKinds")
    void shouldTellOfAnEndThatIsFarAway(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SlotRing ring = (SlotRing) queue.opening.rings[0];
        for (int i = 0; i < 20; i++) {
            queue.put("a");
        }
        queue.opening.memory.putLong(ring.tailAddress, ring.head() + 3 * ring.units);
        // Where the end is said to be matters to those who are far behind it.
        queue.put("a");
        SharedQueue<String> other = segment.theirs().open("q", type);
        assertTold(() -> other.put("a"));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldTellOfAnImpossibleLength(QueueType<String> type) throws InterruptedException {
        for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 30, 200_000}) {
            SharedQueue<String> queue = segment.mine().create("q" + length, type);
            queue.put("a");
            Ring ring = queue.opening.rings[0];
            Memory memory = queue.opening.memory;
            long address = ring.address(ring.head());
            long word = memory.getLong(address);
            memory.putLong(address, RecordLayout.word(length, 0, RecordLayout.flags(word)));
            assertReceiversAreTold(segment.theirs().open(queue.name(), type));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldTellOfALengthThatTheBlockDoesNotHave(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("x".repeat(200_000));
        Ring ring = queue.opening.rings[0];
        Memory memory = queue.opening.memory;
        long address = ring.address(ring.head());
        long word = memory.getLong(address);
        memory.putLong(address, RecordLayout.word(300_000_000, 0, RecordLayout.flags(word)));
        assertReceiversAreTold(segment.theirs().open("q", type));
    }

    private static final int LARGE = 2_200_000;

    private static QueueType<String> withRoomForLarge(QueueType<String> type) {
        return type.capacityBytes(8 << 20);
    }

    /** A large message, a small one, and two large ones; returns where the small one is. */
    private static long putLargeOnes(SharedQueue<String> queue) throws InterruptedException {
        queue.put("x".repeat(LARGE));
        Ring ring = queue.opening.rings[0];
        long small = ring.head() + ring.span(ring.head());
        queue.put("small");
        queue.put("y".repeat(LARGE));
        queue.put("z".repeat(LARGE));
        return small;
    }

    private void assertDestroyed(SharedQueue<String> queue, long usedBefore, int blocksLeft) {
        assertThat(segment.mine().destroy("q")).isTrue();
        queue.close();
        assertThat(segment.mine().objects()).isEmpty();
        long left = segment.mine().deepStatistics().usedBytes() - usedBefore;
        assertThat(left / LARGE).isEqualTo(blocksLeft);
        assertThat(segment.mine().deepStatistics().queuedBytes()).isEqualTo(left);
    }

    @ParameterizedTest
    @MethodSource("slotKinds")
    void shouldFreeAllBlocksOfARingThatIsDestroyedWithABrokenChain(QueueType<String> kind) throws InterruptedException {
        long before = segment.mine().deepStatistics().usedBytes();
        SharedQueue<String> queue = segment.mine().create("q", withRoomForLarge(kind));
        long small = putLargeOnes(queue);
        SlotRing ring = (SlotRing) queue.opening.rings[0];
        queue.opening.memory.putLong(ring.controlAddress(small), ControlWord.withSpan(ring.word(small), 0));
        assertDestroyed(queue, before, 0);
    }

    @Test
    void shouldFreeBlocksBeforeTheDamageWhenADenseRingIsDestroyed() throws InterruptedException {
        long before = segment.mine().deepStatistics().usedBytes();
        SharedQueue<String> queue = segment.mine()
                .create("q", withRoomForLarge(SharedQueue.of(String.class)).singleProducer());
        long small = putLargeOnes(queue);
        Ring ring = queue.opening.rings[0];
        queue.opening.memory.putLong(ring.address(small), RecordLayout.word(Integer.MAX_VALUE, 0, 0));
        assertDestroyed(queue, before, 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 50, 3L << 20, -1})
    void shouldDestroyADenseRingWithAnImpossibleTail(long beyond) throws InterruptedException {
        long before = segment.mine().deepStatistics().usedBytes();
        SharedQueue<String> queue = segment.mine()
                .create("q", withRoomForLarge(SharedQueue.of(String.class)).singleProducer());
        putLargeOnes(queue);
        Ring ring = queue.opening.rings[0];
        queue.opening.memory.putLong(ring.tailAddress, ring.head() + beyond);
        assertDestroyed(queue, before, beyond > 0 ? 0 : 3);
    }

    @Test
    void shouldLetGoOfTheConsumersPlaceInADamagedRing() throws InterruptedException {
        QueueType<String> type =
                SharedQueue.of(String.class).capacityBytes(1 << 16).singleConsumer();
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("a");
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        Delivery<String> lent = receiver.receive(Duration.ZERO);
        assertThat(lent).isNotNull();
        SlotRing ring = (SlotRing) queue.opening.rings[0];
        queue.opening.memory.putLong(ring.controlAddress(ring.head()), ControlWord.withSpan(ring.word(ring.head()), 0));
        receiver.close();
        assertReceiversAreTold(segment.theirs().open("q", type));
    }

    @Test
    void shouldTellOfATailThatIsImpossibleInADenseRing() throws InterruptedException {
        QueueType<String> type =
                SharedQueue.of(String.class).capacityBytes(1 << 16).singleProducer();
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("a");
        Ring ring = queue.opening.rings[0];
        for (long tail : new long[] {ring.head() + 1, ring.head() + 3 * ring.units, Long.MAX_VALUE >> 4}) {
            queue.opening.memory.putLong(ring.tailAddress, tail);
            SharedQueue<String> receiver = segment.theirs().open("q", type);
            assertTold(() -> receiver.drain(message -> {}, Integer.MAX_VALUE));
            receiver.close();
        }
    }
}
