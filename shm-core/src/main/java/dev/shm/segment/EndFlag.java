package dev.shm.segment;

/**
 * Whether something has ended, for paths on which a volatile read costs too much. It is read plainly: a thread that meets an ordered access
 * of shared memory between two reads, as nearly all do, finds out at the next one; a loop of plain reads may find out when it is over. What
 * ended, and why, is kept elsewhere, and was stored before the flag was set.
 *
 * <p>Any thread may use it. Nothing depends on it for safety: a mapping stays for as long as somebody can touch it, and closing while
 * a thread still works is the caller's to avoid.
 */
public final class EndFlag {

    private boolean set;

    /** A flag that is set from the beginning. */
    public static EndFlag alwaysSet() {
        EndFlag flag = new EndFlag();
        flag.set();
        return flag;
    }

    /** Says that it has ended. */
    public void set() {
        set = true;
    }

    /** Whether it has, as far as this thread has seen. */
    public boolean isSet() {
        return set;
    }
}
