package dev.shm.collection;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.codec.KryoCodec;
import dev.shm.error.CodecException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the values of one type lie in an entry: a tag, which says what the bytes are, and the bytes that a codec makes of the value. What
 * is used most has a quick way that needs no buffer, and gives the same bytes. Tags and bytes are a part of the format.
 */
class Element<T> {

    /** The tag of whatever a codec that is not among the {@link NativeElements} makes. */
    static final int CODEC_TAG = 255;

    private final String name;
    private final int tag;
    private final @Nullable Class<T> type;
    private final Codec<T> codec;

    /**
     * A kind of elements.
     *
     * @param name names the format; a part of the type of a map
     * @param type null if only the codec knows
     */
    Element(String name, int tag, @Nullable Class<T> type, Codec<T> codec) {
        this.name = name;
        this.tag = tag;
        this.type = type;
        this.codec = codec;
    }

    /** For the values of a class: a native one if there is one, else by {@link Codecs#forType}. */
    static <T> Element<T> of(Class<T> type) {
        Element<T> element = NativeElements.of(type);
        return element != null ? element : of(Codecs.forType(type), type);
    }

    /** For what a codec makes; a native one if that is its codec. */
    static <T> Element<T> of(Codec<T> codec) {
        Element<T> element = NativeElements.of(codec);
        return element != null ? element : of(codec, typeOf(codec));
    }

    /** The class of what a codec takes, if it tells; not of groups, whose form as keys depends on who asks for them by their class. */
    private static <T> @Nullable Class<T> typeOf(Codec<T> codec) {
        return codec instanceof KryoCodec<T> kryo && !KeyElement.isGroup(kryo.type()) ? kryo.type() : null;
    }

    private static <T> Element<T> of(Codec<T> codec, @Nullable Class<T> type) {
        return new Element<>(codec.name(), CODEC_TAG, type, codec);
    }

    /** As keys are, of which those that are equal have equal bytes; values keep their class instead. */
    @SuppressWarnings("unchecked")
    Element<T> forKeys() {
        return KeyElement.isGroup(type) ? (Element<T>) NativeElements.keysOf(Objects.requireNonNull(type)) : this;
    }

    /** Whether what was read is turned into the very bytes that it was read from. Of what goes by a codec only the codec knows. */
    boolean isSteady() {
        return tag != CODEC_TAG;
    }

    /** The kind of this very value. */
    Element<T> of(T value) {
        return this;
    }

    /** Names the format. */
    final String name() {
        return name;
    }

    final int tag() {
        return tag;
    }

    final @Nullable Class<T> type() {
        return type;
    }

    final Codec<T> codec() {
        return codec;
    }

    /** Whether something can be an element at all; one that cannot is in no collection. */
    boolean accepts(Object value) {
        return type == null || type.isInstance(value);
    }

    /** The number of bytes, if they can be had from {@link #quickWord} and {@link #quickWord2} and these are {@link #isQuick}; or -1. */
    int quickBytes(T value) {
        return -1;
    }

    long quickWord(T value) {
        throw new UnsupportedOperationException();
    }

    /** The second word; most have none. */
    long quickWord2(T value) {
        return 0;
    }

    /** Whether these are the words of the value; else the codec must be asked. */
    boolean isQuick(long word, long word2) {
        return true;
    }

    /**
     * What the codec would write, in an array that the caller only reads, if that is quicker; or null. Only asked of what has no quick
     * words.
     */
    byte @Nullable [] quickArray(T value) {
        return null;
    }

    /** The bytes of an element were put into a tentative block, which is going to be in a collection. */
    void stored(long block, ByteBuffer bytes) {
        // Most elements are no more than their bytes.
    }

    /** What is to be stored in the place of what a function of the user gave, and what the caller of the function gets. */
    T toStore(T value) {
        return value;
    }

    /**
     * What has to be had for bytes that were copied to mean something later, since it goes if nobody has it; most are enough by themselves.
     *
     * @throws PartGone if it went already
     */
    @Nullable
    T held(int foundTag, byte[] bytes) {
        return null;
    }

    /**
     * As {@link #held}, and null as well for what cannot be read: whoever reads it is told why.
     *
     * @param locked whether it cannot have gone
     */
    final @Nullable T heldOrNull(int foundTag, byte[] bytes, boolean locked) {
        try {
            return held(foundTag, bytes);
        } catch (PartGone e) {
            if (!locked) {
                throw e;
            }
            return null;
        } catch (RuntimeException e) {
            return null;
        }
    }

    /** Whether what was read is no copy, but shows what is in the segment: then it need not be written to be changed. */
    boolean isLive(Object value) {
        return false;
    }

    /** Whether two values are the same value: arrays are by what is in them, as what is read is always another one. */
    boolean isSame(T one, Object other) {
        return one.getClass().isArray() ? Objects.deepEquals(one, other) : one.equals(other);
    }

    /** The hash code of a value, which is that of whatever {@link #isSame}; of an array that is what is in it. */
    static int hash(Object value) {
        return value.getClass().isArray() ? Arrays.deepHashCode(new Object[] {value}) : value.hashCode();
    }

    /** Whether one of these is the same value, for those who would look by {@code contains}: that knows no array that was read. */
    final boolean isIn(Collection<?> others, T value) {
        if (!value.getClass().isArray()) {
            return others.contains(value);
        }
        for (Object other : others) {
            if (other != null && isSame(value, other)) {
                return true;
            }
        }
        return false;
    }

    /** Reads an element from its two words. */
    T read(int foundTag, int bytes, long word, long word2) {
        checkTag(foundTag);
        ByteBuffer source = ByteBuffer.allocate(MapLayout.INLINE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        source.putLong(0, word).putLong(8, word2).limit(Math.min(bytes, MapLayout.INLINE_BYTES));
        return codec.decode(source);
    }

    /** Reads an element from bytes that are the caller's to give away. */
    T read(int foundTag, byte[] bytes) {
        checkTag(foundTag);
        return codec.decode(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    final void checkTag(int found) {
        if (found != tag) {
            throw new CodecException("an element with the tag " + tag + " (" + name + ") is expected where one with "
                    + found + " is. It was damaged, or written by another version: replace it, or remove it.");
        }
    }

    final void checkBytes(int found, int expected) {
        if (found != expected) {
            throw new CodecException("an element (" + name + ") of " + expected + " bytes is expected where one of "
                    + found + " is. It was damaged: replace it, or remove it.");
        }
    }

    @Override
    public final String toString() {
        return name;
    }
}
