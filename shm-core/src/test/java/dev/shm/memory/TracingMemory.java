package dev.shm.memory;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * The memory as one process sees it that can be killed after any of its stores. From then on every access fails, so that no
 * {@code finally} of the killed process touches anything. Records what was stored, and with which order.
 *
 * <p>Any thread may use it: of all who see the same memory like this, one stores at a time, and after {@link #kill} its process does
 * not any more.
 */
public final class TracingMemory extends Memory {

    /** What a killed process gets instead of its next access. Not caught by anything in the library. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** How a store is ordered against others of the same thread. */
    public enum Order {
        /** After nothing but the last full barrier. */
        PLAIN,
        /** After everything before it. */
        RELEASE,
        /** After everything before it, and before everything after it. */
        FULL
    }

    /** One store. */
    public record Store(Order order, long address, byte[] bytes) {}

    private final Memory shared;
    private final List<Store> trace = new ArrayList<>();
    private long storesLeft = Long.MAX_VALUE;
    private volatile boolean dead;
    private final AtomicLong fences = new AtomicLong();
    private Runnable beforeAccess = () -> {};

    public TracingMemory(Memory shared) {
        this.shared = shared;
    }

    /** Forgets the stores made so far, and allows that many more. */
    public void arm(long stores) {
        synchronized (shared) {
            trace.clear();
            storesLeft = stores;
        }
    }

    /** Has something run before each access: where another process may come in between. */
    public void beforeAccess(Runnable action) {
        beforeAccess = action;
    }

    /** Stores since {@link #arm}. */
    public List<Store> trace() {
        return trace;
    }

    /** Makes every further access fail. */
    public void kill() {
        synchronized (shared) {
            dead = true;
        }
    }

    public boolean isDead() {
        return dead;
    }

    private Memory alive() {
        beforeAccess.run();
        if (dead) {
            throw new Killed();
        }
        return shared;
    }

    private void store(Order order, long address, int bytes, Runnable action) {
        alive();
        synchronized (shared) {
            storeAlive(order, address, bytes, action);
        }
    }

    /** Caller has the monitor of the memory, so nobody comes between what it read there and this. */
    private void storeAlive(Order order, long address, int bytes, Runnable action) {
        if (dead || storesLeft == 0) {
            dead = true;
            throw new Killed();
        }
        storesLeft--;
        action.run();
        byte[] stored = new byte[bytes];
        shared.getBytes(address, stored, 0, bytes);
        trace.add(new Store(order, address, stored));
    }

    /** Full fences so far. */
    public long fences() {
        return fences.get();
    }

    @Override
    public void fullFence() {
        fences.incrementAndGet();
        super.fullFence();
    }

    @Override
    public long size() {
        return shared.size();
    }

    @Override
    public long getLong(long address) {
        return alive().getLong(address);
    }

    @Override
    public long getLongAcquire(long address) {
        return alive().getLongAcquire(address);
    }

    @Override
    public long getLongVolatile(long address) {
        return alive().getLongVolatile(address);
    }

    @Override
    public void putLong(long address, long value) {
        store(Order.PLAIN, address, 8, () -> shared.putLong(address, value));
    }

    @Override
    public void putLongRelease(long address, long value) {
        store(Order.RELEASE, address, 8, () -> shared.putLongRelease(address, value));
    }

    @Override
    public void putLongVolatile(long address, long value) {
        store(Order.FULL, address, 8, () -> shared.putLongVolatile(address, value));
    }

    @Override
    public boolean compareAndSetLong(long address, long expected, long value) {
        alive();
        synchronized (shared) {
            if (shared.getLong(address) != expected) {
                return false;
            }
            storeAlive(Order.FULL, address, 8, () -> shared.putLong(address, value));
            return true;
        }
    }

    private long updateLong(long address, LongUnaryOperator update) {
        alive();
        synchronized (shared) {
            long before = shared.getLong(address);
            storeAlive(Order.FULL, address, 8, () -> shared.putLong(address, update.applyAsLong(before)));
            return before;
        }
    }

    @Override
    public long getAndAddLong(long address, long delta) {
        return updateLong(address, before -> before + delta);
    }

    @Override
    public long getAndSetLong(long address, long value) {
        return updateLong(address, before -> value);
    }

    @Override
    public long getAndOrLong(long address, long mask) {
        return updateLong(address, before -> before | mask);
    }

    @Override
    public long getAndAndLong(long address, long mask) {
        return updateLong(address, before -> before & mask);
    }

    @Override
    public int getInt(long address) {
        return alive().getInt(address);
    }

    @Override
    public int getIntAcquire(long address) {
        return alive().getIntAcquire(address);
    }

    @Override
    public int getIntVolatile(long address) {
        return alive().getIntVolatile(address);
    }

    @Override
    public void putInt(long address, int value) {
        store(Order.PLAIN, address, 4, () -> shared.putInt(address, value));
    }

    @Override
    public void putIntRelease(long address, int value) {
        store(Order.RELEASE, address, 4, () -> shared.putIntRelease(address, value));
    }

    @Override
    public void putIntVolatile(long address, int value) {
        store(Order.FULL, address, 4, () -> shared.putIntVolatile(address, value));
    }

    @Override
    public boolean compareAndSetInt(long address, int expected, int value) {
        alive();
        synchronized (shared) {
            if (shared.getInt(address) != expected) {
                return false;
            }
            storeAlive(Order.FULL, address, 4, () -> shared.putInt(address, value));
            return true;
        }
    }

    private int updateInt(long address, IntUnaryOperator update) {
        alive();
        synchronized (shared) {
            int before = shared.getInt(address);
            storeAlive(Order.FULL, address, 4, () -> shared.putInt(address, update.applyAsInt(before)));
            return before;
        }
    }

    @Override
    public int getAndAddInt(long address, int delta) {
        return updateInt(address, before -> before + delta);
    }

    @Override
    public int getAndSetInt(long address, int value) {
        return updateInt(address, before -> value);
    }

    @Override
    public void getBytes(long address, byte[] target, int offset, int length) {
        alive().getBytes(address, target, offset, length);
    }

    @Override
    public void putBytes(long address, byte[] source, int offset, int length) {
        store(Order.PLAIN, address, length, () -> shared.putBytes(address, source, offset, length));
    }

    @Override
    public void copy(long from, long to, long length) {
        store(Order.PLAIN, to, Math.toIntExact(length), () -> shared.copy(from, to, length));
    }

    @Override
    public void clear(long address, long length) {
        store(Order.PLAIN, address, Math.toIntExact(length), () -> shared.clear(address, length));
    }

    @Override
    public ByteBuffer view(long address, int length) {
        return alive().view(address, length);
    }

    @Override
    public Strip strip(long address, int length) {
        ByteBuffer bytes = view(address, length);
        return new Strip() {
            @Override
            public long getLong(int offset) {
                return TracingMemory.this.getLong(address + offset);
            }

            @Override
            public boolean compareAndSetLong(int offset, long expected, long value) {
                return TracingMemory.this.compareAndSetLong(address + offset, expected, value);
            }

            @Override
            public long getAndAddLong(int offset, long delta) {
                return TracingMemory.this.getAndAddLong(address + offset, delta);
            }

            @Override
            public long getLongAcquire(int offset) {
                return TracingMemory.this.getLongAcquire(address + offset);
            }

            @Override
            public void putLong(int offset, long value) {
                TracingMemory.this.putLong(address + offset, value);
            }

            @Override
            public void putLongRelease(int offset, long value) {
                TracingMemory.this.putLongRelease(address + offset, value);
            }

            @Override
            public long getLongVolatile(int offset) {
                return TracingMemory.this.getLongVolatile(address + offset);
            }

            @Override
            public long getLongOpaque(int offset) {
                return TracingMemory.this.getLong(address + offset);
            }

            @Override
            public void putLongVolatile(int offset, long value) {
                TracingMemory.this.putLongVolatile(address + offset, value);
            }

            @Override
            public void putLongOpaque(int offset, long value) {
                TracingMemory.this.putLong(address + offset, value);
            }

            @Override
            public long getAndSetLong(int offset, long value) {
                return TracingMemory.this.getAndSetLong(address + offset, value);
            }

            @Override
            public int getInt(int offset) {
                return TracingMemory.this.getInt(address + offset);
            }

            @Override
            public int getIntVolatile(int offset) {
                return TracingMemory.this.getIntVolatile(address + offset);
            }

            @Override
            public int getIntOpaque(int offset) {
                return TracingMemory.this.getInt(address + offset);
            }

            @Override
            public void putInt(int offset, int value) {
                TracingMemory.this.putInt(address + offset, value);
            }

            @Override
            public void putIntVolatile(int offset, int value) {
                TracingMemory.this.putIntVolatile(address + offset, value);
            }

            @Override
            public void putIntOpaque(int offset, int value) {
                TracingMemory.this.putInt(address + offset, value);
            }

            @Override
            public boolean compareAndSetInt(int offset, int expected, int value) {
                return TracingMemory.this.compareAndSetInt(address + offset, expected, value);
            }

            @Override
            public int getAndAddInt(int offset, int delta) {
                return TracingMemory.this.getAndAddInt(address + offset, delta);
            }

            @Override
            public int getAndSetInt(int offset, int value) {
                return TracingMemory.this.getAndSetInt(address + offset, value);
            }

            @Override
            public short getShort(int offset) {
                alive();
                return bytes.getShort(offset);
            }

            @Override
            public void putShort(int offset, short value) {
                store(Order.PLAIN, address + offset, 2, () -> bytes.putShort(offset, value));
            }

            @Override
            public byte getByte(int offset) {
                alive();
                return bytes.get(offset);
            }

            @Override
            public void putByte(int offset, byte value) {
                store(Order.PLAIN, address + offset, 1, () -> bytes.put(offset, value));
            }

            @Override
            public ByteBuffer bytes() {
                return bytes;
            }
        };
    }
}
