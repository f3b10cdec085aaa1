package dev.shm.integration.support;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.GenericMessage;

/**
 * A message as bytes, written straight to where they are sent from:
 *
 * <pre>
 *  0      1             5                   5 + n            end
 *  +------+-------------+-------------------+----------------+
 *  | 1    | n           | headers           | payload        |
 *  +------+-------------+-------------------+----------------+
 * </pre>
 *
 * The first byte is the version of the format; its highest bit says that there is no payload, but the reason why a request failed. So
 * headers can be read of a message whose payload cannot.
 */
final class ShmMessageCodec implements Codec<Message<?>> {

    static final int VERSION = 1;

    private static final int FAILURE = 0x80;
    private static final int LENGTH_OFFSET = 1;
    private static final int HEADERS_OFFSET = LENGTH_OFFSET + Integer.BYTES;

    private final Codec<Object> payloads;
    private final HeaderFormat format;
    private final ShmHeaderMapper mapper;
    private final boolean ids;
    private final boolean timestamps;
    private final boolean stores;
    private final String name;

    @SuppressWarnings("unchecked")
    ShmMessageCodec(
            Codec<?> payloads,
            @Nullable Codec<Object> headers,
            ShmHeaderMapper mapper,
            boolean ids,
            boolean timestamps,
            boolean stores) {
        this.payloads = (Codec<Object>) payloads;
        this.format = new HeaderFormat(headers);
        this.mapper = mapper;
        this.ids = ids;
        this.timestamps = timestamps;
        this.stores = stores;
        this.name = "message:" + VERSION + ":" + payloads.name() + (headers == null ? "" : ":" + headers.name());
    }

    @Override
    public String name() {
        return name;
    }

    private boolean travels(String header, @Nullable Object value) {
        if (header.equals(MessageHeaders.ID)) {
            return ids;
        }
        if (header.equals(MessageHeaders.TIMESTAMP)) {
            return timestamps;
        }
        if (stores) {
            return HeaderNames.mayBeStored(header, value) && mapper.travels(header);
        }
        return HeaderNames.mayTravel(header) && (HeaderNames.isOfGateway(header) || mapper.travels(header));
    }

    @Override
    public int size(Message<?> message) {
        Object payload = message.getPayload();
        int size;
        try {
            size = payload instanceof ShmRemoteFailure failure
                    ? Codecs.string().size(failure.reason())
                    : payloads.size(payload);
        } catch (ClassCastException e) {
            throw wrongType(payload, e);
        }
        // What cannot be written at all is to fail here, where nothing has been claimed for it yet.
        try {
            int headers = headersSize(message);
            return size < 0 || headers < 0 ? UNKNOWN_SIZE : Math.addExact(HEADERS_OFFSET + size, headers);
        } catch (ArithmeticException e) {
            throw new CodecException("A message of more than 2 GiB cannot be sent. Send it in parts.", e);
        }
    }

    private int headersSize(Message<?> message) {
        int size = 0;
        boolean known = true;
        for (Map.Entry<String, Object> header : message.getHeaders().entrySet()) {
            if (travels(header.getKey(), header.getValue())) {
                int one = format.size(header.getKey(), header.getValue());
                known &= one >= 0;
                size = Math.addExact(size, one);
            }
        }
        return known ? size : UNKNOWN_SIZE;
    }

    private CodecException wrongType(Object payload, ClassCastException cause) {
        return new CodecException(
                "The payload is a " + payload.getClass().getName() + ", which the codec '" + payloads.name()
                        + "' does not write. Transform it before it is sent, or choose another codec.",
                cause);
    }

    @Override
    public void encode(Message<?> message, ByteBuffer target) {
        int start = target.position();
        ShmRemoteFailure failure = message.getPayload() instanceof ShmRemoteFailure given ? given : null;
        try {
            target.put((byte) (failure == null ? VERSION : VERSION | FAILURE)).putInt(0);
            for (Map.Entry<String, Object> header : message.getHeaders().entrySet()) {
                if (travels(header.getKey(), header.getValue())) {
                    format.write(header.getKey(), header.getValue(), target);
                }
            }
            target.putInt(start + LENGTH_OFFSET, target.position() - start - HEADERS_OFFSET);
            if (failure == null) {
                payloads.encode(message.getPayload(), target);
            } else {
                Codecs.string().encode(failure.reason(), target);
            }
        } catch (BufferOverflowException e) {
            target.position(start);
            throw e;
        } catch (ClassCastException e) {
            target.position(start);
            throw wrongType(message.getPayload(), e);
        }
    }

    @Override
    public Message<?> decode(ByteBuffer source) {
        int start = source.position();
        boolean decoded = false;
        try {
            boolean failure = source.hasRemaining() && (source.get(start) & FAILURE) != 0;
            ShmMessageHeaders headers = headers(source);
            Object payload = failure ? new ShmRemoteFailure(Codecs.string().decode(source)) : payloads.decode(source);
            decoded = true;
            return new GenericMessage<>(
                    Objects.requireNonNull(payload, "the codec decoded a payload to null"), headers);
        } catch (CodecException e) {
            throw e;
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            throw new CodecException(
                    "The codec '" + payloads.name() + "' cannot read the payload of a message: " + e
                            + ". The message was damaged, or this process lacks a class or has another version of it.",
                    e);
        } finally {
            if (!decoded) {
                source.position(start);
            }
        }
    }

    /** Reads the headers and leaves the position where the payload begins. */
    private ShmMessageHeaders headers(ByteBuffer source) {
        int end = source.limit();
        if (source.remaining() < HEADERS_OFFSET) {
            throw HeaderFormat.damaged("it has " + source.remaining() + " bytes, and " + HEADERS_OFFSET + " at least");
        }
        int version = source.get() & ~FAILURE & 0xFF;
        if (version != VERSION) {
            throw HeaderFormat.damaged("it is of the format " + version + ", and this version reads " + VERSION
                    + ". Was it written by something else?");
        }
        int length = source.getInt();
        if (length < 0 || length > source.remaining()) {
            throw HeaderFormat.damaged(
                    "they are said to have " + length + " bytes where " + source.remaining() + " are");
        }
        if (length > 0 && HeaderFormat.canWait(source, length)) {
            byte[] written = new byte[length];
            source.get(written);
            return new ShmMessageHeaders(written);
        }
        ShmMessageHeaders headers = new ShmMessageHeaders();
        if (length == 0) {
            return headers;
        }
        source.limit(source.position() + length);
        try {
            format.readAll(source, headers.raw());
        } catch (CodecException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new CodecException("The headers of a message cannot be read: " + e + ". It was damaged.", e);
        } finally {
            source.limit(end);
        }
        return headers;
    }

    /** The headers of a message whose payload cannot be read; none if they cannot be read either. */
    Map<String, Object> headersOfUnreadable(ByteBuffer source) {
        try {
            return headers(source).raw();
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return Map.of();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
