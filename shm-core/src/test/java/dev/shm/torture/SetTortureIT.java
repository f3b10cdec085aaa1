package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.SharedSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one set, wherever they are. What they had written down as done is there, what they had begun is there or
 * not, of those that add or remove the same element one has done it, and nothing leaks.
 */
class SetTortureIT extends PausingTorture<SetLog> {

    private SharedSet<Object> set;

    SetTortureIT() {
        super(SetTortureChild.SEGMENT, 16 << 20, 3, SetTortureChild.class, SetLog::new);
    }

    @Override
    void prepare() {
        super.prepare();
        set = memory.create(SetTortureChild.SET, SetTortureChild.TYPE);
    }

    @Test
    void shouldHaveEveryElementThatWasAddedAndNoOtherWhereverProcessesAreKilled() {
        kill(kills(10), this::examineAndEnd);
        set.clear();
        assertThat(set).isEmpty();
        assertNothingLeaks(set);
    }

    @Override
    void examine(int victim) {
        assertThat(memory.verify()).isEmpty();
        Set<Object> content = set.snapshot();
        assertThat(set).hasSize(content.size()).isEqualTo(content);
        Set<Object> rest = new HashSet<>(content);
        seats().forEach(seat -> logs.get(seat).check(seat, rest));
        for (int number = 0; number < SetLog.CONTENDED; number++) {
            int element = number;
            long present = rest.remove(SetTortureChild.contended(element)) ? 1 : 0;
            long balance = logs.stream().mapToLong(log -> log.balance(element)).sum();
            if (victim >= 0) {
                logs.get(victim).settle(element, present - balance);
            } else {
                assertThat(present).as("contended element %d", element).isEqualTo(balance);
            }
        }
        if (victim >= 0) {
            logs.get(victim).settled();
        }
        assertThat(rest).as("elements that nobody added").isEmpty();
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
    }
}
