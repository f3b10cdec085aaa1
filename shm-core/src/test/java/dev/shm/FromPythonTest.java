package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedMap;
import dev.shm.error.CodecException;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedString;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What whoever comes from the packages for Python is used to take care of, and need not here; see docs/from-python.md. */
class FromPythonTest {

    private static final long WATCHDOG_SECONDS = 60;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory one;
    private SharedMemory two;

    @BeforeEach
    void open() {
        one = directory.segment("desk").create();
        two = directory.segment("desk").open();
    }

    @AfterEach
    void close() {
        two.close();
        one.close();
    }

    @Test
    void shouldAppendToAListPastEveryBorderOfItsRoom() {
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        SharedList<Object> there = two.open("list", SharedList.of(Object.class));
        List<Object> expected = new ArrayList<>();
        for (int i = 0; i < 1_100; i++) {
            Object value = i % 3 == 0 ? (Object) i : i % 3 == 1 ? (Object) (i % 2 == 0) : "element " + i;
            list.add(value);
            expected.add(value);
            assertThat(there).hasSize(i + 1);
            assertThat(there.get(i)).isEqualTo(value).hasSameClassAs(value);
        }
        assertThat(there).isEqualTo(expected);
        assertThat(there.subList(30, 35)).isEqualTo(expected.subList(30, 35));
    }

    @Test
    void shouldAnswerAsListsDo() {
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        list.addAll(List.of(3L, 1.5, true, 2L));
        assertThat(list.contains(1.5)).isTrue();
        assertThat(list.contains(-3L)).isFalse();
        assertThat(list.contains(1L)).as("true is no number").isFalse();
        list.removeAll(List.of(true, 1.5));
        list.sort(Comparator.comparing(value -> (Long) value));
        assertThat(list).containsExactly(2L, 3L);
        list.addAll(List.copyOf(list));
        assertThat(list).containsExactly(2L, 3L, 2L, 3L);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> list.get(-1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> list.add(100, 1L));
        assertThat(list).hasSize(4);
    }

    @Test
    void shouldHaveOneSizeForAllWhoLook() {
        SharedMap<String, Integer> here = one.create("map", SharedMap.of(String.class, Integer.class));
        SharedMap<String, Integer> there = two.open("map", SharedMap.of(String.class, Integer.class));
        for (int i = 0; i < 100; i++) {
            (i % 2 == 0 ? here : there).put("key " + i, i);
            assertThat(here).hasSize(i + 1);
            assertThat(there).hasSize(i + 1);
        }
    }

    @Test
    void shouldShowNothingOfALongerValueThatWasThereBefore() {
        SharedString text = one.create("text", SharedString.type());
        SharedString textThere = two.open("text", SharedString.type());
        text.set("€€€€");
        text.set("a");
        assertThat(textThere.get()).isEqualTo("a");
        text.set("\0between\0");
        assertThat(textThere.get()).isEqualTo("\0between\0");
        text.set("");
        assertThat(textThere.get()).isEmpty();
        SharedBytes bytes = one.create("bytes", SharedBytes.type());
        bytes.set(new byte[] {1, 2, 3, 4, 5, 6});
        byte[] before = bytes.get();
        bytes.set(new byte[] {9});
        assertThat(bytes.get()).containsExactly(9);
        assertThat(before).as("a copy").containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void shouldLeaveWhatIsSharedAsItIs() {
        Map<String, Object> lines = new HashMap<>(Map.of("lines", new ArrayList<>(List.of(1, 2))));
        Shared<Map<String, Object>> shared = one.share(lines);
        shared.get().put("more", 1);
        assertThat(lines).isExactlyInstanceOf(HashMap.class).hasSize(1);
        assertThat(lines.get("lines")).isExactlyInstanceOf(ArrayList.class).isEqualTo(List.of(1, 2));
        Shared<ArrayDeque<Integer>> deque = one.share(new ArrayDeque<>(List.of(1, 2, 3)));
        assertThat(deque.copy()).containsExactly(1, 2, 3);
    }

    @Test
    void shouldGiveTheLatestOnlyToWhoeverWaitsForIt() throws Exception {
        SharedDeque<String> here =
                one.create("latest", SharedDeque.of(String.class).maxLength(1).evicting());
        SharedDeque<String> there =
                two.open("latest", SharedDeque.of(String.class).maxLength(1).evicting());
        Future<String> waits = CompletableFuture.supplyAsync(() -> {
            try {
                return there.takeFirst();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        here.addLast("first");
        assertThat(waits.get(WATCHDOG_SECONDS, TimeUnit.SECONDS)).isEqualTo("first");
        here.addLast("second");
        here.addLast("third");
        assertThat(there.peekFirst()).isEqualTo("third");
        assertThat(there.pollFirst()).isEqualTo("third");
        assertThat(there.pollFirst()).isNull();
    }

    @Test
    void shouldTellHowFullAQueueIs() {
        SharedQueue<byte[]> here = one.create("q", SharedQueue.of(byte[].class).capacityBytes(1 << 16));
        SharedQueue<byte[]> there = two.open("q", SharedQueue.of(byte[].class).capacityBytes(1 << 16));
        int room = here.remainingCapacity();
        while (here.offer(new byte[1_000])) {
            assertThat(there.remainingCapacity()).isLessThan(room);
        }
        assertThat(there.statistics().usedBytes())
                .isGreaterThan(there.statistics().capacityBytes() * 95 / 100);
        assertThat(there.peek()).hasSize(1_000);
        int size = there.size();
        there.clear();
        assertThat(size).isGreaterThan(50);
        assertThat(here.remainingCapacity()).isEqualTo(room);
        assertThat(here.statistics().usedBytes()).isZero();
    }

    static Stream<Arguments> withoutAForm() {
        String ofTheJdk = "send what it stands for, or write a Codec";
        Supplier<String> lambda = () -> "lambda";
        return Stream.of(
                Arguments.of(Path.of("file"), ofTheJdk),
                Arguments.of(IntStream.range(0, 3), ofTheJdk),
                Arguments.of(new IllegalStateException("what went wrong"), ofTheJdk),
                Arguments.of(Thread.currentThread(), ofTheJdk),
                Arguments.of(new AtomicInteger(1), ofTheJdk),
                Arguments.of(new Object(), ofTheJdk),
                Arguments.of(FromPythonTest.class, ofTheJdk),
                Arguments.of(new StringBuilder("text"), ofTheJdk),
                Arguments.of(lambda, "has no name that another process knows"),
                Arguments.of(new Unknown(1), "write Codecs.kryo(Object.class, FromPythonTest.Unknown.class)"));
    }

    record Unknown(int number) {}

    @ParameterizedTest
    @MethodSource("withoutAForm")
    void shouldSayWhatToDoWithAnElementThatHasNoForm(Object value, String advice) {
        SharedMap<String, Object> map = one.create("map", SharedMap.of(String.class, Object.class));
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        map.put("key", "as it was");
        list.add("as it was");
        long used = one.deepStatistics().usedBytes();
        for (Runnable change : List.<Runnable>of(
                () -> map.put("key", value),
                () -> map.put("other", value),
                () -> list.add(value),
                () -> list.set(0, value),
                () -> list.addAll(Arrays.asList(1, value)))) {
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(change::run)
                    .withMessageContaining(value.getClass().getName())
                    .withMessageContaining(advice);
        }
        assertThat(map).isEqualTo(Map.of("key", "as it was"));
        assertThat(list).containsExactly("as it was");
        assertThat(one.deepStatistics().usedBytes()).isEqualTo(used);
    }
}
