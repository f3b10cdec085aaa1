package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;

/**
 * What one process did to the set: which elements of its own are there, how often it has added and removed each of those that all contend
 * for, and what it is about to do.
 */
final class SetLog extends TortureLog {

    static final int OWN = 300;
    static final int CONTENDED = 12;

    /** Element of its own or contended one that is being changed, plus one; 0 for none. */
    private static final int CHANGING = FIRST;

    private static final int CONTENDING = CHANGING + 8;
    /** Whether it is being added: 1, or removed: 0. */
    private static final int INTENDED = CONTENDING + 8;
    /** For each element of its own, 1 if it is there. */
    private static final int PRESENT = INTENDED + 8;
    /** For each contended element, how often it was added here, less how often it was removed. */
    private static final int BALANCE = PRESENT + 8 * OWN;

    private static final int BYTES = BALANCE + 8 * CONTENDED;

    SetLog(Path file) {
        super(file, BYTES);
    }

    // ---------------------------------------------------------------------------------------- the process itself

    boolean isPresent(int element) {
        return get(PRESENT + 8L * element) == 1;
    }

    void begin(int element, boolean adding) {
        set(INTENDED, adding ? 1 : 0);
        set(CHANGING, element + 1);
    }

    void end(int element, boolean present) {
        set(PRESENT + 8L * element, present ? 1 : 0);
        set(CHANGING, 0);
    }

    void beginContended(int element, boolean adding) {
        set(INTENDED, adding ? 1 : 0);
        set(CONTENDING, element + 1);
    }

    /** The next store is the note that it is done, so there is none of a half. */
    void endContended(int element, boolean done) {
        if (done) {
            set(BALANCE + 8L * element, balance(element) + step());
        }
        set(CONTENDING, 0);
    }

    private long step() {
        return get(INTENDED) == 1 ? 1 : -1;
    }

    // ---------------------------------------------------------------------------------------- who examines it

    long balance(int element) {
        return get(BALANCE + 8L * element);
    }

    /** Checks what there is of its own elements, and takes them out. What it was doing when it died is done, or not: the log says which then. */
    void check(int seat, Set<Object> content) {
        long changing = get(CHANGING);
        for (int element = 0; element < OWN; element++) {
            boolean found = content.remove(SetTortureChild.own(seat, element));
            if (changing == element + 1) {
                assertThat(found).isIn(isPresent(element), get(INTENDED) == 1);
                end(element, found);
            } else {
                assertThat(found)
                        .as("%s is there", SetTortureChild.own(seat, element))
                        .isEqualTo(isPresent(element));
            }
        }
    }

    /**
     * Whoever died while it contended for an element may have done that, and written it down, or not.
     *
     * @param missing what is to be added to the balances of an element, so that they say whether it is there
     */
    void settle(int element, long missing) {
        if (missing != 0) {
            assertThat(get(CONTENDING)).as("somebody was changing it").isEqualTo(element + 1);
            assertThat(missing).as("what it was doing").isEqualTo(step());
            set(BALANCE + 8L * element, balance(element) + missing);
        }
    }

    void settled() {
        set(CONTENDING, 0);
    }
}
