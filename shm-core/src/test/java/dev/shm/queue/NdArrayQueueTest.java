package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.error.MessageTooLargeException;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedArray;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Arrays as messages: of any type and shape, in any order, none of them lost, changed or seen twice. */
class NdArrayQueueTest {

    private static final QueueType<NdArray> TYPE =
            SharedQueue.of(Codecs.ndArrays()).capacityBytes(1 << 16);
    private static final long WATCHDOG_SECONDS = 60;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private static NdArray random(Random random, int index) {
        ElementType type = ElementType.values()[random.nextInt(ElementType.values().length)];
        int[] shape = new int[random.nextInt(4)];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = random.nextInt(9);
        }
        NdArray.Builder builder = NdArray.builder(type, shape);
        for (int i = 0; i < builder.length(); i++) {
            builder.setLong(i, random.nextInt(2));
        }
        return builder.build().withIndex(index).withTimestamp(Instant.ofEpochSecond(index, index));
    }

    /** Sends arrays that {@link #random} makes, numbered from {@code producer * count} on. */
    private static Thread sender(SharedQueue<NdArray> out, int producer, int count) {
        return new Thread(() -> {
            Random random = new Random(producer);
            for (int i = 0; i < count; i++) {
                try {
                    out.put(random(random, producer * count + i));
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    @Test
    void shouldCarryMixedShapesInAnyOrder() throws InterruptedException {
        try (SharedMemory memory = directory.segment("desk").create();
                SharedMemory other = directory.segment("desk").open()) {
            SharedQueue<NdArray> out = memory.create("arrays", TYPE);
            SharedQueue<NdArray> in = other.open("arrays", TYPE);
            int count = 2_000;
            Thread sender = sender(out, 0, count);
            sender.start();
            Random random = new Random(0);
            for (int i = 0; i < count; i++) {
                NdArray found = in.poll(WATCHDOG_SECONDS, TimeUnit.SECONDS);
                assertThat(found).isEqualTo(random(random, i));
            }
            sender.join();
            assertThat(in.isEmpty()).isTrue();
        }
    }

    @Test
    void shouldHoldAsManyAsFitBeforeAndAfterTheFirstIsRead() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedQueue<NdArray> queue = memory.create("arrays", TYPE);
            NdArray array = NdArray.of(new double[100]);
            int most = 0;
            while (queue.offer(array)) {
                most++;
            }
            assertThat(queue).hasSize(most);
            for (int i = 0; i < 3; i++) {
                assertThat(queue.poll()).isEqualTo(array);
                assertThat(queue.offer(array)).isTrue();
                assertThat(queue.offer(array)).isFalse();
            }
            queue.clear();
            assertThat(queue).isEmpty();
        }
    }

    @Test
    void shouldBeWrittenAndReadInPlace() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedQueue<NdArray> queue = memory.create("arrays", TYPE);
            int[] shape = {3, 5};
            try (Claim claim = queue.tryClaim(NdArray.messageBytes(ElementType.FLOAT32, shape))) {
                assertThat(claim).isNotNull();
                NdArray.write(claim.buffer(), ElementType.FLOAT32, Instant.EPOCH, 4, shape)
                        .asFloatBuffer()
                        .put(14, 2.5f);
                claim.commit();
            }
            queue.offer(NdArray.of(new int[] {1, 2}));
            List<NdArray> kept = new ArrayList<>();
            queue.drain(
                    message -> {
                        NdArray array = NdArray.inPlace(message.buffer());
                        if (array.elementType() == ElementType.FLOAT32) {
                            assertThat(array.asFloatBuffer().isDirect()).isTrue();
                            assertThat(array.getDouble(2, 4)).isEqualTo(2.5);
                            assertThat(array.index()).isEqualTo(4);
                        }
                        kept.add(array.copy());
                    },
                    10);
            assertThat(kept).extracting(NdArray::toString).containsExactly("FLOAT32[3, 5]", "INT32[2]");
        }
    }

    @Test
    void shouldNotShowAnArrayThatIsOverwrittenLater() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedQueue<NdArray> queue = memory.create("arrays", TYPE);
            queue.offer(NdArray.of(new int[] {1}));
            NdArray found = queue.poll();
            for (int i = 0; i < 5_000; i++) {
                queue.offer(NdArray.of(new int[] {54}));
                queue.poll();
            }
            assertThat(found.longAt(0)).isEqualTo(1);
        }
    }

    @Test
    void shouldCarryTheArraysOfSeveralProducersWholeAndOnce() throws InterruptedException {
        int producers = 3;
        int count = 700;
        try (SharedMemory memory = directory.segment("desk").create();
                SharedMemory other = directory.segment("desk").open()) {
            SharedQueue<NdArray> in = memory.create("arrays", TYPE);
            SharedQueue<NdArray> out = other.open("arrays", TYPE);
            List<Thread> threads = new ArrayList<>();
            List<Random> expected = new ArrayList<>();
            for (int i = 0; i < producers; i++) {
                threads.add(sender(out, i, count));
                expected.add(new Random(i));
            }
            threads.forEach(Thread::start);
            int[] next = new int[producers];
            for (int i = 0; i < producers * count; i++) {
                NdArray found = in.poll(WATCHDOG_SECONDS, TimeUnit.SECONDS);
                int producer = (int) found.index() / count;
                int index = producer * count + next[producer]++;
                assertThat(found).isEqualTo(random(expected.get(producer), index));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(in.isEmpty()).isTrue();
        }
    }

    @Test
    void shouldSayWhenAnArrayIsTooLarge() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedQueue<NdArray> queue = memory.create("arrays", TYPE);
            assertThatExceptionOfType(MessageTooLargeException.class)
                    .isThrownBy(() -> queue.offer(NdArray.of(new double[1 << 20])));
            assertThat(queue).isEmpty();
        }
    }

    @Test
    void shouldCarryWhatIsNotInOnePieceAndWhatHasNoElements() {
        try (SharedMemory memory = directory.segment("desk").create();
                SharedMemory other = directory.segment("desk").open()) {
            SharedQueue<NdArray> out = memory.create("arrays", TYPE);
            SharedQueue<NdArray> in = other.open("arrays", TYPE);
            SharedArray table = memory.create("table", SharedArray.of(ElementType.INT16, 2, 3));
            table.copyFrom(NdArray.of(new short[] {1, 2, 3, 4, 5, 6}, 2, 3));
            out.add(table.view().transpose().toNdArray());
            out.add(table.view().slice(1, 2, -1, -2).toNdArray());
            out.add(NdArray.builder(ElementType.FLOAT64).setDouble(0, 1.5).build());
            out.add(NdArray.of(new int[0], 3, 0));
            NdArray columns = in.remove();
            assertThat(columns.shape()).containsExactly(3, 2);
            assertThat(columns.toLongArray()).containsExactly(1, 4, 2, 5, 3, 6);
            assertThat(in.remove().toLongArray()).containsExactly(3, 1, 6, 4);
            NdArray number = in.remove();
            assertThat(number.rank()).isZero();
            assertThat(number.getDouble()).isEqualTo(1.5);
            assertThat(in.remove().shape()).containsExactly(3, 0);
        }
    }

    @Test
    void shouldHaveTheTimeAtWhichItWasMadeOrTheOneThatItIsGiven() throws InterruptedException {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedQueue<NdArray> queue = memory.create("arrays", TYPE);
            Instant before = Instant.now();
            queue.put(NdArray.of(new int[] {1}));
            queue.put(NdArray.of(new int[] {2}).withTimestamp(Instant.EPOCH).withIndex(7));
            try (Delivery<NdArray> first = queue.receive(Duration.ZERO);
                    Delivery<NdArray> second = queue.receive(Duration.ZERO)) {
                assertThat(first.payload().timestamp()).isBetween(before, Instant.now());
                assertThat(first.payload().index()).isZero();
                assertThat(second.payload().timestamp()).isEqualTo(Instant.EPOCH);
                assertThat(second.payload().index()).isEqualTo(7);
                assertThat(second.timestamp())
                        .as("of sending")
                        .isBetween(before.toEpochMilli(), System.currentTimeMillis());
                first.ack();
                second.ack();
            }
        }
    }

    record Quote(String symbol, double bid, double ask) {}

    /** What an array of structures is in NumPy. */
    @Test
    void shouldHaveRecordsWhereElementsHaveFields() {
        try (SharedMemory memory = directory.segment("desk").create();
                SharedMemory other = directory.segment("desk").open()) {
            QueueType<Quote[]> type = SharedQueue.of(Quote[].class).capacityBytes(1 << 16);
            Quote[] quotes = {new Quote("A", 1.5, 2), new Quote("B", 3, Double.NaN)};
            memory.create("quotes", type).add(quotes);
            assertThat(other.open("quotes", type).remove()).containsExactly(quotes);
        }
    }
}
