package dev.shm.codec;

import java.nio.ByteBuffer;

/** The bytes as they are. */
final class BytesCodec implements Codec<byte[]> {

    static final BytesCodec INSTANCE = new BytesCodec();

    private BytesCodec() {}

    @Override
    public String name() {
        return "bytes";
    }

    @Override
    public int size(byte[] value) {
        return value.length;
    }

    @Override
    public void encode(byte[] value, ByteBuffer target) {
        target.put(value);
    }

    @Override
    public byte[] decode(ByteBuffer source) {
        byte[] value = new byte[source.remaining()];
        source.get(value);
        return value;
    }

    @Override
    public String toString() {
        return name();
    }
}
