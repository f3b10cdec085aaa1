package dev.shm.testing;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;

/** Bytes that tell whether they are what somebody once wrote: by a seed known from elsewhere, or by themselves. */
public final class Content {

    private static final int SEEDS = 1 << 16;
    private static final int LARGEST = 256 << 10;
    private static final byte[] PATTERN = new byte[SEEDS + LARGEST];
    private static final int VERSION = 4;
    private static final int WRITER = VERSION + 8;
    private static final int FILLING = WRITER + 4;
    private static final int CHECKSUM_BYTES = 4;

    static {
        new Random(42).nextBytes(PATTERN);
    }

    private Content() {}

    /** The bytes that belong to a seed. */
    public static byte[] of(long seed, int bytes) {
        int from = (int) seed & (SEEDS - 1);
        return Arrays.copyOfRange(PATTERN, from, from + bytes);
    }

    public static boolean matches(byte[] found, long seed) {
        int from = (int) seed & (SEEDS - 1);
        return Arrays.equals(found, 0, found.length, PATTERN, from, from + found.length);
    }

    /** A value that carries its length, a version, its writer and a checksum. */
    public static byte[] selfChecking(long version, int writer, int filling) {
        ByteBuffer bytes = ByteBuffer.allocate(FILLING + filling + CHECKSUM_BYTES);
        bytes.putInt(bytes.capacity()).putLong(version).putInt(writer).put(of(version, filling));
        return bytes.putInt(checksum(bytes.array())).array();
    }

    /** The version of a value, 0 for the empty one; fails if the value is none that anybody wrote. */
    public static long version(byte[] value) {
        if (value.length == 0) {
            return 0;
        }
        ByteBuffer bytes = ByteBuffer.wrap(value);
        if (value.length < FILLING + CHECKSUM_BYTES
                || bytes.getInt(0) != value.length
                || bytes.getInt(value.length - CHECKSUM_BYTES) != checksum(value)) {
            throw new AssertionError("a torn value of " + value.length + " bytes: "
                    + Arrays.toString(Arrays.copyOf(value, Math.min(value.length, 64))));
        }
        return bytes.getLong(VERSION);
    }

    private static int checksum(byte[] value) {
        CRC32 crc = new CRC32();
        crc.update(value, 0, value.length - CHECKSUM_BYTES);
        return (int) crc.getValue();
    }
}
