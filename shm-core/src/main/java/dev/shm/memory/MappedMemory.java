package dev.shm.memory;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * A memory-mapped file in windows of 1 GiB. The only class that holds a {@link VarHandle} on a buffer.
 *
 * <p>The mapping ends when the last buffer of it is garbage: unmapping earlier would turn a late access by any thread into
 * a crash of the JVM.
 */
public final class MappedMemory extends Memory {

    private static final int WINDOW_MASK = (int) (WINDOW_BYTES - 1);
    /** None of these bits is in the address of an aligned word of the first window. */
    private static final long NOT_ALIGNED_IN_FIRST = ~(WINDOW_BYTES - Long.BYTES);

    private static final int CLEAR_CHUNK = 1 << 16;
    private static final int ATOMIC_ACCESSES = 5_000;
    private static final byte[] ZEROS = new byte[CLEAR_CHUNK];

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    static {
        compileAtomicAccess();
    }

    private final MappedByteBuffer[] windows;
    /** The first one, which is the only one of most segments. */
    private final MappedByteBuffer first;
    /** The same as aligned words. */
    private final LongBuffer firstLongs;

    private final long size;

    /**
     * On a mapping that somebody truncated, compiled code raises an error and the interpreter does too, with one exception: its
     * compare-and-set is not guarded, and the JVM would end. So the JDK's methods behind it are used often enough here to be
     * compiled before any segment is mapped.
     */
    private static void compileAtomicAccess() {
        ByteBuffer scratch = ByteBuffer.allocateDirect(16).order(ByteOrder.LITTLE_ENDIAN);
        MappedMemory memory = of(scratch);
        for (int i = 0; i < ATOMIC_ACCESSES; i++) {
            memory.compareAndSetLong(0, i, i + 1L);
            memory.getAndAddLong(0, 0);
            memory.getAndSetLong(0, i + 1L);
            memory.getAndOrLong(0, 0);
            memory.getAndAndLong(0, -1);
            memory.compareAndSetInt(8, i, i + 1);
            memory.getAndAddInt(8, 0);
            memory.getAndSetInt(8, i + 1);
        }
    }

    private MappedMemory(MappedByteBuffer[] windows, long size) {
        this.windows = windows;
        this.first = windows[0];
        this.size = size;
        for (MappedByteBuffer window : windows) {
            window.order(ByteOrder.LITTLE_ENDIAN);
        }
        this.firstLongs = first.asLongBuffer();
    }

    /** Maps the first {@code size} bytes of a file that has at least as many. The channel may be closed afterwards. */
    public static MappedMemory map(FileChannel file, long size) throws IOException {
        return map(file, size, MapMode.READ_WRITE);
    }

    /** As {@link #map}, for reading only: every store raises {@link java.nio.ReadOnlyBufferException}. */
    public static MappedMemory mapReadOnly(FileChannel file, long size) throws IOException {
        return map(file, size, MapMode.READ_ONLY);
    }

    private static MappedMemory map(FileChannel file, long size, MapMode mode) throws IOException {
        if (size <= 0) {
            throw new IllegalArgumentException("size must be positive: size=" + size);
        }
        // FileChannel.map would silently enlarge a shorter file, and nothing here may ever change a file's size.
        if (file.size() < size) {
            throw new IOException(
                    "the file is shorter than the mapping: fileSize=" + file.size() + ", mapping=" + size);
        }
        MappedByteBuffer[] windows = new MappedByteBuffer[Math.toIntExact((size + WINDOW_BYTES - 1) >>> WINDOW_SHIFT)];
        for (int i = 0; i < windows.length; i++) {
            long start = (long) i << WINDOW_SHIFT;
            windows[i] = file.map(mode, start, Math.min(WINDOW_BYTES, size - start));
        }
        return new MappedMemory(windows, size);
    }

    /** Memory over one direct buffer: for tests and for memory that no other process shares. */
    public static MappedMemory of(ByteBuffer direct) {
        if (!direct.isDirect()) {
            throw new IllegalArgumentException("atomic access needs a direct buffer");
        }
        return new MappedMemory(new MappedByteBuffer[] {(MappedByteBuffer) direct.slice()}, direct.remaining());
    }

    @Override
    public long size() {
        return size;
    }

    /*
     * Plain words go by the buffer's own methods. The compiler knows that these touch memory outside the Java heap, so that it may keep
     * what it knows of the buffer from one access to the next; of a VarHandle's access it assumes that it may change anything. An aligned word is
     * read and stored as a whole by both.
     */

