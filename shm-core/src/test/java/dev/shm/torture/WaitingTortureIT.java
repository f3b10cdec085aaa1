package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.SharedDeque;
import dev.shm.testing.ChildJvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that put into a small deque and processes that take from it, most of them asleep until another one brings an element or
 * room. Whoever is alive goes on: a process that dies before it wakes another leaves nobody asleep, since who sleeps looks for itself now and
 * then. Where nobody is killed they do without that. Elements come in the order in which they were put, each once, and each of the dead has
 * taken at most one with it.
 */
class WaitingTortureIT extends Torture {

    private final List<WaitingLog> logs = new ArrayList<>();
    private SharedDeque<String> deque;
    private boolean lookForThemselves = true;
    private int takersKilled;

    WaitingTortureIT() {
        super(WaitingTortureChild.SEGMENT, 4 << 20, WaitingTortureChild.SEATS);
    }

    @Override
    void prepare() {
        seats().forEach(seat -> logs.add(new WaitingLog(file("waiting", seat))));
        deque = memory.create(WaitingTortureChild.DEQUE, WaitingTortureChild.TYPE);
    }

    @Override
    ChildJvm start(int seat, long childSeed) {
        logs.get(seat).starting();
        return ChildJvm.start(
                WaitingTortureChild.class, directory.segments(), file("waiting", seat), seat, lookForThemselves);
    }

    @Override
    long done(int seat) {
        return logs.get(seat).operations();
    }

    @Override
    void settle(int seat) {
        if (WaitingTortureChild.isTaker(seat)) {
            takersKilled++;
        }
        assertThat(memory.verify()).isEmpty();
    }

    @Test
    void shouldLeaveNobodyAsleepWhereverProcessesAreKilled() {
        kill(kills(10), () -> {
            awaitAllToWork();
            endAll();
        });
        assertNothingIsMissing();
    }

    @Test
    void shouldWakeWhoeverSleepsByRingsAlone() {
        lookForThemselves = false;
        kill(0, () -> {
            for (int i = 0; i < kills(1); i++) {
                awaitAllToWork();
            }
            endAll();
        });
        assertNothingIsMissing();
    }

    private void assertNothingIsMissing() {
        // Those that were still alive have been killed at last.
        takersKilled += WaitingTortureChild.SEATS / 2;
        long put = logs.stream().mapToLong(WaitingLog::put).sum();
        long putting = logs.stream().mapToLong(WaitingLog::putting).sum();
        long found = deque.size();
        for (WaitingLog log : logs) {
            found += seats().mapToLong(log::taken).sum();
        }
        assertThat(found).as("elements that were taken, or are there").isBetween(put - takersKilled, putting);
        assertThat(deque).hasSizeLessThanOrEqualTo(4);
        assertNothingLeaks(deque);
    }
}
