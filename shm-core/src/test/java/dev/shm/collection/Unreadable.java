package dev.shm.collection;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import java.nio.ByteBuffer;

/** A codec that says it is that of strings, and cannot read them: as in a process with another version of a class. */
final class Unreadable implements Codec<String> {

    @Override
    public String name() {
        return "string";
    }

    @Override
    public int size(String value) {
        return UNKNOWN_SIZE;
    }

    @Override
    public void encode(String value, ByteBuffer target) {
        Codecs.string().encode(value, target);
    }

    @Override
    public String decode(ByteBuffer source) {
        throw new CodecException("not in this process");
    }
}