    private static long plainLong(MappedByteBuffer bytes, int index) {
        checkAligned(index, Long.BYTES);
        return bytes.getLong(index);
    }

    private static void putPlainLong(MappedByteBuffer bytes, int index, long value) {
        checkAligned(index, Long.BYTES);
        bytes.putLong(index, value);
    }

    private static int plainInt(MappedByteBuffer bytes, int index) {
        checkAligned(index, Integer.BYTES);
        return bytes.getInt(index);
    }

    private static void putPlainInt(MappedByteBuffer bytes, int index, int value) {
        checkAligned(index, Integer.BYTES);
        bytes.putInt(index, value);
    }

    private static void checkAligned(int index, int bytes) {
        if ((index & bytes - 1) != 0) {
            throw new IllegalStateException("misaligned access at " + index + ": of " + bytes + " bytes");
        }
    }

    @Override
    public long getLong(long address) {
        return (address & NOT_ALIGNED_IN_FIRST) == 0
                ? firstLongs.get((int) address >>> 3)
                : plainLong(window(address), index(address));
    }

    @Override
    public long getLongAcquire(long address) {
        return (long) LONG.getAcquire(window(address), index(address));
    }

    @Override
    public long getLongVolatile(long address) {
        return (long) LONG.getVolatile(window(address), index(address));
    }

    @Override
    public void putLong(long address, long value) {
        putPlainLong(window(address), index(address), value);
    }

    @Override
    public void putLongRelease(long address, long value) {
        LONG.setRelease(window(address), index(address), value);
    }

    @Override
    public void putLongVolatile(long address, long value) {
        LONG.setVolatile(window(address), index(address), value);
    }

    @Override
    public boolean compareAndSetLong(long address, long expected, long value) {
        return LONG.compareAndSet(window(address), index(address), expected, value);
    }

    @Override
    public long getAndAddLong(long address, long delta) {
        return (long) LONG.getAndAdd(window(address), index(address), delta);
    }

    @Override
    public long getAndSetLong(long address, long value) {
        return (long) LONG.getAndSet(window(address), index(address), value);
    }

    @Override
    public long getAndOrLong(long address, long mask) {
        return (long) LONG.getAndBitwiseOr(window(address), index(address), mask);
    }

    @Override
    public long getAndAndLong(long address, long mask) {
        return (long) LONG.getAndBitwiseAnd(window(address), index(address), mask);
    }

    @Override
    public int getInt(long address) {
        return plainInt(window(address), index(address));
    }

    @Override
    public int getIntAcquire(long address) {
        return (int) INT.getAcquire(window(address), index(address));
    }

    @Override
    public int getIntVolatile(long address) {
        return (int) INT.getVolatile(window(address), index(address));
    }

    @Override
    public void putInt(long address, int value) {
        putPlainInt(window(address), index(address), value);
    }

    @Override
    public void putIntRelease(long address, int value) {
        INT.setRelease(window(address), index(address), value);
    }

    @Override
    public void putIntVolatile(long address, int value) {
        INT.setVolatile(window(address), index(address), value);
    }

    @Override
    public boolean compareAndSetInt(long address, int expected, int value) {
        return INT.compareAndSet(window(address), index(address), expected, value);
    }

    @Override
    public int getAndAddInt(long address, int delta) {
        return (int) INT.getAndAdd(window(address), index(address), delta);
    }

    @Override
    public int getAndSetInt(long address, int value) {
        return (int) INT.getAndSet(window(address), index(address), value);
    }

    @Override
    public void getBytes(long address, byte[] target, int offset, int length) {
        long from = address;
        int to = offset;
        for (int left = length; left > 0; ) {
            int chunk = (int) Math.min(left, leftInWindow(from));
            window(from).get(index(from), target, to, chunk);
            from += chunk;
            to += chunk;
            left -= chunk;
        }
    }

    @Override
    public void putBytes(long address, byte[] source, int offset, int length) {
        long to = address;
        int from = offset;
        for (int left = length; left > 0; ) {
            int chunk = (int) Math.min(left, leftInWindow(to));
            window(to).put(index(to), source, from, chunk);
            to += chunk;
            from += chunk;
            left -= chunk;
        }
    }

    @Override
    public void copy(long from, long to, long length) {
        long source = from;
        long target = to;
        for (long left = length; left > 0; ) {
            int chunk = (int) Math.min(left, Math.min(leftInWindow(source), leftInWindow(target)));
            window(target).put(index(target), window(source), index(source), chunk);
            source += chunk;
            target += chunk;
            left -= chunk;
        }
    }

