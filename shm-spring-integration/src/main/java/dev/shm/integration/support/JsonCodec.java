package dev.shm.integration.support;

import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import java.io.OutputStream;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.json.JsonMapper;

/**
 * Values as JSON, by Jackson 3, which must be on the class path. For what is to be read by eye, or by versions of a class that
 * differ a little; it takes several times the time and room of Kryo. Any thread may use it.
 *
 * @param <T> what is written
 */
public final class JsonCodec<T> implements Codec<T> {

    private final JsonMapper mapper;
    private final JavaType type;
    private final String name;

    private JsonCodec(Class<T> type, JsonMapper mapper) {
        this.mapper = mapper;
        this.type = mapper.constructType(type);
        this.name = "json:" + type.getName();
    }

    /** A codec with Jackson's defaults and the modules that are found. */
    public static <T> JsonCodec<T> of(Class<T> type) {
        return of(type, JsonMapper.builder().findAndAddModules().build());
    }

    /** A codec that writes and reads with that mapper. */
    public static <T> JsonCodec<T> of(Class<T> type, JsonMapper mapper) {
        return new JsonCodec<>(Objects.requireNonNull(type), Objects.requireNonNull(mapper));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size(T value) {
        return UNKNOWN_SIZE;
    }

    @Override
    public void encode(T value, ByteBuffer target) {
        Class<?> raw = type.getRawClass();
        if (!raw.isInstance(value)) {
            throw new CodecException("The codec " + name + " cannot write a "
                    + value.getClass().getName() + ", which is no " + raw.getName() + ".");
        }
        int start = target.position();
        BufferStream stream = new BufferStream(target);
        boolean written = false;
        try {
            mapper.writerFor(type).writeValue(stream, value);
            written = true;
        } catch (JacksonException e) {
            if (!stream.overflown) {
                throw new CodecException(
                        "The codec " + name + " cannot write this "
                                + value.getClass().getName() + ": " + e.getOriginalMessage() + ". Nothing was sent.",
                        e);
            }
            throw new BufferOverflowException();
        } finally {
            if (!written) {
                target.position(start);
            }
        }
    }

    @Override
    public T decode(ByteBuffer source) {
        byte[] bytes = new byte[source.remaining()];
        source.get(source.position(), bytes);
        T value;
        try {
            value = mapper.readValue(bytes, type);
        } catch (JacksonException e) {
            throw damaged(bytes.length, e.getOriginalMessage(), e);
        }
        if (value == null) {
            throw damaged(bytes.length, "it holds null", null);
        }
        source.position(source.limit());
        return value;
    }

    private CodecException damaged(int length, String reason, @Nullable Throwable cause) {
        String message = "The codec " + name + " cannot read a message of " + length + " bytes: " + reason
                + ". It was damaged, or its sender has another version of the class.";
        return cause == null ? new CodecException(message) : new CodecException(message, cause);
    }

    /** Jackson may wrap what a stream throws, so this remembers. */
    private static final class BufferStream extends OutputStream {

        private final ByteBuffer target;
        private boolean overflown;

        BufferStream(ByteBuffer target) {
            this.target = target;
        }

        @Override
        public void write(int b) {
            require(1);
            target.put((byte) b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            require(length);
            target.put(bytes, offset, length);
        }

        private void require(int bytes) {
            if (overflown || target.remaining() < bytes) {
                overflown = true;
                throw new BufferOverflowException();
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
