package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFormatException;
import dev.shm.memory.Memory;
import dev.shm.testing.Threads;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a list does beyond what any list promises; in two mappings of one segment. */
class SharedListTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 20_000;

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    @Test
    void shouldTellIndicesThatAreNone() {
        SharedList<Long> list = segment.mine().create("list", SharedList.of(Long.class));
        assertThatThrownBy(() -> list.get(0))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("index 0 of a list of 0 elements");
        list.addAll(List.of(1L, 2L));
        for (int index : new int[] {-1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> list.get(index)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> list.set(index, 3L)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> list.remove(index)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> list.swap(0, index)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> list.updateAndGet(index, n -> n)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> list.compareAndSet(index, 1L, 2L)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> list.add(3, 3L)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> list.addAll(-1, List.of(3L))).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> list.subList(1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> list.listIterator(3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatNullPointerException().isThrownBy(() -> list.removeIf(null));
        assertThatNullPointerException().isThrownBy(() -> list.addAll(null));
        assertThat(list).containsExactly(1L, 2L);
    }

    @Test
    void shouldBeAsItWasWhenTheSegmentIsFull() {
        SharedList<byte[]> list = segment.mine().create("list", SharedList.of(byte[].class));
        list.add(new byte[] {1});
        long free = segment.mine().statistics().freeBytes();
        assertThatThrownBy(() -> list.addAll(0, List.of(new byte[20], new byte[(int) free], new byte[20])))
                .isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> list.set(0, new byte[(int) free])).isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> list.replaceAll(bytes -> new byte[(int) free]))
                .isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> list.add(new byte[1 << 30]))
                .isInstanceOf(OutOfSharedMemoryException.class)
                .hasMessageContaining("larger size");
        assertThat(list).containsExactly(new byte[] {1});
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
        int added = 0;
        try {
            for (; ; added++) {
                list.add(new byte[60_000]);
            }
        } catch (OutOfSharedMemoryException e) {
            assertThat(list).hasSize(added + 1);
        }
        assertThat(segment.mine().verify()).isEmpty();
        assertThat(list.remove(added)).hasSize(60_000);
        list.clear();
        assertThat(list).isEmpty();
        assertThat(segment.mine().statistics().freeBytes()).isGreaterThanOrEqualTo(free);
    }

    /** The chunks of an insertion do not fit, although the element does. */
    @Test
    void shouldBeAsItWasWhenThereIsNoRoomToMoveWhatIsBehind() {
        SharedList<Long> list = segment.mine().create("list", SharedList.of(Long.class));
        list.addAll(LongStream.range(0, 100_000).boxed().toList());
        SharedList<byte[]> filler = segment.theirs().create("filler", SharedList.of(byte[].class));
        for (int bytes = 1 << 20; bytes > 1 << 14; bytes /= 2) {
            try {
                for (; ; ) {
                    filler.add(new byte[bytes]);
                }
            } catch (OutOfSharedMemoryException e) {
                // As full as can be with such blocks.
            }
        }
        assertThatThrownBy(() -> list.add(0, -1L)).isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> list.remove(0)).isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> list.sort(Collections.reverseOrder())).isInstanceOf(OutOfSharedMemoryException.class);
        assertThat(list).hasSize(100_000);
        assertThat(list.get(0)).isZero();
        assertThat(list.remove(99_999)).isEqualTo(99_999L);
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
        assertThat(segment.mine().verify()).isEmpty();
    }

    @Test
    void shouldRemoveUnseenWhatItCannotRead() {
        SharedList<String> list = segment.mine().create("list", SharedList.of(Codecs.string()));
        list.addAll(List.of("a", "a text with a block"));
        SharedList<String> other = segment.theirs().open("list", SharedList.of(new Unreadable()));
        assertThatThrownBy(() -> other.get(1)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> other.remove(1)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> other.iterator().next()).isInstanceOf(CodecException.class);
        assertThat(list).hasSize(2);
        other.subList(1, 2).clear();
        assertThat(list).containsExactly("a");
    }

    private enum Colour {
        RED,
        GREEN
    }

    private record Point(int x, int y) {}

    private record Line(Point from, Point to) {}

    @Test
    void shouldHoldAnythingThatIsRegistered() {
        ListType<Object> type = SharedList.of(Codecs.kryo(Object.class, Point.class, Line.class, Colour.class));
        SharedList<Object> mine = segment.mine().create("list", type);
        SharedList<Object> theirs = segment.theirs().open("list", type);
        List<Object> all = new ArrayList<>(Arrays.asList(
                null,
                1L,
                "text",
                Colour.GREEN,
                new Point(1, 2),
                new Line(new Point(1, 2), new Point(3, 4)),
                List.of(1, "two", List.of(3L)),
                Map.of("a", Set.of(1L, 2L)),
                Map.of("colour", Colour.RED),
                new TreeMap<>(Map.of("b", new BigDecimal("1.50"))),
                LocalDate.of(2026, 2, 28),
                new UUID(1, 2)));
        mine.addAll(all);
        assertThat(theirs).isEqualTo(all);
        all.forEach(element ->
                assertThat(theirs.contains(element)).as("%s", element).isTrue());
        for (Object array : List.of(
                new int[] {1, 2},
                new long[] {3},
                new double[] {1.5},
                new boolean[] {true},
                new byte[] {4},
                new float[0],
                new short[] {5},
                new char[] {'6'})) {
            mine.set(0, array);
            assertThat(theirs.get(0)).isEqualTo(array);
            assertThat(theirs.indexOf(array))
                    .as("arrays are compared by content")
                    .isZero();
        }
        assertThat(theirs.contains(new StringBuilder("text"))).isFalse();
        assertThatThrownBy(() -> mine.add(new StringBuilder("text"))).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> mine.add(List.of(Thread.currentThread()))).isInstanceOf(CodecException.class);
        assertThat(mine).hasSize(all.size());
        assertThat(segment.theirs().open("list", SharedList.of(Object.class)).get(2))
                .as("where other classes are registered")
                .isEqualTo("text");
        assertThatThrownBy(() -> segment.theirs().open("list", SharedList.of(Codecs.kryo(Point.class))))
                .as("of another root")
                .isInstanceOf(ObjectTypeMismatchException.class);
    }

    @Test
    void shouldKeepMapsThatHoldAnything() {
        SharedMap<Object, Object> map = segment.mine().create("map", SharedMap.of(Object.class, Object.class));
        map.put(List.of(1, 2), Map.of("a", List.of(1L)));
        map.put("text", new int[] {1, 2});
        assertThat(map.get(List.of(1, 2))).isEqualTo(Map.of("a", List.of(1L)));
        assertThat(map.get("text")).isEqualTo(new int[] {1, 2});
        assertThat(map.replace("text", new int[] {1, 2}, 3)).isTrue();
        assertThat(map.get(new StringBuilder())).isNull();
        assertThat(map.containsKey(Thread.currentThread())).isFalse();
    }

    @Test
    void shouldRefuseAnotherType() {
        segment.mine().create("list", SharedList.of(String.class));
        assertThatThrownBy(() -> segment.theirs().open("list", SharedList.of(Long.class)))
                .isInstanceOf(ObjectTypeMismatchException.class)
                .hasMessageContaining("list of string")
                .hasMessageContaining("list of long");
    }

    @Test
    void shouldNotBeChangedByAFunctionThatChangesIt() {
        SharedList<Long> list = segment.mine().create("list", SharedList.of(Long.class));
        list.addAll(List.of(1L, 2L, 3L));
        assertThatThrownBy(() -> list.removeIf(element -> list.add(4L)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot be changed");
        assertThatThrownBy(() -> list.updateAndGet(0, element -> list.set(1, 7L)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> list.replaceAll(element -> {
                    list.close();
                    return element;
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> list.sort((one, other) -> {
                    throw new UnsupportedOperationException();
                }))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(list).containsExactly(1L, 2L, 3L);
        assertThat(list.removeIf(element -> list.contains(element + 1))).isTrue();
        assertThat(list).containsExactly(3L);
        Collection<Long> itself = list;
        assertThat(list.addAll(itself)).isTrue();
        assertThat(list).containsExactly(3L, 3L);
    }

    @Test
    void shouldIterateOverWhatIsThereWhenItIsDestroyed() {
        SharedList<Long> list = segment.mine().create("list", SharedList.of(Long.class));
        list.addAll(LongStream.range(0, 2_000).boxed().toList());
        Iterator<Long> all = list.iterator();
        assertThat(all.next()).isZero();
        assertThat(segment.theirs().destroy("list")).isTrue();
        for (long i = 1; i < 2_000; i++) {
            assertThat(all.next()).isEqualTo(i);
        }
        assertThat(all.hasNext()).isFalse();
        list.close();
        assertThatThrownBy(list::size).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(() -> list.get(0)).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(() -> list.add(1L)).isInstanceOf(SegmentClosedException.class);
        assertThat(list).hasToString("closed");
    }

    @Test
    void shouldGoOnWhereItWasIfTheElementToRemoveIsNotThere() {
        SharedList<String> mine = segment.mine().create("list", SharedList.of(String.class));
        SharedList<String> theirs = segment.theirs().open("list", SharedList.of(String.class));
        mine.addAll(List.of("a", "b", "c", "d"));
        ListIterator<String> all = mine.listIterator();
        assertThat(all.next()).isEqualTo("a");
        theirs.set(0, "x");
        all.remove();
        assertThat(mine).containsExactly("x", "b", "c", "d");
        assertThatThrownBy(all::remove).isInstanceOf(IllegalStateException.class);
        assertThat(all.nextIndex()).isEqualTo(1);
        assertThat(all.next()).isEqualTo("b");
        all.remove();
        assertThat(all.next()).isEqualTo("c");
        all.remove();
        assertThat(theirs).containsExactly("x", "d");
        assertThat(all.next()).isEqualTo("d");
        assertThat(all.previous()).isEqualTo("d");
        theirs.set(1, "y");
        all.remove();
        assertThat(all.previous()).isEqualTo("x");
        all.remove();
        assertThat(theirs).containsExactly("y");
    }

    private static final int MANY = 1_000;

    /** Two openings of a list of numbers; what the first one reads is watched. */
    private record Watched(SharedList<Long> list, SharedList<Long> theirs, WatchedLongs codec) {}

    private Watched watched() {
        WatchedLongs codec = new WatchedLongs();
        SharedList<Long> list = segment.mine().openOrCreate("list", SharedList.of(codec));
        SharedList<Long> theirs = segment.theirs().open("list", SharedList.of(new WatchedLongs()));
        theirs.clear();
        theirs.addAll(LongStream.range(0, MANY).boxed().toList());
        return new Watched(list, theirs, codec);
    }

    /** More than are copied at once: in the middle of each search others change what was read, or what was not yet. */
    @Test
    void shouldSearchAndCompareAtOneMoment() {
        Watched one = watched();
        SharedList<Long> list = one.list();
        Runnable removal = () -> one.theirs().subList(0, 100).clear();
        one.codec().whenRead(511, removal);
        assertThat(list.contains(600L)).isTrue();
        watched();
        one.codec().whenRead(511, removal);
        assertThat(list.indexOf(600L)).isEqualTo(500);
        watched();
        one.codec().whenRead(511, removal);
        assertThat(list.containsAll(List.of(700L, 600L, 500L))).isTrue();
        watched();
        one.codec().whenRead(511, removal);
        assertThat(list.subList(0, 900).contains(600L)).isTrue();
        watched();
        one.codec().whenRead(600, () -> one.theirs().addAll(0, Collections.nCopies(100, -1L)));
        assertThat(list.lastIndexOf(450L)).isEqualTo(550);

        List<Long> before = LongStream.range(0, MANY).boxed().toList();
        List<Long> after = before.subList(100, MANY);
        List<Long> mixed = new ArrayList<>(before.subList(0, 512));
        mixed.addAll(before.subList(612, MANY));
        watched();
        one.codec().whenRead(511, removal);
        assertThat(list.equals(mixed)).as("at no moment").isFalse();
        watched();
        one.codec().whenRead(511, removal);
        assertThat(list.hashCode()).isIn(before.hashCode(), after.hashCode());
        watched();
        one.codec().whenRead(511, removal);
        assertThat(list.toString()).isIn(before.toString(), after.toString());
    }

    @Test
    void shouldSearchAndCompareWhatOthersChangeAgainAndAgain() {
        Watched one = watched();
        SharedList<Long> list = one.list();
        List<Long> rotated = new ArrayList<>(list.snapshot());
        int[] changes = new int[1];
        one.codec().watch(read -> {
            if (read == 300 && changes[0]++ < 50) {
                one.theirs().add(0, one.theirs().remove(MANY - 1));
            }
        });
        assertThat(list.indexOf(2_000L)).isEqualTo(-1);
        assertThat(list.contains(299L)).isTrue();
        assertThat(list.lastIndexOf(2_000L)).isEqualTo(-1);
        assertThat(list.containsAll(rotated)).isTrue();
        assertThat(changes[0]).as("each search was disturbed more than once").isGreaterThan(8);
        one.codec().watch(read -> {});
        List<Long> now = list.snapshot();
        assertThat(now).hasSameElementsAs(rotated).isNotEqualTo(rotated);
        assertThat(list.equals(now)).isTrue();
        assertThat(list.equals(rotated)).isFalse();
        assertThat(list.equals(now.subList(0, MANY - 1))).isFalse();
        assertThat(list.subList(3, 700))
                .isEqualTo(now.subList(3, 700))
                .hasToString(now.subList(3, 700).toString());
        assertThat(list.subList(3, 700).hashCode())
                .isEqualTo(now.subList(3, 700).hashCode());
        assertThat(list.subList(3, 700).lastIndexOf(now.get(3))).isZero();
        assertThat(list.subList(3, 700).indexOf(now.get(2))).isEqualTo(-1);
        List<Long> part = list.subList(500, MANY);
        one.theirs().subList(600, MANY).clear();
        assertThatThrownBy(() -> part.contains(1L)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldTellOfDamage() {
        SharedList<String> list = segment.mine().create("list", SharedList.of(String.class));
        list.addAll(Collections.nCopies(1_000, "a text with a block of its own"));
        Memory memory = Bytes.memory(list);
        long base = Bytes.listBase(list);
        long spine = memory.getLong(base + ListLayout.SPINE);
        long size = memory.getLong(base + ListLayout.SIZE);
        for (long wrong : new long[] {1, -1, 1L << 35, size}) {
            memory.putLong(base + ListLayout.SPINE, wrong);
            assertThatThrownBy(() -> list.add("x")).isInstanceOf(SegmentFormatException.class);
            assertThatThrownBy(() -> list.get(3))
                    .isInstanceOf(SegmentFormatException.class)
                    .hasMessageContaining("Destroy it");
            assertThat(segment.theirs().verify()).isNotEmpty();
        }
        memory.putLong(base + ListLayout.SPINE, spine);
        for (long wrong : new long[] {-1, 1_000_000, Long.MAX_VALUE}) {
            memory.putLong(base + ListLayout.SIZE, wrong);
            assertThatThrownBy(() -> list.add("x")).isInstanceOf(SegmentFormatException.class);
            assertThatThrownBy(list::snapshot).isInstanceOf(SegmentFormatException.class);
        }
        memory.putLong(base + ListLayout.SIZE, size);
        assertThat(segment.theirs().verify()).isEmpty();
        memory.putLong(base + ListLayout.VERSION, 1);
        assertThat(list.get(3)).isEqualTo("a text with a block of its own");
        assertThat(list.snapshot()).hasSize(1_000);
    }

    @Test
    void shouldCountExactly() throws InterruptedException {
        ListType<Object> type = SharedList.of(Object.class);
        SharedList<Object> mine = segment.mine().create("list", type);
        SharedList<Object> theirs = segment.theirs().open("list", type);
        mine.addAll(List.of(0L, 0L, 0L));
        Threads.run(THREADS, (thread, random) -> {
            SharedList<Object> list = thread % 2 == 0 ? mine : theirs;
            for (int i = 0; i < ROUNDS; i++) {
                int index = random.nextInt(2);
                list.updateAndGet(index, n -> (Long) n + 1);
                if (i % 10 == 0) {
                    for (Object n = list.get(2); !list.compareAndSet(2, n, (Long) n + 1); ) {
                        n = list.get(2);
                    }
                    list.add(i % 20 == 0 ? "a text with a block of its own" : "short");
                }
            }
        });
        assertThat((Long) mine.get(0) + (Long) mine.get(1)).isEqualTo((long) THREADS * ROUNDS);
        assertThat(theirs.get(2)).isEqualTo((long) THREADS * ROUNDS / 10);
        assertThat(mine).hasSize(3 + THREADS * ROUNDS / 10);
        assertThat(segment.mine().verify()).isEmpty();
    }

    /** Each element is the same text again and again, and all of them are made and removed in pairs: half of a change would show. */
    @Test
    void shouldNeverShowHalfOfAChange() throws InterruptedException {
        ListType<String> type = SharedList.of(String.class);
        SharedList<String> mine = segment.mine().create("list", type);
        SharedList<String> theirs = segment.theirs().open("list", type);
        AtomicBoolean done = new AtomicBoolean();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Thread reader = new Thread(() -> {
            SplittableRandom random = new SplittableRandom(1);
            while (!done.get()) {
                List<String> all = mine.snapshot();
                assertThat(all.size() % 2).isZero();
                all.forEach(SharedListTest::check);
                theirs.forEach(SharedListTest::check);
                try {
                    check(theirs.get(random.nextInt(Math.max(1, all.size()))));
                } catch (IndexOutOfBoundsException e) {
                    // It is shorter by now.
                }
            }
        });
        reader.setUncaughtExceptionHandler((thread, e) -> failures.add(e));
        reader.start();
        Threads.run(2, (thread, random) -> {
            SharedList<String> list = thread % 2 == 0 ? mine : theirs;
            for (int i = 0; i < ROUNDS / 5; i++) {
                String one = text(random);
                String other = text(random);
                switch (random.nextInt(8)) {
                    case 0, 1 -> list.addAll(List.of(one, other));
                    case 2 -> list.addAll(0, List.of(one, other));
                    case 3 -> list.replaceAll(text -> text.length() > 50 ? one : other);
                    case 4 -> list.sort(null);
                    case 5 -> {
                        try {
                            list.subList(0, 2).clear();
                        } catch (IndexOutOfBoundsException e) {
                            // There was none.
                        }
                    }
                    case 6 -> {
                        if (random.nextInt(100) == 0) {
                            list.clear();
                        } else if (random.nextInt(20) == 0) {
                            list.addAll(Collections.nCopies(400, other));
                        }
                    }
                    default -> {
                        try {
                            list.set(0, one);
                        } catch (IndexOutOfBoundsException e) {
                            // There was none.
                        }
                    }
                }
            }
        });
        done.set(true);
        reader.join();
        assertThat(failures).isEmpty();
        assertThat(segment.mine().verify()).isEmpty();
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
    }

    private static String text(SplittableRandom random) {
        char letter = (char) ('a' + random.nextInt(26));
        return String.valueOf(letter).repeat(new int[] {3, 14, 60, 300}[random.nextInt(4)]);
    }

    private static void check(String text) {
        assertThat(text.length()).isIn(3, 14, 60, 300);
        assertThat(text).isEqualTo(text.substring(0, 1).repeat(text.length()));
    }

    @Test
    void shouldChangeAPartOfAPartWhollyOrNotAtAll() {
        ListType<Long> type = SharedList.of(Long.class);
        SharedList<Long> list = segment.mine().create("list", type);
        SharedList<Long> same = segment.theirs().open("list", type);
        list.addAll(LongStream.range(0, 20).boxed().toList());
        List<Long> before = list.snapshot();
        List<Long> outer = list.subList(2, 18);
        List<Long> inner = outer.subList(1, 13);
        assertThat(inner).isEqualTo(before.subList(3, 15));
        IllegalArgumentException refusal = new IllegalArgumentException("enough");
        List<Runnable> changes = List.of(
                () -> inner.replaceAll(n -> orThrow(n, refusal)),
                () -> inner.removeIf(n -> orThrow(n, refusal) >= 0),
                () -> inner.sort((a, b) -> Long.compare(orThrow(b, refusal), a)));
        for (Runnable change : changes) {
            assertThatThrownBy(change::run).isSameAs(refusal);
            assertThat(same).isEqualTo(before);
        }
        long version = versionOf(list);
        inner.sort(Collections.reverseOrder());
        assertThat(versionOf(list)).as("one change").isEqualTo(version + 2);
        assertThat(same.subList(3, 15)).isSortedAccordingTo(Collections.reverseOrder());
    }

    private static long orThrow(long number, RuntimeException refusal) {
        if (number == 9) {
            throw refusal;
        }
        return number;
    }

    private static long versionOf(SharedList<?> list) {
        Memory memory = list.handle().memory();
        return memory.getLong(ListLayout.base(list.handle().payload()) + ListLayout.VERSION);
    }

    @Test
    void shouldGrowAndShrinkWithAPartOfAPart() {
        SharedList<Long> list = segment.mine().create("list", SharedList.of(Long.class));
        list.addAll(LongStream.range(0, 10).boxed().toList());
        List<Long> outer = list.subList(2, 8);
        List<Long> inner = outer.subList(1, 4);
        inner.add(100L);
        inner.addAll(0, List.of(101L, 102L));
        inner.remove(Long.valueOf(4));
        assertThat(inner).containsExactly(101L, 102L, 3L, 5L, 100L);
        assertThat(outer).containsExactly(2L, 101L, 102L, 3L, 5L, 100L, 6L, 7L);
        ListIterator<Long> iterator = inner.listIterator(5);
        assertThat(iterator.previous()).isEqualTo(100);
        iterator.remove();
        iterator.add(103L);
        assertThat(iterator.nextIndex()).isEqualTo(5);
        assertThat(iterator.hasNext()).isFalse();
        inner.removeIf(n -> n > 102);
        inner.subList(0, 1).clear();
        assertThat(inner).containsExactly(102L, 3L, 5L);
        assertThat(outer).containsExactly(2L, 102L, 3L, 5L, 6L, 7L);
        assertThat(list).containsExactly(0L, 1L, 2L, 102L, 3L, 5L, 6L, 7L, 8L, 9L);
        inner.clear();
        assertThat(outer).containsExactly(2L, 6L, 7L);
        assertThatThrownBy(() -> outer.subList(2, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldRemoveByAnIteratorOfAPartOnlyWhatItShowed() {
        ListType<Long> type = SharedList.of(Long.class);
        SharedList<Long> list = segment.mine().create("list", type);
        SharedList<Long> same = segment.theirs().open("list", type);
        list.addAll(LongStream.range(0, 6).boxed().toList());
        List<Long> part = list.subList(2, 5);
        Iterator<Long> iterator = part.iterator();
        assertThat(iterator.next()).isEqualTo(2);
        same.set(2, 100L);
        iterator.remove();
        assertThat(same).containsExactly(0L, 1L, 100L, 3L, 4L, 5L);
        assertThat(iterator.next()).isEqualTo(3);
        iterator.remove();
        assertThat(iterator.next()).isEqualTo(4);
        assertThat(iterator.hasNext()).isFalse();
        assertThat(part).containsExactly(100L, 4L);
        same.subList(1, 5).clear();
        ListIterator<Long> beyond = part.listIterator();
        assertThat(beyond.hasNext()).isTrue();
        assertThatThrownBy(beyond::next).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> beyond.add(1L)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> part.listIterator(2).previous()).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(same).containsExactly(0L);
    }

    @Test
    void shouldShowWhatItsIteratorHasSetAndAdded() {
        SharedList<String> list = segment.mine().create("list", SharedList.of(String.class));
        for (int start = 0; start < 2; start++) {
            list.clear();
            list.addAll(List.of("a", "b", "c", "d"));
            for (ListIterator<String> iterator :
                    List.of(list.listIterator(start), list.subList(0, 4).listIterator(start))) {
                String first = iterator.next();
                assertThat(iterator.previous()).isEqualTo(first);
                iterator.set(first + "'");
                iterator.add("x");
                iterator.add("y");
                assertThat(iterator.next()).isEqualTo(first + "'");
                iterator.remove();
                assertThat(iterator.previous()).isEqualTo("y");
                iterator.remove();
                assertThat(iterator.previous()).isEqualTo("x");
                iterator.set(first);
                assertThat(iterator.next()).isEqualTo(first);
                assertThat(list).containsExactly("a", "b", "c", "d");
            }
        }
    }

    @Test
    void shouldGoOnBehindWhatItCannotReadInAPart() {
        SharedList<String> list = segment.mine().create("list", SharedList.of(String.class));
        list.addAll(List.of("a", "b", "c", "d"));
        SharedList<String> unreadable = segment.theirs().open("list", SharedList.of(new Unreadable()));
        Iterator<String> iterator = unreadable.subList(1, 3).iterator();
        assertThatThrownBy(iterator::next).isInstanceOf(CodecException.class);
        iterator.remove();
        assertThatThrownBy(iterator::next).isInstanceOf(CodecException.class);
        assertThat(iterator.hasNext()).isFalse();
        assertThat(list).containsExactly("a", "c", "d");
    }
}
