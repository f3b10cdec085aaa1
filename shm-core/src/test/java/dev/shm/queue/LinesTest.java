package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Strip;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinesTest {

    private static final int BYTES = 4096;

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
        Lines.keep(strip, 0, BYTES, true);
        Lines.keep(strip, 8, BYTES, false);
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
    void shouldTellTheProcessorByItsVendor(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("cpuinfo");
        assertThat(Lines.isAmd(file)).isFalse();
        Files.writeString(file, "processor\t: 0\nvendor_id\t: GenuineIntel\n");
        assertThat(Lines.isAmd(file)).isFalse();
        Files.writeString(file, "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t: 1\n");
        assertThat(Lines.isAmd(file)).isTrue();
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
