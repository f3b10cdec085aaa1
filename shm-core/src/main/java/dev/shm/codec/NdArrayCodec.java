package dev.shm.codec;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Arrays of any type and shape. Writes the elements straight into the target; reading copies them once, into the Java heap. */
final class NdArrayCodec implements Codec<NdArray> {

    static final NdArrayCodec INSTANCE = new NdArrayCodec();

    private NdArrayCodec() {}

    @Override
    public String name() {
        return "ndarray";
    }

    @Override
    public int size(NdArray value) {
        return NdArrayLayout.elements(value.rank()) + value.elements().limit();
    }

    @Override
    public void encode(NdArray value, ByteBuffer target) {
        int start = target.position();
        int size = size(value);
        if (target.remaining() < size) {
            throw new BufferOverflowException();
        }
        NdArrayLayout.write(target, start, value.elementType(), value.timestamp(), value.index(), value.shape());
        int offset = NdArrayLayout.elements(value.rank());
        target.put(start + offset, value.elements(), 0, size - offset);
        target.position(start + size);
    }

    @Override
    public NdArray decode(ByteBuffer source) {
        NdArray value =
                NdArray.inPlace(source.slice().order(ByteOrder.LITTLE_ENDIAN)).copy();
        source.position(source.limit());
        return value;
    }

    @Override
    public String toString() {
        return name();
    }
}
