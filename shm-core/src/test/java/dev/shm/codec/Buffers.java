package dev.shm.codec;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What codecs get: a little-endian window into direct memory, with something before and behind it. */
final class Buffers {

    private static final int MARGIN = 16;
    private static final byte FENCE = 0x5A;

    private Buffers() {}

    static ByteBuffer window(int bytes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(MARGIN + bytes + MARGIN).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            buffer.put(FENCE);
        }
        return buffer.position(MARGIN).limit(MARGIN + bytes);
    }

    /** Whether nothing outside of the window was stored to. */
    static boolean fencesStand(ByteBuffer window, int bytes) {
        ByteBuffer all = window.duplicate().clear();
        for (int i = 0; i < MARGIN; i++) {
            if (all.get(i) != FENCE || all.get(MARGIN + bytes + i) != FENCE) {
                return false;
            }
        }
        return true;
    }

    static <T> byte[] encoded(Codec<T> codec, T value) {
        for (int room = Math.max(codec.size(value), 64); ; room *= 2) {
            ByteBuffer target = window(room);
            int start = target.position();
            try {
                codec.encode(value, target);
            } catch (BufferOverflowException e) {
                continue;
            }
            byte[] bytes = new byte[target.position() - start];
            target.get(start, bytes);
            return bytes;
        }
    }

    static ByteBuffer source(byte[] bytes) {
        ByteBuffer source = window(bytes.length);
        source.put(source.position(), bytes);
        return source;
    }

    static <T> T decoded(Codec<T> codec, byte[] bytes) {
        ByteBuffer source = source(bytes);
        int end = source.limit();
        T value = codec.decode(source.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN));
        codec.decode(source);
        if (source.position() != end || !fencesStand(source, bytes.length)) {
            throw new AssertionError("The codec left the source at " + source);
        }
        return value;
    }

    static <T> T roundTrip(Codec<T> codec, T value) {
        return decoded(codec, encoded(codec, value));
    }
}
