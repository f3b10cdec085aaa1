package dev.shm.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The constants of an enum, by their names, so that they may be added and moved: a process that does not have one cannot read the
 * messages with that one, and reads all others. See {@link TypeTable}.
 *
 * <p>Stateless, so that all instances of Kryo share it.
 */
final class ConstantSerializer extends Serializer<Enum<?>> {

    /** Of a name that is not known here, as much as people are shown. */
    private static final int SHOWN_BYTES = 200;

    private final Class<?> type;
    private final Enum<?>[] constants;
    /** By the ordinals of this process, which are in no message. */
    private final byte[][] names;
    /** Finds a name by its hash: indexes into the two above, plus 1; the next place if one is taken. */
    private final int[] table;

    ConstantSerializer(Class<?> type) {
        super(true, true);
        this.type = type;
        this.constants = Arrays.copyOf((Enum<?>[]) type.getEnumConstants(), type.getEnumConstants().length);
        this.names = Arrays.stream(constants)
                .map(constant -> constant.name().getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        this.table = new int[Integer.highestOneBit(constants.length + 1) << 2];
        for (int i = 0; i < names.length; i++) {
            int place = spread(Arrays.hashCode(names[i]));
            while (table[place] != 0) {
                place = next(place);
            }
            table[place] = i + 1;
        }
    }

    private int spread(int hash) {
        return (hash ^ hash >>> 16) & (table.length - 1);
    }

    private int next(int place) {
        return (place + 1) & (table.length - 1);
    }

    @Override
    public void write(Kryo kryo, Output output, @Nullable Enum<?> constant) {
        TypeTable.of(kryo).writeConstant(output, constant, this);
    }

    @Override
    public @Nullable Enum<?> read(Kryo kryo, Input input, Class<? extends Enum<?>> ignored) {
        return TypeTable.of(kryo).readConstant((BufferInput) input, this);
    }

    /** The ordinal stays in this process. */
    @SuppressWarnings("EnumOrdinal")
    void writeName(Output output, Enum<?> constant) {
        byte[] name = names[constant.ordinal()];
        output.writeVarInt(name.length, true);
        output.writeBytes(name);
    }

    Enum<?> readName(BufferInput input) {
        int length = input.readLength();
        ByteBuffer bytes = input.getByteBuffer();
        int start = input.position();
        // As Arrays.hashCode does.
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + bytes.get(start + i);
        }
        input.setPosition(start + length);
        for (int place = spread(hash); table[place] != 0; place = next(place)) {
            int index = table[place] - 1;
            if (isAt(names[index], bytes, start, length)) {
                return constants[index];
            }
        }
        byte[] shown = new byte[Math.min(length, SHOWN_BYTES)];
        bytes.get(start, shown);
        throw new NotKnownHere(
                "the enum " + type.getName() + " has no constant " + new String(shown, StandardCharsets.UTF_8)
                        + " in this process; it has "
                        + Arrays.stream(constants).map(Enum::name).collect(Collectors.joining(", ")),
                "Give every process the same version of the enum.");
    }

    private static boolean isAt(byte[] name, ByteBuffer bytes, int start, int length) {
        if (name.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name[i] != bytes.get(start + i)) {
                return false;
            }
        }
        return true;
    }

    /** One that was named before in the same message, perhaps as a constant of another enum. */
    Enum<?> own(Enum<?> constant) {
        if (constant.getDeclaringClass() != type) {
            throw new KryoException("A constant of "
                    + constant.getDeclaringClass().getName() + " is given for one of " + type.getName());
        }
        return constant;
    }
}
