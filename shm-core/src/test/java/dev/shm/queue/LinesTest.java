package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Strip;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinesTest {

    private static final int BYTES = 4096;
    private static final long RING = 1 << 20;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES);
    private final Strip strip = MappedMemory.of(bytes).strip(0, BYTES);

    @Test
    void shouldLeaveEveryByteAsItWas() {
        byte[] before = new byte[BYTES];
        new Random(1).nextBytes(before);
        bytes.put(0, before);
        for (int from = 0; from < 512; from += 8) {
            for (int to = from + 8; to <= 1024; to += 8) {
                Lines.store(strip, from, to);
            }
        }
        byte[] after = new byte[BYTES];
        bytes.get(0, after);
        assertThat(after).isEqualTo(before);
    }

    @Test
    void shouldStoreOnlyInTheRecordAndOnlyInLinesThatEndThere() {
        for (int from = 0; from < 256; from += 8) {
            for (int to = from + 8; to <= 512; to += 8) {
                Stores stores = new Stores();
                Lines.store(stores, from, to);
                assertThat(stores.count).as("%s to %s", from, to).isEqualTo(to / 64 - from / 64);
                assertThat(stores.first).isGreaterThanOrEqualTo(from);
                assertThat(stores.last).isLessThan(to);
            }
        }
    }

    @Test
    void shouldNotStoreUntilThatWasFoundToPay() {
        Lines lines = new Lines(RING);
        for (int run = 0; run < 2; run++) {
            assertThat(lines.isStoring()).isFalse();
            run(lines, 100, 100);
        }
    }

    @Test
    void shouldKeepToWhatIsQuicker() {
        assertThat(storing(100, 50)).as("of 1000 runs, where storing pays").isGreaterThan(950);
        assertThat(storing(50, 100)).as("of 1000 runs, where it costs").isLessThan(50);
        assertThat(storing(100, 99)).as("of 1000 runs, where it hardly matters").isLessThan(50);
    }

    @Test
    void shouldFindOutAgainWhenThreadsHaveMoved() {
        Lines lines = new Lines(RING);
        count(lines, 1000, 100, 50);
        assertThat(lines.isStoring()).isTrue();
        count(lines, 1000, 50, 100);
        assertThat(count(lines, 1000, 50, 100)).isLessThan(50);
        count(lines, 1000, 100, 50);
        assertThat(count(lines, 1000, 100, 50)).isGreaterThan(950);
    }

    @Test
    void shouldNotBeMisledForLongByAPause() {
        Lines lines = new Lines(RING);
        count(lines, 1000, 50, 100);
        // The thread did not run for a while.
        run(lines, 100_000, 100_000);
        assertThat(count(lines, 1000, 50, 100)).isLessThan(50);
    }

    @Test
    void shouldDecideByWhatWasRead() {
        Lines lines = new Lines(BYTES);
        for (int i = 0; i < 1000; i++) {
            lines.keep(strip, 0, BYTES, true);
        }
        assertThat(lines).extracting("began").isNotEqualTo(0L);
    }

    private static int storing(long without, long with) {
        return count(new Lines(RING), 1000, without, with);
    }

    /** In how many of so many runs lines are stored. */
    private static int count(Lines lines, int runs, long without, long with) {
        int count = 0;
        for (int i = 0; i < runs; i++) {
            if (lines.isStoring()) {
                count++;
            }
            run(lines, without, with);
        }
        return count;
    }

    private static void run(Lines lines, long without, long with) {
        lines.look(0);
        lines.look(lines.isStoring() ? with : without);
    }

    /** Notes where it is stored to. */
    private static final class Stores extends Strip {

        int count;
        int first = Integer.MAX_VALUE;
        int last = -1;

        @Override
        public long getLong(int offset) {
            return offset;
        }

        @Override
        public long getLongAcquire(int offset) {
            throw new AssertionError();
        }

        @Override
        public void putLong(int offset, long value) {
            throw new AssertionError();
        }

        @Override
        public void putLongRelease(int offset, long value) {
            assertThat(value).isEqualTo(offset);
            count++;
            first = Math.min(first, offset);
            last = Math.max(last, offset);
        }

        @Override
        public boolean compareAndSetLong(int offset, long expected, long value) {
            throw new AssertionError();
        }

        @Override
        public long getAndAddLong(int offset, long delta) {
            throw new AssertionError();
        }

        @Override
        public long getLongVolatile(int offset) {
            throw new AssertionError();
        }

        @Override
        public long getLongOpaque(int offset) {
            throw new AssertionError();
        }

        @Override
        public void putLongVolatile(int offset, long value) {
            throw new AssertionError();
        }

        @Override
        public void putLongOpaque(int offset, long value) {
            throw new AssertionError();
        }

        @Override
        public long getAndSetLong(int offset, long value) {
            throw new AssertionError();
        }

        @Override
        public int getInt(int offset) {
            throw new AssertionError();
        }

        @Override
        public int getIntVolatile(int offset) {
            throw new AssertionError();
        }

        @Override
        public int getIntOpaque(int offset) {
            throw new AssertionError();
        }

        @Override
        public void putInt(int offset, int value) {
            throw new AssertionError();
        }

        @Override
        public void putIntVolatile(int offset, int value) {
            throw new AssertionError();
        }

        @Override
        public void putIntOpaque(int offset, int value) {
            throw new AssertionError();
        }

        @Override
        public boolean compareAndSetInt(int offset, int expected, int value) {
            throw new AssertionError();
        }

        @Override
        public int getAndAddInt(int offset, int delta) {
            throw new AssertionError();
        }

        @Override
        public int getAndSetInt(int offset, int value) {
            throw new AssertionError();
        }

        @Override
        public short getShort(int offset) {
            throw new AssertionError();
        }

        @Override
        public void putShort(int offset, short value) {
            throw new AssertionError();
        }

        @Override
        public byte getByte(int offset) {
            throw new AssertionError();
        }

        @Override
        public void putByte(int offset, byte value) {
            throw new AssertionError();
        }

        @Override
        public ByteBuffer bytes() {
            throw new AssertionError();
        }
    }
}
