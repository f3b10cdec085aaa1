package dev.shm.codec;

import dev.shm.error.CodecException;
import java.nio.ByteBuffer;

/** A number or a flag: the same few bytes for every value. */
abstract class FixedCodec<T> implements Codec<T> {

    static final Codec<Long> LONG = new FixedCodec<>("long", Long.BYTES) {
        @Override
        public void encode(Long value, ByteBuffer target) {
            target.putLong(value);
        }

        @Override
        Long read(ByteBuffer source) {
            return source.getLong();
        }
    };

    static final Codec<Integer> INT = new FixedCodec<>("int", Integer.BYTES) {
        @Override
        public void encode(Integer value, ByteBuffer target) {
            target.putInt(value);
        }

        @Override
        Integer read(ByteBuffer source) {
            return source.getInt();
        }
    };

    static final Codec<Double> DOUBLE = new FixedCodec<>("double", Double.BYTES) {
        @Override
        public void encode(Double value, ByteBuffer target) {
            target.putDouble(value);
        }

        @Override
        Double read(ByteBuffer source) {
            return source.getDouble();
        }
    };

    static final Codec<Boolean> BOOLEAN = new FixedCodec<>("boolean", Byte.BYTES) {
        @Override
        public void encode(Boolean value, ByteBuffer target) {
            target.put((byte) (value ? 1 : 0));
        }

        @Override
        Boolean read(ByteBuffer source) {
            byte flag = source.get();
            if (flag != 0 && flag != 1) {
                throw new CodecException("The codec boolean found " + flag + " where only 0 and 1 can be." + ADVICE);
            }
            return flag == 1;
        }
    };

    private static final String ADVICE = " The message was damaged, or written by another codec: make sure that every"
            + " process uses the same one.";

    private final String name;
    private final int bytes;

    private FixedCodec(String name, int bytes) {
        this.name = name;
        this.bytes = bytes;
    }

    abstract T read(ByteBuffer source);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final int size(T value) {
        return bytes;
    }

    @Override
    public final T decode(ByteBuffer source) {
        if (source.remaining() != bytes) {
            throw new CodecException("The codec " + name + " found a message of " + source.remaining()
                    + " bytes instead of " + bytes + "." + ADVICE);
        }
        return read(source);
    }

    @Override
    public final String toString() {
        return name;
    }
}
