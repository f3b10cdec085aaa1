package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedObject;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.testing.ChildJvm;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one list and one deque, wherever they are, while the others go on, and looks after each kill whether what was
 * done is there, whether anything was done by halves, and in the end whether anything leaks.
 */
class ListTortureIT extends Torture {

    private final List<SharedLong> done = new ArrayList<>();
    private SharedList<Object> list;
    private SharedDeque<String> deque;

    ListTortureIT() {
        super(ListTortureChild.SEGMENT, 64 << 20, ListTortureChild.SEATS);
    }

    @Override
    void prepare() {
        list = memory.create(ListTortureChild.LIST, ListTortureChild.LIST_TYPE);
        deque = memory.create(ListTortureChild.DEQUE, ListTortureChild.DEQUE_TYPE);
        seats().forEach(seat -> {
            list.add(0L);
            done.add(memory.create(ListTortureChild.done(seat), SharedLong.type()));
        });
    }

    @Override
    ChildJvm start(int seat, long childSeed) {
        return ChildJvm.start(ListTortureChild.class, directory.segments(), seat, childSeed);
    }

    @Override
    long done(int seat) {
        return done.get(seat).get();
    }

    @Test
    void shouldHaveAllThatWasDoneAndNothingByHalvesWhereverProcessesAreKilled() {
        kill(kills(3), () -> {
            awaitAllToWork();
            endAll();
            examine();
        });
        list.clear();
        assertThat(list).isEmpty();
        List<SharedObject> all = new ArrayList<>(done);
        all.add(list);
        all.add(deque);
        assertNothingLeaks(all.toArray(SharedObject[]::new));
    }

    @Override
    void settle(int victim) {
        // It counts in the list, and then says so.
        long counted = (long) list.get(victim);
        assertThat(counted).as("the counter of the victim").isBetween(done(victim), done(victim) + 1);
        done.get(victim).set(counted);
        examine();
    }

    /** Others go on: each look is at one moment. */
    private void examine() {
        List<Object> elements = list.snapshot();
        assertThat((elements.size() - ListTortureChild.SEATS) % 2)
                .as("half of a change of the list")
                .isZero();
        elements.forEach(ListTortureIT::check);
        List<String> texts = deque.snapshot();
        assertThat(texts.size() % 2).as("half of a change of the deque").isZero();
        texts.forEach(ListTortureIT::check);
        assertThat(memory.verify()).isEmpty();
    }

    private static void check(Object element) {
        if (element instanceof String text) {
            int number = Integer.parseInt(text.substring(1, text.indexOf('>')));
            assertThat(text).isEqualTo(ListTortureChild.text(number));
        } else {
            assertThat(element).isInstanceOf(Long.class);
        }
    }
}
