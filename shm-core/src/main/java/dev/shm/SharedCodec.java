package dev.shm;

import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Turns what is shared into the words that say which it is: the segment, the root and the name. Whoever reads them looks for the name in the
 * directory and believes nothing else, so no bytes make it touch what is not an object of that type.
 */
final class SharedCodec<T> implements Codec<Shared<T>> {

    private static final byte VERSION = 1;
    /** Version, identity of the segment, root. */
    private static final int FIXED_BYTES = 1 + 16 + 8;

    private final SharedMemory memory;
    private final UUID uuid;
    private final @Nullable Codec<Object> values;
    private final String name;

    SharedCodec(SharedMemory memory, @Nullable Codec<Object> values) {
        this.memory = memory;
        this.uuid = memory.uuid();
        this.values = values;
        this.name = "shared:" + VERSION + ", " + Shared.typeName(memory, values) + " in " + memory.name();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size(Shared<T> shared) {
        return FIXED_BYTES + shared.name().getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public void encode(Shared<T> shared, ByteBuffer target) {
        if (!shared.memory().uuid().equals(uuid)) {
            throw new CodecException(shared + " cannot be sent by a codec of segment '" + memory.name() + "' (" + uuid
                    + "). Move it there, or use a queue with the codec of its own segment.");
        }
        target.put(VERSION)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .putLong(shared.id())
                .put(shared.name().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Shared<T> decode(ByteBuffer source) {
        if (source.remaining() <= FIXED_BYTES || source.get() != VERSION) {
            throw new CodecException("codec '" + name
                    + "': these are not the bytes that say what is shared. The message was damaged: drop it.");
        }
        UUID found = new UUID(source.getLong(), source.getLong());
        if (!found.equals(uuid)) {
            throw new CodecException(
                    "codec '" + name + "': the message is of what was shared in another segment, or in "
                            + "one of that name that was replaced since: found=" + found + ", expected=" + uuid
                            + ". Drop it, and ask for another.");
        }
        long id = source.getLong();
        byte[] text = new byte[source.remaining()];
        source.get(text);
        return new Shared<>(memory, new String(text, StandardCharsets.UTF_8), id, values);
    }
}
