package dev.shm.torture;

import dev.shm.queue.SendOptions;
import dev.shm.testing.Content;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A message that tells by its number what it must look like, and the number who sent it and as which of its.
 *
 * <pre>
 *     63   62        40 39    38       36 35         0
 *   +-----+------------+-----+-----------+------------+
 *   |large|  producer  |small| priority  |  sequence  |
 *   +-----+------------+-----+-----------+------------+
 * </pre>
 */
final class SoakMessage {

    static final long MAX_SEQUENCE = (1L << 36) - 1;

    private static final long LARGE = 1L << 63;
    private static final long SMALL = 1L << 39;
    private static final int LARGEST = 240 << 10;
    /** Of those that are said to be large. */
    private static final int VERY_LARGEST = 3 << 20;

    private static final int CHUNK = 64 << 10;

    private SoakMessage() {}

    static long id(int producer, boolean small, int priority, long sequence) {
        return (long) producer << 40 | (small ? SMALL : 0) | (long) priority << 36 | sequence;
    }

    /** The number of one like it that has more bytes than any other. */
    static long large(long id) {
        return id | LARGE;
    }

    /** What it has in common with those that must come in order. */
    static long line(long id) {
        return id & ~(MAX_SEQUENCE | SMALL | LARGE);
    }

    static int producer(long id) {
        return (int) ((id & ~LARGE) >>> 40);
    }

    static int priority(long id) {
        return (int) (id >>> 36) & 7;
    }

    static long sequence(long id) {
        return id & MAX_SEQUENCE;
    }

    private static boolean isSmall(long id) {
        return (id & SMALL) != 0;
    }

    static int length(long id) {
        SplittableRandom random = new SplittableRandom(id);
        if ((id & LARGE) != 0) {
            return LARGEST + random.nextInt(VERY_LARGEST - LARGEST);
        }
        int kind = isSmall(id) ? 0 : random.nextInt(100);
        int most = kind < 60 ? 200 : kind < 85 ? 4 << 10 : kind < 95 ? 40 << 10 : LARGEST;
        return Long.BYTES + random.nextInt(most);
    }

    static byte[] payload(long id) {
        ByteBuffer payload =
                ByteBuffer.allocate(length(id)).order(ByteOrder.LITTLE_ENDIAN).putLong(id);
        for (int chunk = 0; payload.hasRemaining(); chunk++) {
            payload.put(Content.of(id * 31 + chunk, Math.min(CHUNK, payload.remaining())));
        }
        return payload.array();
    }

    static SendOptions options(long id) {
        SendOptions options = SendOptions.priority(priority(id));
        return hasHeader(id) ? options.withHeader(header(id)) : options;
    }

    private static boolean hasHeader(long id) {
        return !isSmall(id) && sequence(id) % 4 == 0;
    }

    private static byte[] header(long id) {
        return ByteBuffer.allocate(Long.BYTES).putLong(id).array();
    }

    /** The number of a message; fails if it is not exactly what was sent under that number. */
    static long check(byte[] payload) {
        if (payload.length < Long.BYTES) {
            throw new AssertionError("a torn message of " + payload.length + " bytes");
        }
        long id = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (payload.length != length(id) || !Arrays.equals(payload, payload(id))) {
            throw new AssertionError("a torn message of " + payload.length + " bytes, which says that it is "
                    + describe(id) + ": " + Arrays.toString(Arrays.copyOf(payload, Math.min(payload.length, 64))));
        }
        return id;
    }

    static long check(byte[] payload, byte[] header) {
        long id = check(payload);
        if (!Arrays.equals(header, hasHeader(id) ? header(id) : new byte[0])) {
            throw new AssertionError(describe(id) + " has another's header: " + Arrays.toString(header));
        }
        return id;
    }

    static String describe(long id) {
        return "number " + sequence(id) + " of producer " + producer(id) + " with priority " + priority(id)
                + (isSmall(id) ? " of a batch" : "") + " (" + length(id) + " bytes)";
    }
}
