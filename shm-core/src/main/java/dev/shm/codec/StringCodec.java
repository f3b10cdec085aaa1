package dev.shm.codec;

import dev.shm.error.CodecException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * UTF-8, without a length since the message has one. As everywhere in the JDK, half of a surrogate pair becomes a question mark;
 * bytes that are not UTF-8 are damage.
 */
final class StringCodec implements Codec<String> {

    static final StringCodec INSTANCE = new StringCodec();

    private static final int SCRATCH_BYTES = 8 << 10;
    private static final char REPLACEMENT = '\uFFFD';

    /** A string is made from an array and from nothing else; short ones share these. */
    private final Slots<byte[]> scratches = new Slots<>(() -> new byte[SCRATCH_BYTES]);

    private StringCodec() {}

    @Override
    public String name() {
        return "string";
    }

    @Override
    public int size(String value) {
        int length = value.length();
        long bytes = length;
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if (c < 0x80) {
                continue;
            }
            if (c < 0x800) {
                bytes++;
            } else if (!Character.isSurrogate(c)) {
                bytes += 2;
            } else if (isPair(value, i)) {
                // Four bytes for two characters.
                bytes += 2;
                i++;
            }
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new CodecException("The codec string cannot write a string of " + length + " characters, which are "
                    + bytes + " bytes: at most " + Integer.MAX_VALUE + " go into one message. Send it in parts.");
        }
        return (int) bytes;
    }

    private static boolean isPair(String value, int high) {
        return Character.isHighSurrogate(value.charAt(high))
                && high + 1 < value.length()
                && Character.isLowSurrogate(value.charAt(high + 1));
    }

    @Override
    public void encode(String value, ByteBuffer target) {
        int length = value.length();
        int start = target.position();
        if (target.remaining() < length) {
            throw new BufferOverflowException();
        }
        int i = 0;
        for (; i < length; i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                break;
            }
            target.put(start + i, (byte) c);
        }
        target.position(start + i);
        if (i < length) {
            try {
                encodeRest(value, i, target);
            } catch (BufferOverflowException e) {
                target.position(start);
                throw e;
            }
        }
    }

    private static void encodeRest(String value, int from, ByteBuffer target) {
        int length = value.length();
        for (int i = from; i < length; i++) {
            char c = value.charAt(i);
            if (c < 0x80) {
                target.put((byte) c);
            } else if (c < 0x800) {
                target.put((byte) (0xC0 | (c >> 6)));
                target.put((byte) (0x80 | (c & 0x3F)));
            } else if (!Character.isSurrogate(c)) {
                target.put((byte) (0xE0 | (c >> 12)));
                target.put((byte) (0x80 | ((c >> 6) & 0x3F)));
                target.put((byte) (0x80 | (c & 0x3F)));
            } else if (isPair(value, i)) {
                int codePoint = Character.toCodePoint(c, value.charAt(++i));
                target.put((byte) (0xF0 | (codePoint >> 18)));
                target.put((byte) (0x80 | ((codePoint >> 12) & 0x3F)));
                target.put((byte) (0x80 | ((codePoint >> 6) & 0x3F)));
                target.put((byte) (0x80 | (codePoint & 0x3F)));
            } else {
                target.put((byte) '?');
            }
        }
    }

    @Override
    public String decode(ByteBuffer source) {
        int length = source.remaining();
        if (length > SCRATCH_BYTES) {
            return decode(source, new byte[length], length);
        }
        byte[] scratch = scratches.take();
        try {
            return decode(source, scratch, length);
        } finally {
            scratches.giveBack(scratch);
        }
    }

    private static String decode(ByteBuffer source, byte[] scratch, int length) {
        source.get(source.position(), scratch, 0, length);
        String value = new String(scratch, 0, length, StandardCharsets.UTF_8);
        // The constructor puts this in place of what is malformed; it may also have been sent.
        if (value.indexOf(REPLACEMENT) >= 0) {
            requireUtf8(scratch, length);
        }
        source.position(source.limit());
        return value;
    }

    private static void requireUtf8(byte[] scratch, int length) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(scratch, 0, length));
        } catch (CharacterCodingException e) {
            throw new CodecException(
                    "The codec string found a message of " + length + " bytes that is not UTF-8 (" + e.getMessage()
                            + "). It was damaged, or written by another codec: read it with Codecs.bytes() to see what"
                            + " is in it, and make sure that every process uses the same codec.",
                    e);
        }
    }

    @Override
    public String toString() {
        return name();
    }
}
