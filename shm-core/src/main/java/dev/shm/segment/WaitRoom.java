package dev.shm.segment;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Those in this process who wait for something in a segment, and the bell of all others. Who waits sets its process's bit in
 * a word of the segment; who has news takes the bits and rings there. Any thread may use it.
 *
 * <p>A ring says: have a look. So everybody who waits is asked whether it has what it waits for, and only those are woken.
 */
public final class WaitRoom {

    /** One who waits. */
    public interface Sleeper {
        /** Whether there is a reason to wake it. Called on any thread; quick, and never throws. */
        boolean hasReason();

        /** Somebody rang, and there was no reason to wake it: whoever rings has taken its bit, so it sets it again. */
        void stay();

        /** Wakes it. Called on any thread, perhaps for nothing and more than once; never blocks. */
        void wake();
    }

    private static final int BITS = 48;

    /** The bits of all slots. */
    public static final long EVERYBODY = (1L << BITS) - 1;

    private final long ownBit;
    private final CopyOnWriteArrayList<Sleeper> sleepers = new CopyOnWriteArrayList<>();
    private volatile @Nullable LongConsumer others;
    private volatile @Nullable Ear ear;

    WaitRoom(int slot) {
        this.ownBit = bit(slot);
    }

    /** Bit of a slot in a word of sleepers; slots that are 48 apart share one, and are rung together. */
    static long bit(int slot) {
        return 1L << slot % BITS;
    }

    /** The bit of this process. */
    public long ownBit() {
        return ownBit;
    }

    /** Has one told of rings. */
    public void add(Sleeper sleeper) {
        sleepers.add(sleeper);
        count(1);
    }

    /** As {@link #add}, for one that has no thread: somebody else will listen for it. */
    public void addWithoutThread(Sleeper sleeper) {
        add(sleeper);
        Ear place = ear;
        if (place != null) {
            place.need();
        }
    }

    /** Has one told no more. */
    public void remove(Sleeper sleeper) {
        if (sleepers.remove(sleeper)) {
            count(-1);
        }
    }

    private void count(int more) {
        Ear place = ear;
        if (place != null) {
            place.count(more);
        }
    }

    /**
     * Has the calling thread, which was added as a sleeper, sleep until it is woken, the time is up, or it is interrupted; perhaps
     * shorter.
     *
     * @param woken whether it has been; set before {@link #wake} is called
     */
    public void sleep(BooleanSupplier woken, long nanos) {
        Ear place = ear;
        if (place != null) {
            place.sleep(woken, nanos);
        } else if (!woken.getAsBoolean()) {
            LockSupport.parkNanos(this, nanos);
        }
    }

    /** Wakes a thread that sleeps here, or is about to. Any thread. */
    public void wake(Thread thread) {
        Ear place = ear;
        if (place != null) {
            place.wake(thread);
        } else {
            LockSupport.unpark(thread);
        }
    }

    /** Rings for all processes whose bits are set, this one included. */
    public void ring(long bits) {
        if ((bits & ownBit) != 0) {
            look();
        }
        LongConsumer bell = others;
        if (bits != ownBit && bell != null) {
            bell.accept(bits);
        }
    }

    /** Somebody rang here: wakes those that have a reason. */
    void look() {
        for (Sleeper sleeper : sleepers) {
            if (sleeper.hasReason()) {
                sleeper.wake();
            } else {
                sleeper.stay();
            }
        }
    }

    /** Wakes all, since something that they wait for has ended. */
    public void wakeAll() {
        sleepers.forEach(Sleeper::wake);
    }

    /** From now on it rings for others, and hears them. Before anybody can wait. */
    void connect(LongConsumer bell, Ear place) {
        ear = place;
        others = bell;
    }
}
