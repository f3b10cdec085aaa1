package dev.shm.segment;

import java.util.concurrent.CopyOnWriteArrayList;
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

    private final long ownBit;
    private final CopyOnWriteArrayList<Sleeper> sleepers = new CopyOnWriteArrayList<>();
    private volatile @Nullable LongConsumer others;

    WaitRoom(int slot) {
        this.ownBit = bit(slot);
    }

    /** Bit of a slot in a word of sleepers; slots that are 64 apart share one, and are rung together. */
    static long bit(int slot) {
        return 1L << slot;
    }

    /** The bit of this process. */
    public long ownBit() {
        return ownBit;
    }

    public void add(Sleeper sleeper) {
        sleepers.add(sleeper);
    }

    public void remove(Sleeper sleeper) {
        sleepers.remove(sleeper);
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

    void connect(LongConsumer bell) {
        others = bell;
    }
}
