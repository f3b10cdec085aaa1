package dev.shm.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a class of the user is called in messages: a number that is made of its name and of its shape, and so is the same in every
 * process that has this version of the class, whatever else is registered there and in whatever order. A part of the format.
 *
 * <pre>
 *  63                 40 39                                     0
 * +---------------------+----------------------------------------+
 * |        name         |            name and shape              |
 * +---------------------+----------------------------------------+
 * </pre>
 *
 * <p>The upper bits are no more than a help: who meets another version of a class that it has can say which. Two names have all 64
 * bits to differ in, two versions of one class 40.
 */
final class TypeId {

    static final int BYTES = Long.BYTES;

    private static final int SHAPE_BITS = 40;

    private TypeId() {}

    /**
     * The number of a class.
     *
     * @param shape everything that its bytes depend on
     */
    static long of(String name, String shape) {
        return (hash(name) >>> SHAPE_BITS << SHAPE_BITS) | (hash(name + '\n' + shape) >>> (Long.SIZE - SHAPE_BITS));
    }

    /** Whether these are two versions of one class. */
    static boolean isSameName(long one, long other) {
        return one >>> SHAPE_BITS == other >>> SHAPE_BITS;
    }

    /** As people are told it. */
    static String toText(long id) {
        return HexFormat.of().toHexDigits(id);
    }

    private static long hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
