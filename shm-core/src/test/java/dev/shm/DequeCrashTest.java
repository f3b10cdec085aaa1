package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.World.Process;
import dev.shm.collection.DequeType;
import dev.shm.collection.SharedDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every change of a deque, with a death after each of its stores, and a death of the reaper after some of its own. */
class DequeCrashTest {

    private static final DequeType<Object> TYPE = SharedDeque.of(Object.class);
    private static final String LONG = "v".repeat(100);
    private static final String LONGER = "w".repeat(500);
    /** Pages of its own. */
    private static final String RUN = "r".repeat(40_000);

    private static final long BYTES = 512 * 1024;

    private static DynamicTest survives(
            String what, DequeType<Object> type, List<?> before, Consumer<SharedDeque<Object>> change) {
        return survives(what, () -> new Changing(type, before, change, false));
    }

    private static DynamicTest survives(String what, List<?> before, Consumer<SharedDeque<Object>> change) {
        return survives(what, () -> new Changing(TYPE, before, change, false));
    }

    /** Where blocks are made or freed one after the other, or there is room before there is what needs it. */
    private static DynamicTest survivesGradually(String what, List<?> before, Consumer<SharedDeque<Object>> change) {
        return survives(what, () -> new Changing(TYPE, before, change, true));
    }

    private static DynamicTest survives(String what, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, BYTES))
                        .isPositive());
    }

    private static class Changing extends ChangingCollection<SharedDeque<Object>, List<Object>> {

        Changing(DequeType<Object> type, List<?> before, Consumer<SharedDeque<Object>> change, boolean gradual) {
            super(type, new ArrayList<>(before), change, gradual);
        }

        @Override
        List<Object> snapshot(SharedDeque<Object> found) {
            return found.snapshot();
        }

        @Override
        void assertStillWorks(SharedDeque<Object> found, List<Object> now) {
            assertThat(new ArrayList<>(found)).isEqualTo(now);
            found.pollLast();
            found.addFirst("!");
            assertThat(found.poll()).isEqualTo("!");
            found.add("?");
            assertThat(found.pollLast()).isEqualTo("?");
            assertThat(found.snapshot()).isEqualTo(now.subList(0, Math.max(0, now.size() - 1)));
        }
    }

    private static List<Object> longs(int count) {
        List<Object> elements = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            elements.add(i);
        }
        return elements;
    }

    private static List<Object> texts(int count) {
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add("a text with a block of its own " + i);
        }
        return elements;
    }

    private static final DequeType<Object> BOUNDED = TYPE.maxLength(4);
    private static final DequeType<Object> EVICTING = BOUNDED.evicting();
    private static final DequeType<Object> FIXED = EVICTING.itemBytes(60);

    @TestFactory
    Stream<DynamicTest> adding() {
        return Stream.of(
                survivesGradually("the first element", List.of(), deque -> deque.add(1L)),
                survives("one more at the end", longs(5), deque -> deque.add(5L)),
                survives("one more at the front", longs(5), deque -> deque.push(5L)),
                survives("one with a block", longs(5), deque -> deque.offerFirst(LONG)),
                survives("one with a run of pages", longs(5), deque -> deque.offerLast(RUN)),
                survivesGradually("to a ring that is full", longs(8), deque -> deque.add(LONG)),
                survives("several at the end", longs(3), deque -> deque.addAll(List.of(3L, LONG, LONGER))),
                survives("several at the front", longs(3), deque -> deque.addAllFirst(List.of(3L, LONG))),
                survivesGradually("too many for one journal", longs(3), deque -> deque.addAll(texts(42))),
                survives("where one goes", EVICTING, texts(4), deque -> deque.add(LONG)),
                survives("where one goes at the other end", EVICTING, texts(4), deque -> deque.addFirst(7L)),
                survives("several where several go", EVICTING, texts(4), deque -> deque.addAll(texts(3))),
                survives("where there is a slot", FIXED, texts(2), deque -> deque.add("!")),
                survives("where there is a slot that is used", FIXED, texts(4), deque -> deque.add("x".repeat(60))),
                survives("several to slots", FIXED, texts(4), deque -> deque.addAllFirst(texts(2))));
    }

    @TestFactory
    Stream<DynamicTest> removing() {
        return Stream.of(
                survives("the first one", longs(3), SharedDeque::poll),
                survives("the last one", longs(3), SharedDeque::pollLast),
                survives("the first one with a block", texts(3), SharedDeque::removeFirst),
                survives("the last one with a block", texts(3), SharedDeque::discardLast),
                survives("the first one from its slot", FIXED, texts(3), SharedDeque::removeFirst),
                survives("one in the middle", texts(6), deque -> deque.remove(texts(4).get(3))),
                survives("one in the middle of slots", FIXED, texts(4), deque -> deque.remove(texts(4).get(2))),
                survives(
                        "what a filter finds",
                        texts(12),
                        deque -> deque.removeIf(e -> e.toString().endsWith("1"))),
                survivesGradually("many that a filter finds", texts(44), deque -> deque.retainAll(texts(2))),
                survives("some at once", texts(6), deque -> deque.drainTo(new ArrayList<>(), 4)),
                survives("many without blocks at once", longs(80), deque -> deque.drainTo(new ArrayList<>(), 60)),
                survivesGradually(
                        "too many at once for one journal", texts(44), deque -> deque.drainTo(new ArrayList<>(), 41)),
                survivesGradually("all at once", texts(42), deque -> deque.drainTo(new ArrayList<>())),
                survives("all slots at once", FIXED, texts(4), deque -> deque.drainTo(new ArrayList<>())),
                survives("what an iterator is at", texts(6), deque -> {
                    var all = deque.descendingIterator();
                    all.next();
                    all.next();
                    all.remove();
                }),
                survivesGradually("all", texts(3), SharedDeque::clear),
                survives("all slots", FIXED, texts(3), SharedDeque::clear),
                survivesGradually("all of too many for one journal", texts(42), SharedDeque::clear));
    }

    /** A change that another process sleeps for, as the deque tells: who makes it has to ring, and may die before or while it does. */
    private static final class Awaited extends Changing {

        private final Waiting waiting;

        Awaited(List<?> before, Consumer<SharedDeque<Object>> change, Waiting waiting) {
            super(BOUNDED, before, change, true);
            this.waiting = waiting;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            super.arrange(victim, survivor);
            try (SharedDeque<Object> deque = open(survivor)) {
                waitInVain(deque, waiting);
            }
        }
    }

    /** Waits for something; returns whether it came. */
    private interface Waiting {
        boolean await(SharedDeque<Object> deque) throws InterruptedException;
    }

    private static void waitInVain(SharedDeque<Object> deque, Waiting waiting) {
        try {
            assertThat(waiting.await(deque)).isFalse();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void put(SharedDeque<Object> deque, Object element) {
        try {
            deque.put(element);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void take(SharedDeque<Object> deque) {
        try {
            assertThat(deque.take()).isNotNull();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final Waiting FOR_AN_ELEMENT = deque -> deque.poll(1, TimeUnit.MILLISECONDS) != null;
    private static final Waiting FOR_ROOM = deque -> deque.offer("never", 1, TimeUnit.MILLISECONDS);

    @TestFactory
    Stream<DynamicTest> waking() {
        return Stream.of(
                survives(
                        "who waits for an element",
                        () -> new Awaited(List.of(), deque -> put(deque, LONG), FOR_AN_ELEMENT)),
                survives("who waits for room", () -> new Awaited(texts(4), DequeCrashTest::take, FOR_ROOM)),
                survives("waiting for an element, in vain", () -> new WaitingInVain(List.of(), FOR_AN_ELEMENT)),
                survives("waiting for room, in vain", () -> new WaitingInVain(texts(4), FOR_ROOM)));
    }

    /** Changes nothing but what tells others that it sleeps, and that is no hindrance to them, dead or alive. */
    private static final class WaitingInVain extends Operation {

        private final List<Object> before;
        private final Waiting waiting;
        private SharedDeque<Object> deque;

        WaitingInVain(List<Object> before, Waiting waiting) {
            this.before = before;
            this.waiting = waiting;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            deque = victim.objects.create("deque", BOUNDED);
            deque.addAll(before);
        }

        @Override
        void act(Process victim) {
            waitInVain(deque, waiting);
        }

        @Override
        boolean happened(Process survivor) {
            try (SharedDeque<Object> found = survivor.objects.open("deque", BOUNDED)) {
                assertThat(found.snapshot()).isEqualTo(before);
                found.clear();
                put(found, "!");
                take(found);
            }
            assertThat(survivor.objects.destroy("deque")).isTrue();
            assertThat(survivor.heap.deepStatistics().usedBytes()).isZero();
            return true;
        }

        @Override
        boolean isGradual() {
            return true;
        }
    }

    @TestFactory
    Stream<DynamicTest> rotating() {
        return Stream.of(
                survives("by one", texts(5), deque -> deque.rotate(1)),
                survives("the other way", texts(5), deque -> deque.rotate(-2)),
                survives("in a ring that is full", texts(8), deque -> deque.rotate(3)),
                survives("in slots", FIXED, texts(4), deque -> deque.rotate(2)));
    }

    @TestFactory
    Stream<DynamicTest> livingAndDying() {
        return Stream.of(
                survives(
                        "creating",
                        () -> new ObjectCreation<>(
                                TYPE, deque -> assertThat(deque).isEmpty())),
                survives(
                        "destroying",
                        () -> new ObjectDestruction<>(TYPE, deque -> {
                            deque.addAll(texts(40));
                            deque.add(RUN);
                        })));
    }
}
