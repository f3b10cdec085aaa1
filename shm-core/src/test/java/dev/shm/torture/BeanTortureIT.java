package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.testing.ChildJvm;
import dev.shm.torture.BeanTortureChild.Content;
import dev.shm.torture.BeanTortureChild.Ledger;
import dev.shm.torture.BeanTortureChild.Log;
import dev.shm.value.SharedBean;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one bean, wherever they are. What they had written down as done is there, what they had begun is there
 * wholly or not at all, and nobody is left waiting. The others go on all the while.
 */
class BeanTortureIT extends Torture {

    private final List<Log> logs = new ArrayList<>();
    private SharedBean<Ledger> ledger;

    BeanTortureIT() {
        super(BeanTortureChild.SEGMENT, 4 << 20, BeanTortureChild.SEATS);
    }

    @Override
    void prepare() {
        ledger = memory.create(BeanTortureChild.BEAN, SharedBean.of(Ledger.class));
        seats().forEach(seat -> logs.add(Log.open(file("bean", seat))));
    }

    @Override
    ChildJvm start(int seat, long childSeed) {
        return ChildJvm.start(BeanTortureChild.class, directory.segments(), file("bean", seat), seat, childSeed);
    }

    @Override
    long done(int seat) {
        return logs.get(seat).get(Log.UPDATES_DONE);
    }

    @Test
    void shouldHaveEveryUpdateWhollyOrNotAtAllWhereverProcessesAreKilled() {
        kill(kills(6), () -> {
            awaitAllToWork();
            endAll();
            examine();
        });
        assertNothingLeaks(ledger);
    }

    /** Its lock may still be that of the dead: this waits for nothing but the reaper. */
    @Override
    void died(int seat) {
        ledger.snapshot(Content.class).check();
    }

    /** What the victim had begun is done, or not: from now on its log says which. */
    @Override
    void settle(int seat) {
        Log log = logs.get(seat);
        Content content = ledger.snapshot(Content.class);
        content.check();
        long number = content.seat(seat).number();
        assertThat(number).isBetween(log.get(Log.UPDATES_DONE), log.get(Log.UPDATES_BEGUN));
        log.set(Log.UPDATES_BEGUN, number);
        log.set(Log.UPDATES_DONE, number);
    }

    /** Nobody changes anything. */
    private void examine() {
        seats().forEach(this::settle);
        long hits = ledger.get().getHits();
        assertThat(hits)
                .isBetween(
                        logs.stream().mapToLong(log -> log.get(Log.HITS_DONE)).sum(),
                        logs.stream().mapToLong(log -> log.get(Log.HITS_BEGUN)).sum());
        ledger.update(bean -> bean.setTotal(bean.getTotal()));
        assertThat(memory.verify()).isEmpty();
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
    }
}
