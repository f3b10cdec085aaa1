package dev.shm.integration.support;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.codec.KryoCodec;
import dev.shm.codec.NdArray;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.util.ClassUtils;

/**
 * The codecs for payloads by the names that configurations use: {@code kryo}, {@code json}, {@code string}, {@code bytes}, {@code
 * ndarray}.
 */
public final class PayloadCodecs {

    /** Object graphs of registered classes; for simple types such as {@code String}, the codec that is made for them. */
    public static final String KRYO = "kryo";

    /** JSON, if Jackson 3 is on the class path. */
    public static final String JSON = "json";

    /** {@code String} as UTF-8. */
    public static final String STRING = "string";

    /** {@code byte[]} as they are. */
    public static final String BYTES = "bytes";

    /** {@link NdArray}: arrays of numbers of any type and shape. */
    public static final String NDARRAY = "ndarray";

    private static final Set<String> NAMES = Set.of(KRYO, JSON, STRING, BYTES, NDARRAY);

    private static final boolean JACKSON_PRESENT =
            ClassUtils.isPresent("tools.jackson.databind.json.JsonMapper", PayloadCodecs.class.getClassLoader());

    private PayloadCodecs() {}

    /** All names. */
    public static Set<String> names() {
        return NAMES;
    }

    /**
     * The codec of that name.
     *
     * @param type what payloads are; {@code Object} for anything that the codec knows by itself
     * @param registered further classes that may be in a payload, for {@code kryo}
     * @throws IllegalArgumentException if there is none of that name, or it does not write that type
     * @throws IllegalStateException if it is {@code json} and Jackson is missing
     */
    public static Codec<?> named(String name, Class<?> type, Class<?>... registered) {
        return switch (name) {
            case KRYO ->
                registered.length == 0
                        ? Codecs.forType(type)
                        : KryoCodec.of(type).register(registered).build();
            case JSON -> json(type);
            case STRING -> checked(name, Codecs.string(), String.class, type);
            case BYTES -> checked(name, Codecs.bytes(), byte[].class, type);
            case NDARRAY -> checked(name, Codecs.ndArrays(), NdArray.class, type);
            default ->
                throw new IllegalArgumentException("there is no payload codec '" + name + "'. There are "
                        + String.join(", ", new TreeSet<>(NAMES)) + "; or give a Codec of your own.");
        };
    }

    private static Codec<?> json(Class<?> type) {
        if (!JACKSON_PRESENT) {
            throw new IllegalStateException(
                    "the payload codec 'json' needs Jackson 3: add tools.jackson.core:jackson-databind.");
        }
        return JsonCodec.of(type);
    }

    private static Codec<?> checked(String name, Codec<?> codec, Class<?> writes, Class<?> asked) {
        if (!asked.isAssignableFrom(writes)) {
            throw new IllegalArgumentException("the payload codec '" + name + "' writes " + writes.getTypeName()
                    + " and not " + asked.getTypeName() + ". Choose another codec, or leave out the payload type.");
        }
        return codec;
    }
}