    @Override
    public void clear(long address, long length) {
        long to = address;
        for (long left = length; left > 0; ) {
            int chunk = (int) Math.min(Math.min(left, CLEAR_CHUNK), leftInWindow(to));
            window(to).put(index(to), ZEROS, 0, chunk);
            to += chunk;
            left -= chunk;
        }
    }

    @Override
    public ByteBuffer view(long address, int length) {
        if (!isInOneWindow(address, length)) {
            throw new IndexOutOfBoundsException("address=" + address + ", length=" + length + ", size=" + size);
        }
        return window(address).slice(index(address), length).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public Strip strip(long address, int length) {
        return new MappedStrip((MappedByteBuffer) view(address, length));
    }

    /** One buffer, found once. */
    private static final class MappedStrip extends Strip {

        private final MappedByteBuffer bytes;
        /** The same as aligned words, which cost one look at the end of the buffer, and no other check. */
        private final LongBuffer longs;

        MappedStrip(MappedByteBuffer bytes) {
            this.bytes = bytes;
            this.longs = bytes.asLongBuffer();
        }

        @Override
        public long getLong(int offset) {
            return plainLong(bytes, offset);
        }

        @Override
        public long getLongAt(int number) {
            return longs.get(number);
        }

        @Override
        public long getLongAcquire(int offset) {
            return (long) LONG.getAcquire(bytes, offset);
        }

        @Override
        public void putLong(int offset, long value) {
            putPlainLong(bytes, offset, value);
        }

        @Override
        public void putLongRelease(int offset, long value) {
            LONG.setRelease(bytes, offset, value);
        }

        @Override
        public boolean compareAndSetLong(int offset, long expected, long value) {
            return LONG.compareAndSet(bytes, offset, expected, value);
        }

        @Override
        public long getAndAddLong(int offset, long delta) {
            return (long) LONG.getAndAdd(bytes, offset, delta);
        }

        @Override
        public long getLongVolatile(int offset) {
            return (long) LONG.getVolatile(bytes, offset);
        }

        @Override
        public long getLongOpaque(int offset) {
            return (long) LONG.getOpaque(bytes, offset);
        }

        @Override
        public void putLongVolatile(int offset, long value) {
            LONG.setVolatile(bytes, offset, value);
        }

        @Override
        public void putLongOpaque(int offset, long value) {
            LONG.setOpaque(bytes, offset, value);
        }

        @Override
        public long getAndSetLong(int offset, long value) {
            return (long) LONG.getAndSet(bytes, offset, value);
        }

        @Override
        public int getInt(int offset) {
            return plainInt(bytes, offset);
        }

        @Override
        public int getIntVolatile(int offset) {
            return (int) INT.getVolatile(bytes, offset);
        }

        @Override
        public int getIntOpaque(int offset) {
            return (int) INT.getOpaque(bytes, offset);
        }

        @Override
        public void putInt(int offset, int value) {
            putPlainInt(bytes, offset, value);
        }

        @Override
        public void putIntVolatile(int offset, int value) {
            INT.setVolatile(bytes, offset, value);
        }

        @Override
        public void putIntOpaque(int offset, int value) {
            INT.setOpaque(bytes, offset, value);
        }

        @Override
        public boolean compareAndSetInt(int offset, int expected, int value) {
            return INT.compareAndSet(bytes, offset, expected, value);
        }

        @Override
        public int getAndAddInt(int offset, int delta) {
            return (int) INT.getAndAdd(bytes, offset, delta);
        }

        @Override
        public int getAndSetInt(int offset, int value) {
            return (int) INT.getAndSet(bytes, offset, value);
        }

        @Override
        public short getShort(int offset) {
            return bytes.getShort(offset);
        }

        @Override
        public void putShort(int offset, short value) {
            bytes.putShort(offset, value);
        }

        @Override
        public byte getByte(int offset) {
            return bytes.get(offset);
        }

        @Override
        public void putByte(int offset, byte value) {
            bytes.put(offset, value);
        }

        @Override
        public ByteBuffer bytes() {
            return bytes;
        }
    }

    private MappedByteBuffer window(long address) {
        int window = (int) (address >>> WINDOW_SHIFT);
        return window == 0 ? first : windows[window];
    }

    private static int index(long address) {
        return (int) address & WINDOW_MASK;
    }

    private static long leftInWindow(long address) {
        return WINDOW_BYTES - index(address);
    }
}
