package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.Watchdog;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a deque does beyond what any queue promises; in two mappings of one segment. */
class SharedDequeTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    private static Thread start(ConcurrentLinkedQueue<Throwable> failures, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failures.add(e);
            }
        });
        thread.start();
        return thread;
    }

    private interface Work {
        void run() throws Exception;
    }

    @Test
    void shouldAnswerWhenFull() throws InterruptedException {
        SharedDeque<Long> deque =
                segment.mine().create("deque", SharedDeque.of(Long.class).maxLength(2));
        deque.add(1L);
        deque.addFirst(0L);
        assertThat(deque.offer(2L)).isFalse();
        assertThat(deque.offerFirst(2L)).isFalse();
        assertThat(deque.offerLast(2L, 5, TimeUnit.MILLISECONDS)).isFalse();
        assertThatThrownBy(() -> deque.push(2L))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("it has 2 elements");
        assertThatThrownBy(() -> deque.add(2L))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("it has 2 elements. Use put");
        assertThatThrownBy(() -> deque.addAll(List.of(2L))).isInstanceOf(IllegalStateException.class);
        assertThat(deque).containsExactly(0L, 1L);
        assertThat(deque.remainingCapacity()).isZero();
    }

    @Test
    void shouldAnswerWhenEmpty() {
        SharedDeque<Long> deque = segment.mine().create("deque", SharedDeque.of(Long.class));
        assertThatThrownBy(deque::element)
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("the deque is empty");
        assertThatThrownBy(deque::remove)
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("the deque is empty");
        deque.add(1L);
        assertThat(deque.element()).isEqualTo(1);
        assertThat(deque.remove()).isEqualTo(1);
        assertThat(deque.poll()).isNull();
    }

    @Test
    void shouldRemoveByAnIteratorOnlyWhatItShowed() {
        DequeType<String> type = SharedDeque.of(String.class).maxLength(4).itemBytes(32);
        SharedDeque<String> deque = segment.mine().create("deque", type);
        SharedDeque<String> same = segment.theirs().open("deque", type);
        // Of the same length, and of the same first bytes.
        deque.addAll(List.of("a customer: 1", "a customer's order: 2"));
        Iterator<String> elements = deque.iterator();
        elements.next();
        assertThat(elements.next()).isEqualTo("a customer's order: 2");
        assertThat(same.removeLast()).isEqualTo("a customer's order: 2");
        same.addLast("a customer's order: 3");
        elements.remove();
        assertThat(same).containsExactly("a customer: 1", "a customer's order: 3");
        Iterator<String> again = deque.descendingIterator();
        assertThat(again.next()).isEqualTo("a customer's order: 3");
        again.remove();
        assertThat(same).containsExactly("a customer: 1");
    }

    @Test
    void shouldKeepTheNewestWhenEvicting() {
        SharedDeque<String> deque = segment.mine()
                .create("deque", SharedDeque.of(String.class).maxLength(3).evicting());
        deque.addAll(List.of("1", "2", "3", "4", "a long text that needs a block"));
        assertThat(deque).containsExactly("3", "4", "a long text that needs a block");
        deque.addFirst("2");
        assertThat(deque).containsExactly("2", "3", "4");
        deque.addAllFirst(List.of("1", "0"));
        assertThat(deque).containsExactly("0", "1", "2");
        deque.rotate(1);
        assertThat(deque).containsExactly("2", "0", "1");
    }

    @Test
    void shouldKeepItemsOfOneSizeInTheirSlots() {
        DequeType<byte[]> type = SharedDeque.of(Codecs.bytes()).maxLength(10).itemBytes(40);
        SharedDeque<byte[]> deque = segment.mine().create("deque", type);
        SharedDeque<byte[]> same = segment.theirs().open("deque", type);
        deque.add(new byte[40]);
        long used = segment.mine().deepStatistics().usedBytes();
        for (int i = 0; i < 100; i++) {
            byte[] item = new byte[1 + i % 40];
            Arrays.fill(item, (byte) i);
            deque.addFirst(item);
            assertThat(same.peekFirst()).isEqualTo(item);
            assertThat(same.removeFirst()).isEqualTo(item);
        }
        assertThat(segment.mine().deepStatistics().usedBytes()).isEqualTo(used);
        assertThatThrownBy(() -> deque.add(new byte[41]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("slots of 40 bytes, and the element has 41");
        assertThatThrownBy(() -> deque.addAll(List.of(new byte[1], new byte[41])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(same).hasSize(1);
    }

    @Test
    void shouldWakeWhoWaitsForAnElement() throws InterruptedException {
        DequeType<String> type = SharedDeque.of(String.class);
        SharedDeque<String> mine = segment.mine().create("deque", type);
        SharedDeque<String> theirs = segment.theirs().open("deque", type);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<String> taken = new ConcurrentLinkedQueue<>();
        List<Thread> takers = List.of(
                start(failures, () -> taken.add(theirs.takeFirst())),
                start(failures, () -> taken.add(theirs.takeLast())),
                start(failures, () -> taken.add(mine.pollFirst(1, TimeUnit.DAYS))));
        awaitParked(takers);
        mine.addAll(List.of("a", "b"));
        Watchdog.await("two to be taken", () -> taken.size() == 2);
        mine.put("c");
        for (Thread taker : takers) {
            taker.join();
        }
        assertThat(failures).isEmpty();
        assertThat(taken).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(mine.poll(1, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void shouldWakeWhoWaitsForRoom() throws InterruptedException {
        DequeType<String> type = SharedDeque.of(String.class).maxLength(1);
        SharedDeque<String> mine = segment.mine().create("deque", type);
        SharedDeque<String> theirs = segment.theirs().open("deque", type);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        mine.put("0");
        List<Thread> putters =
                List.of(start(failures, () -> theirs.put("1")), start(failures, () -> theirs.putFirst("1")));
        awaitParked(putters);
        assertThat(mine.take()).isEqualTo("0");
        assertThat(mine.take()).isEqualTo("1");
        assertThat(mine.take()).isEqualTo("1");
        for (Thread putter : putters) {
            putter.join();
        }
        assertThat(failures).isEmpty();
    }

    private static void awaitParked(List<Thread> threads) {
        Watchdog.await(
                "threads to wait",
                () -> threads.stream()
                        .allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING
                                || thread.getState() == Thread.State.WAITING
                                // In the selector, on behalf of the others.
                                || Arrays.stream(thread.getStackTrace())
                                        .anyMatch(frame -> frame.getMethodName().equals("select"))));
    }

    @Test
    void shouldTellWhoWaitsThatItIsClosedOrInterrupted() throws InterruptedException {
        DequeType<String> type = SharedDeque.of(String.class);
        SharedDeque<String> mine = segment.mine().create("deque", type);
        SharedMemory third = segment.attach("third");
        SharedDeque<String> closing = third.open("deque", type);
        AtomicReference<Throwable> ofDeque = new AtomicReference<>();
        AtomicReference<Throwable> ofSegment = new AtomicReference<>();
        AtomicReference<Throwable> ofThread = new AtomicReference<>();
        SharedDeque<String> theirs = segment.theirs().open("deque", type);
        Thread one = new Thread(() -> waitFor(theirs, ofDeque));
        Thread two = new Thread(() -> waitFor(closing, ofSegment));
        Thread three = new Thread(() -> waitFor(mine, ofThread));
        List<Thread> threads = List.of(one, two, three);
        threads.forEach(Thread::start);
        awaitParked(threads);
        theirs.close();
        third.close();
        three.interrupt();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(ofDeque.get()).isInstanceOf(SegmentClosedException.class);
        assertThat(ofSegment.get()).isInstanceOf(SegmentClosedException.class);
        assertThat(ofThread.get()).isInstanceOf(InterruptedException.class);
    }

    private static void waitFor(SharedDeque<String> deque, AtomicReference<Throwable> failure) {
        try {
            deque.take();
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    @Test
    void shouldGiveEveryElementToOneTaker() throws InterruptedException {
        DequeType<Long> type = SharedDeque.of(Long.class).maxLength(16);
        SharedDeque<Long> mine = segment.mine().create("deque", type);
        SharedDeque<Long> theirs = segment.theirs().open("deque", type);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        int each = 20_000;
        AtomicLong sum = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            SharedDeque<Long> deque = i == 0 ? mine : theirs;
            threads.add(start(failures, () -> {
                for (long n = 1; n <= each; n++) {
                    if (n % 2 == 0) {
                        deque.put(n);
                    } else {
                        deque.putFirst(n);
                    }
                }
            }));
            threads.add(start(failures, () -> {
                for (long n = 1; n <= each; n++) {
                    sum.addAndGet(n % 2 == 0 ? deque.takeFirst() : deque.takeLast());
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(sum.get()).isEqualTo((long) each * (each + 1));
        assertThat(mine).isEmpty();
        assertThat(segment.mine().verify()).isEmpty();
    }

    @Test
    void shouldKeepWhatTheTargetOfADrainRefuses() {
        SharedDeque<String> deque = segment.mine().create("deque", SharedDeque.of(String.class));
        List<String> elements = texts(100);
        deque.addAll(elements);
        BlockingQueue<String> small = new ArrayBlockingQueue<>(40);
        assertThatThrownBy(() -> deque.drainTo(small))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Queue full");
        assertThat(small).containsExactlyElementsOf(elements.subList(0, 40));
        assertThat(deque.snapshot()).isEqualTo(elements.subList(40, 100));
        assertThatThrownBy(() -> deque.drainTo(List.of())).isInstanceOf(UnsupportedOperationException.class);
        assertThat(deque.snapshot()).isEqualTo(elements.subList(40, 100));
        List<String> rest = new ArrayList<>();
        assertThat(deque.drainTo(rest)).isEqualTo(60);
        assertThat(rest).isEqualTo(elements.subList(40, 100));
        assertThat(deque).isEmpty();
    }

    @Test
    void shouldLetNobodySeeADrainThatIsUnderWay() {
        SharedDeque<String> deque = segment.mine().create("deque", SharedDeque.of(String.class));
        SharedDeque<String> theirs = segment.theirs().open("deque", SharedDeque.of(String.class));
        List<String> elements = texts(100);
        deque.addAll(elements);
        List<String> looking = new ArrayList<>() {
            @Override
            public boolean add(String element) {
                assertThat(theirs.snapshot()).isEqualTo(elements);
                return super.add(element);
            }
        };
        assertThat(deque.drainTo(looking, 90)).isEqualTo(90);
        assertThat(theirs.snapshot()).isEqualTo(elements.subList(90, 100));
        assertThat(segment.mine().verify()).isEmpty();
    }

    @Test
    void shouldRefuseToBeDrainedIntoItself() {
        SharedDeque<String> deque = segment.mine().create("deque", SharedDeque.of(String.class));
        deque.addAll(texts(50));
        List<String> back = new ArrayList<>() {
            @Override
            public boolean add(String element) {
                return deque.add(element);
            }
        };
        assertThatThrownBy(() -> deque.drainTo(back))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("by a function that is computing a change of it");
        assertThat(deque.snapshot()).isEqualTo(texts(50));
    }

    /** Removing what has blocks needs a list of them, if it is done at once: the deque itself is that list. */
    @Test
    void shouldBeDrainedWhenTheSegmentIsFull() {
        SharedDeque<String> deque = segment.mine().create("deque", SharedDeque.of(String.class));
        SharedList<byte[]> rest = segment.mine().create("rest", SharedList.of(byte[].class));
        List<String> elements = texts(5_000);
        deque.addAll(elements);
        for (int bytes = 1 << 20; bytes >= 16; bytes /= 2) {
            fill(rest, bytes);
        }
        List<String> drained = new ArrayList<>();
        assertThat(deque.drainTo(drained, 4_000)).isEqualTo(4_000);
        assertThat(deque.drainTo(drained)).isEqualTo(1_000);
        assertThat(drained).isEqualTo(elements);
        assertThat(segment.mine().verify()).isEmpty();
    }

    private static void fill(SharedList<byte[]> list, int bytes) {
        try {
            for (; ; ) {
                list.add(new byte[bytes]);
            }
        } catch (OutOfSharedMemoryException e) {
            // Full.
        }
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "a text with a block of its own " + i)
                .toList();
    }

    @Test
    void shouldRefuseNull() {
        SharedDeque<String> deque = segment.mine().create("deque", SharedDeque.of(String.class));
        assertThatNullPointerException().isThrownBy(() -> deque.add(null));
        assertThatNullPointerException().isThrownBy(() -> deque.offerFirst(null));
        assertThatNullPointerException().isThrownBy(() -> deque.offer(null, 1, TimeUnit.SECONDS));
        assertThatNullPointerException().isThrownBy(() -> deque.put(null));
        assertThatNullPointerException().isThrownBy(() -> deque.addAll(Arrays.asList("a", null)));
        Collection<String> itself = deque;
        assertThatThrownBy(() -> deque.addAll(itself)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> deque.drainTo(itself)).isInstanceOf(IllegalArgumentException.class);
        assertThat(deque.contains(null)).isFalse();
        assertThat(deque.remove(null)).isFalse();
        assertThat(deque).isEmpty();
    }

    @Test
    void shouldRefuseTypesThatMakeNoSense() {
        DequeType<String> type = SharedDeque.of(String.class);
        assertThatThrownBy(() -> type.maxLength(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> type.itemBytes(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> segment.mine().create("deque", type.evicting()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs a maxLength");
        segment.mine().create("deque", type.maxLength(3));
        assertThatThrownBy(() -> segment.theirs().open("deque", type))
                .isInstanceOf(ObjectTypeMismatchException.class)
                .hasMessageContaining("deque of string, at most 3");
    }

    @Test
    void shouldBeAsItWasWhenTheSegmentIsFull() {
        SharedDeque<byte[]> deque = segment.mine().create("deque", SharedDeque.of(byte[].class));
        deque.add(new byte[] {1});
        long free = segment.mine().statistics().freeBytes();
        assertThatThrownBy(() -> deque.addAll(List.of(new byte[20], new byte[(int) free], new byte[20])))
                .isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> deque.addFirst(new byte[(int) free])).isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> deque.add(new byte[1 << 30]))
                .isInstanceOf(OutOfSharedMemoryException.class)
                .hasMessageContaining("larger size");
        assertThat(deque).containsExactly(new byte[] {1});
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
        List<byte[]> filler = new ArrayList<>();
        try {
            for (; ; ) {
                deque.add(new byte[60_000]);
                filler.add(new byte[0]);
            }
        } catch (OutOfSharedMemoryException e) {
            assertThat(deque).hasSize(filler.size() + 1);
        }
        for (int i = 0; i <= filler.size(); i++) {
            assertThat(i % 2 == 0 ? deque.pollFirst() : deque.pollLast()).isNotNull();
        }
        assertThat(deque).isEmpty();
    }

    @Test
    void shouldLetGoOfWhatItCannotRead() {
        DequeType<String> type = SharedDeque.of(Codecs.string());
        SharedDeque<String> deque = segment.mine().create("deque", type);
        deque.addAll(List.of("a text with a block, first", "b", "a text with a block, last"));
        SharedDeque<String> damaged = segment.theirs().open("deque", SharedDeque.of(new Unreadable()));
        assertThatThrownBy(damaged::pollFirst).isInstanceOf(CodecException.class);
        assertThatThrownBy(damaged::takeLast).isInstanceOf(CodecException.class);
        assertThat(damaged).hasSize(3);
        assertThat(damaged.discardFirst()).isTrue();
        assertThat(damaged.discardLast()).isTrue();
        assertThat(deque).containsExactly("b");
        assertThat(damaged.discardLast()).isTrue();
        assertThat(damaged.discardLast()).isFalse();
    }

    @Test
    void shouldNotBeChangedByAFunctionThatChangesIt() {
        SharedDeque<Long> deque = segment.mine().create("deque", SharedDeque.of(Long.class));
        deque.addAll(List.of(1L, 2L, 3L));
        assertThatThrownBy(() -> deque.removeIf(element -> deque.add(4L)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot be changed");
        assertThatThrownBy(() -> deque.removeIf(element -> {
                    deque.close();
                    return true;
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(deque.removeIf(element -> deque.contains(element + 1))).isTrue();
        assertThat(deque).containsExactly(3L);
    }

    @Test
    void shouldSearchAtOneMoment() {
        WatchedLongs codec = new WatchedLongs();
        SharedDeque<Long> deque = segment.mine().create("deque", SharedDeque.of(codec));
        SharedDeque<Long> theirs = segment.theirs().open("deque", SharedDeque.of(new WatchedLongs()));
        deque.addAll(LongStream.range(0, 1_000).boxed().toList());
        codec.whenRead(511, () -> theirs.rotate(400));
        assertThat(deque.contains(700L)).isTrue();
        theirs.rotate(-400);
        codec.whenRead(511, () -> theirs.rotate(400));
        assertThat(deque.containsAll(List.of(3L, 700L, 800L))).isTrue();
        assertThat(deque.containsAll(List.of(3L, 1_000L))).isFalse();
        assertThat(deque.containsAll(Arrays.asList(3L, null))).isFalse();
        String text = theirs.toString();
        codec.whenRead(500, () -> theirs.rotate(400));
        assertThat(deque.toString()).isIn(text, theirs.toString());
    }

    @Test
    void shouldIterateOverWhatIsThereWhenItIsDestroyed() {
        SharedDeque<Long> deque = segment.mine().create("deque", SharedDeque.of(Long.class));
        for (long i = 0; i < 2_000; i++) {
            deque.add(i);
        }
        Iterator<Long> all = deque.iterator();
        assertThat(all.next()).isZero();
        assertThat(segment.theirs().destroy("deque")).isTrue();
        long count = 1;
        while (all.hasNext()) {
            assertThat(all.next()).isEqualTo(count++);
        }
        assertThat(count).isEqualTo(2_000);
        deque.close();
        assertThatThrownBy(deque::size).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(deque::iterator).isInstanceOf(SegmentClosedException.class);
        assertThat(deque).hasToString("closed");
    }
}
