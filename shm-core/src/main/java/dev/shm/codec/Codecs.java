package dev.shm.codec;

/**
 * The codecs that come with the library.
 *
 * <table>
 * <caption>What to use</caption>
 * <tr><th>values</th><th>codec</th><th>bytes</th></tr>
 * <tr><td>{@code byte[]}</td><td>{@link #bytes()}</td><td>as they are</td></tr>
 * <tr><td>{@code String}</td><td>{@link #string()}</td><td>UTF-8</td></tr>
 * <tr><td>a number, a flag</td><td>{@link #longs()}, {@link #ints()}, {@link #doubles()}, {@link #booleans()}</td><td>8, 4, 8, 1</td></tr>
 * <tr><td>{@link NdArray}</td><td>{@link #ndArrays()}</td><td>some 40, and the elements as they are</td></tr>
 * <tr><td>records, enums, classes, collections of them</td><td>{@link #kryo}</td><td>compact, known after encoding</td></tr>
 * </table>
 */
public final class Codecs {

    private Codecs() {}

    /** Bytes as they are; decoding copies them. */
    public static Codec<byte[]> bytes() {
        return BytesCodec.INSTANCE;
    }

    /**
     * Strings as UTF-8. Half of a surrogate pair, which UTF-8 does not have, is written as a question mark, as {@link
     * String#getBytes(java.nio.charset.Charset)} does; bytes that are not UTF-8 are refused when they are read.
     */
    public static Codec<String> string() {
        return StringCodec.INSTANCE;
    }

    /** Eight bytes for each. */
    public static Codec<Long> longs() {
        return FixedCodec.LONG;
    }

    /** Four bytes for each. */
    public static Codec<Integer> ints() {
        return FixedCodec.INT;
    }

    /** Eight bytes for each; every bit of a NaN is kept that the JDK keeps. */
    public static Codec<Double> doubles() {
        return FixedCodec.DOUBLE;
    }

    /** One byte for each. */
    public static Codec<Boolean> booleans() {
        return FixedCodec.BOOLEAN;
    }

    /** Arrays of numbers of any type and shape, in any order. */
    public static Codec<NdArray> ndArrays() {
        return NdArrayCodec.INSTANCE;
    }

    /**
     * Object graphs of registered classes, and nothing else. Registered are the JDK's usual value types and collections, the
     * type itself, what its fields declare, and the classes given here; see {@link KryoCodec}.
     *
     * @throws IllegalArgumentException if a class cannot be registered; the message says why and what to do
     */
    public static <T> KryoCodec<T> kryo(Class<T> type, Class<?>... registered) {
        return KryoCodec.of(type).register(registered).build();
    }

    /** The codec for values of this type: one of the simple ones if there is one, else {@link #kryo Kryo}. */
    @SuppressWarnings("unchecked")
    public static <T> Codec<T> forType(Class<T> type) {
        Codec<?> codec;
        if (type == byte[].class) {
            codec = bytes();
        } else if (type == String.class) {
            codec = string();
        } else if (type == Long.class || type == long.class) {
            codec = longs();
        } else if (type == Integer.class || type == int.class) {
            codec = ints();
        } else if (type == Double.class || type == double.class) {
            codec = doubles();
        } else if (type == Boolean.class || type == boolean.class) {
            codec = booleans();
        } else if (type == NdArray.class) {
            codec = ndArrays();
        } else {
            codec = kryo(type);
        }
        return (Codec<T>) codec;
    }
}
