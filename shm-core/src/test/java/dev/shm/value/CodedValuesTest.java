package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.SharedType;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.TestDirectory;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Doubles, strings and references, each seen through two attachments: two mappings of the same pages, as in two processes. */
class CodedValuesTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 2_000;

    private record Point(int x, String name) {}

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory one;
    private SharedMemory two;

    @BeforeEach
    void attachTwice() {
        one = directory.segment("desk").create();
        two = directory.segment("desk").open();
    }

    @AfterEach
    void verifyAndClose() {
        assertThat(one.verify()).isEmpty();
        assertThat(one.deepStatistics().tentativeBytes()).isZero();
        two.close();
        one.close();
    }

    @Test
    void aDoubleIsChangedAtomically() {
        SharedDouble here = one.create("value", SharedDouble.type());
        SharedDouble there = two.open("value", SharedDouble.type());
        assertThat(here.get()).isZero();
        here.set(-1.5);
        assertThat(there.get()).isEqualTo(-1.5);
        there.setRelease(5);
        assertThat(here.getAndSet(6)).isEqualTo(5);
        assertThat(there.compareAndSet(5, 7)).isFalse();
        assertThat(there.compareAndSet(6, 7)).isTrue();
        assertThat(here.getAndAdd(0.5)).isEqualTo(7);
        assertThat(there.addAndGet(-10)).isEqualTo(-2.5);
        assertThat(here.updateAndGet(value -> value * 2)).isEqualTo(-5);
        assertThat(there.accumulateAndGet(7, Math::max)).isEqualTo(7);
        assertThat(here).hasToString("7.0");
    }

    @Test
    void aDoubleIsComparedAsItsEqualsDoes() {
        SharedDouble value = one.create("value", SharedDouble.type());
        value.set(Double.longBitsToDouble(0x7ff8_0000_0000_0123L));
        assertThat(value.compareAndSet(Double.NaN, 0.0))
                .as("every NaN is the same")
                .isTrue();
        assertThat(value.compareAndSet(-0.0, 1)).as("zeros have a sign").isFalse();
        assertThat(value.updateAndGet(before -> Double.NaN)).isNaN();
        assertThat(value.updateAndGet(before -> before))
                .as("NaN can be left as it is")
                .isNaN();
    }

    @Test
    void aStringIsReplacedAsAWhole() {
        SharedString here = one.create("value", SharedString.type());
        SharedString there = two.open("value", SharedString.type());
        assertThat(here.get()).isEmpty();
        for (String text :
                List.of("a", "EURO €€€€", "a", "x".repeat(100_000), "", "\0in the middle\0", "\uD83D\uDE00")) {
            here.set(text);
            assertThat(there.get()).isEqualTo(text);
            assertThat(there.utf8Length()).isEqualTo(text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
        }
        here.set("half \uD83D");
        assertThat(there.get()).isEqualTo("half ?");
        assertThat(there.getAndSet("one")).isEqualTo("half ?");
        assertThat(here.compareAndSet("two", "three")).isFalse();
        assertThat(here.compareAndSet("one", "")).isTrue();
        assertThat(here.compareAndSet("", "two")).isTrue();
        assertThat(there.updateAndGet(text -> text + "!")).isEqualTo("two!");
        assertThat(there.accumulateAndGet("?", String::concat)).isEqualTo("two!?");
        assertThat(here).hasToString("two!?");
    }

    @Test
    void aStringRefusesNullAndStaysAsItIs() {
        SharedString text = one.create("value", SharedString.type());
        text.set("here");
        assertThatNullPointerException().isThrownBy(() -> text.set(null));
        assertThatNullPointerException().isThrownBy(() -> text.getAndSet(null));
        assertThatNullPointerException().isThrownBy(() -> text.compareAndSet(null, ""));
        assertThatNullPointerException().isThrownBy(() -> text.compareAndSet("here", null));
        assertThatNullPointerException().isThrownBy(() -> text.updateAndGet(before -> null));
        assertThat(text.get()).isEqualTo("here");
    }

    @Test
    void aReferenceHoldsAnythingThatACodecKnows() {
        shouldHold("long", Long.class, 1L, Long.MIN_VALUE);
        shouldHold("text", String.class, "", "text");
        shouldHold("bytes", byte[].class, new byte[0], new byte[] {1, 2});
        shouldHold("instant", Instant.class, Instant.EPOCH, Instant.ofEpochSecond(7, 8));
        shouldHold("record", Point.class, new Point(1, "one"), new Point(2, "n".repeat(1000)));
        shouldHold("list", List.class, List.of(1L, "two"), new ArrayList<>(List.of(3)));
        shouldHold("map", Map.class, Map.of("a", 1), Map.of());
    }

    private <T> void shouldHold(String name, Class<T> type, T first, T second) {
        SharedType<SharedReference<T>> ofType = SharedReference.of(type);
        SharedReference<T> here = one.create(name, ofType);
        SharedReference<T> there = two.open(name, ofType);
        assertThat(here.get()).isNull();
        assertThat(here.compareAndSet(second, first)).isFalse();
        assertThat(here.compareAndSet(null, first)).isTrue();
        assertThat(there.get()).isEqualTo(first);
        assertThat(there.compareAndSet(second, null)).isFalse();
        assertThat(there.compareAndSet(first, second))
                .as(name + " is compared by content")
                .isTrue();
        assertThat(here.getAndSet(first)).isEqualTo(second);
        assertThat(here.updateAndGet(value -> Objects.deepEquals(value, first) ? second : first))
                .isEqualTo(second);
        assertThat(there.accumulateAndGet(first, (value, argument) -> argument)).isEqualTo(first);
        there.set(null);
        assertThat(here.get()).isNull();
        assertThat(here.getAndSet(null)).isNull();
        assertThat(here).hasToString("null");
    }

    @Test
    void aReferenceToAnotherTypeIsRefused() {
        one.create("value", SharedReference.of(Long.class));
        assertThatThrownBy(() -> two.open("value", SharedReference.of(String.class)))
                .isInstanceOf(ObjectTypeMismatchException.class)
                .hasMessageContaining("reference to long")
                .hasMessageContaining("reference to string");
        assertThatThrownBy(() -> two.open("value", SharedString.type()))
                .isInstanceOf(ObjectTypeMismatchException.class);
    }

    @Test
    void nothingChangesWhenTheSegmentIsFull() {
        SharedReference<byte[]> value = one.create("value", SharedReference.of(byte[].class));
        value.set(new byte[] {1});
        assertThatThrownBy(() -> value.set(new byte[1 << 30]))
                .isInstanceOf(OutOfSharedMemoryException.class)
                .hasMessageContaining("larger size");
        long free = one.statistics().freeBytes();
        assertThatThrownBy(() -> value.compareAndSet(new byte[] {1}, new byte[(int) free]))
                .isInstanceOf(OutOfSharedMemoryException.class);
        assertThat(value.get()).containsExactly(1);
        SharedString text = one.create("text", SharedString.type());
        assertThatThrownBy(() -> text.set("x".repeat((int) free))).isInstanceOf(OutOfSharedMemoryException.class);
        assertThat(text.get()).isEmpty();
    }

    /** As large as it says, and fails to read. */
    private static final Codec<String> UNREADABLE = new Codec<>() {
        @Override
        public String name() {
            return "string";
        }

        @Override
        public int size(String value) {
            return UNKNOWN_SIZE;
        }

        @Override
        public void encode(String value, ByteBuffer target) {
            Codecs.string().encode(value, target);
        }

        @Override
        public String decode(ByteBuffer source) {
            throw new CodecException("not in this process");
        }
    };

    /** Of a size that nobody knows before it is encoded. */
    private record Blob(byte[] bytes) {}

    @Test
    void aValueIsRefusedOnlyIfNoBlockIsLargeEnough() {
        SharedReference<Blob> reference = one.create("reference", SharedReference.of(Blob.class));
        int most = (int) one.statistics().largestFreeBlock();
        // In between are the sizes that are no power of two, nor that of the largest block.
        for (int bytes = most / 2; bytes < most - 100; bytes += most / 20) {
            reference.set(new Blob(new byte[bytes]));
            assertThat(Objects.requireNonNull(reference.get()).bytes()).hasSize(bytes);
            reference.set(null);
        }
        assertThatThrownBy(() -> reference.set(new Blob(new byte[2 * most])))
                .isInstanceOf(OutOfSharedMemoryException.class)
                .hasMessageContaining("larger than the largest block that this segment could have");
        assertThat(reference.get()).isNull();
    }

    @Test
    void aValueThatCannotBeReadStaysUntilItIsSet() {
        SharedReference<String> readable = one.create("value", SharedReference.of(Codecs.string()));
        SharedReference<String> unreadable = two.open("value", SharedReference.of(UNREADABLE));
        unreadable.set("x".repeat(1_000));
        assertThatThrownBy(unreadable::get).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> unreadable.getAndSet("new")).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> unreadable.compareAndSet("x", "new")).isInstanceOf(CodecException.class);
        assertThat(readable.get()).isEqualTo("x".repeat(1_000));
        unreadable.set("new");
        assertThat(readable.get()).isEqualTo("new");
    }

    @Test
    void aClosedOneSaysSo() {
        SharedReference<String> value = one.create("value", SharedReference.of(String.class));
        SharedDouble number = one.create("number", SharedDouble.type());
        value.close();
        number.close();
        assertThatThrownBy(value::get).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(() -> value.set("x")).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(number::get).isInstanceOf(SegmentClosedException.class);
        assertThat(value).hasToString("closed");
        assertThat(number).hasToString("closed");
    }

    @Test
    void noUpdateIsLost() throws Exception {
        one.create("double", SharedDouble.type());
        one.create("text", SharedString.type());
        one.create("point", SharedReference.of(Point.class)).set(new Point(0, ""));
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SharedMemory memory = i % 2 == 0 ? one : two;
            Thread thread = new Thread(() -> {
                SharedDouble number = memory.open("double", SharedDouble.type());
                SharedString text = memory.open("text", SharedString.type());
                SharedReference<Point> point = memory.open("point", SharedReference.of(Point.class));
                for (int round = 0; round < ROUNDS; round++) {
                    number.addAndGet(0.5);
                    if (round % 10 == 0) {
                        text.accumulateAndGet("x", String::concat);
                        Point after = point.updateAndGet(at -> new Point(at.x() + 1, "n".repeat(at.x() % 50 + 1)));
                        assertThat(after.name()).hasSize((after.x() - 1) % 50 + 1);
                    }
                }
            });
            thread.setUncaughtExceptionHandler((at, e) -> failures.add(e));
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(one.open("double", SharedDouble.type()).get()).isEqualTo(THREADS * ROUNDS * 0.5);
        assertThat(one.open("text", SharedString.type()).get()).hasSize(THREADS * ROUNDS / 10);
        assertThat(one.open("point", SharedReference.of(Point.class)).get().x()).isEqualTo(THREADS * ROUNDS / 10);
    }

    @Property(tries = 60)
    void shouldReadWhatWasWritten(@ForAll String text, @ForAll double number) {
        try (TestDirectory place = TestDirectory.create();
                SharedMemory memory = place.segment("desk").create();
                SharedString shared = memory.create("text", SharedString.type());
                SharedDouble aDouble = memory.create("double", SharedDouble.type())) {
            shared.set(text);
            assertThat(shared.get())
                    .isEqualTo(new String(
                            text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                            java.nio.charset.StandardCharsets.UTF_8));
            aDouble.set(number);
            assertThat(aDouble.get()).isEqualTo(number);
        }
    }
}
