package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.SharedDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that put into one deque and take from it, wherever they are. Every element that was put is in the deque or was taken by one
 * of them, once; of what the dead were putting or taking all is done or nothing; and nothing leaks.
 */
class DequeTortureIT extends PausingTorture<DequeLog> {

    private static final int SEATS = 3;

    private final List<BitSet> gone = Stream.generate(BitSet::new).limit(SEATS).toList();
    private SharedDeque<String> deque;

    DequeTortureIT() {
        super(DequeTortureChild.SEGMENT, 48 << 20, SEATS, DequeTortureChild.class, DequeLog::new);
    }

    @Override
    void prepare() {
        super.prepare();
        deque = memory.create(DequeTortureChild.DEQUE, DequeTortureChild.TYPE);
    }

    @Test
    void shouldHaveEveryElementOnceWhereverProcessesAreKilled() {
        kill(kills(10), this::examineAndEnd);
        assertThat(deque.drainTo(new ArrayList<>())).isPositive();
        assertThat(deque).isEmpty();
        assertNothingLeaks(deque);
    }

    @Override
    void examine(int victim) {
        assertThat(memory.verify()).isEmpty();
        List<BitSet> there = Stream.generate(BitSet::new).limit(SEATS).toList();
        for (String text : deque.snapshot()) {
            mark(there, DequeTortureChild.parse(text));
        }
        logs.forEach(log -> log.eachTaken(element -> mark(gone, element)));
        if (victim >= 0) {
            settlePut(victim, there);
        }
        List<Long> missing = new ArrayList<>();
        seats().forEach(seat -> {
            BitSet found = (BitSet) there.get(seat).clone();
            assertThat(found.intersects(gone.get(seat)))
                    .as("an element is there that was taken")
                    .isFalse();
            found.or(gone.get(seat));
            int last = (int) logs.get(seat).lastPut();
            assertThat(found.length()).as("numbers of what was put").isLessThanOrEqualTo(last + 1);
            for (int number = found.nextClearBit(1); number <= last; number = found.nextClearBit(number + 1)) {
                missing.add(DequeLog.element(seat, number));
            }
        });
        if (victim >= 0) {
            settleTaken(logs.get(victim), missing);
        } else {
            assertThat(missing).as("elements that are lost").isEmpty();
        }
        logs.forEach(DequeLog::settleTaken);
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
    }

    private void mark(List<BitSet> marked, long element) {
        int seat = DequeLog.seat(element);
        int number = (int) DequeLog.number(element);
        assertThat((long) number)
                .as("number of an element of seat %d", seat)
                .isBetween(1L, logs.get(seat).putting());
        assertThat(marked.get(seat).get(number))
                .as("element %d of seat %d is there twice", number, seat)
                .isFalse();
        marked.get(seat).set(number);
    }

    /** What it was putting in at once is there, or was and was taken by others; or none of it ever was. */
    private void settlePut(int victim, List<BitSet> there) {
        DequeLog log = logs.get(victim);
        int from = (int) log.lastPut() + 1;
        int to = (int) log.putting() + 1;
        if (from < to) {
            BitSet found = there.get(victim).get(from, to);
            found.or(gone.get(victim).get(from, to));
            assertThat(found.cardinality())
                    .as("elements that came at once, of %d", to - from)
                    .isIn(0, to - from);
            log.settlePut(!found.isEmpty());
        }
    }

    /** What it was taking is gone, or is still there: nothing else is missing. */
    private void settleTaken(DequeLog log, List<Long> missing) {
        switch (log.taking()) {
            case DequeLog.NOTHING -> assertThat(missing).as("lost elements").isEmpty();
            case DequeLog.UNKNOWN ->
                assertThat(missing)
                        .as("elements that were taken by one call for one")
                        .hasSizeLessThanOrEqualTo(1);
            default -> {
                List<Long> noted = new ArrayList<>();
                log.eachNoted(noted::add);
                if (!missing.isEmpty()) {
                    assertThat(missing).as("elements that go at once").containsExactlyInAnyOrderElementsOf(noted);
                }
            }
        }
        missing.forEach(element -> mark(gone, element));
    }
}
