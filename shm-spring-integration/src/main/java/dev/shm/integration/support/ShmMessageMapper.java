package dev.shm.integration.support;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;

/**
 * How messages become bytes, and bytes messages. Immutable; any thread may use it.
 *
 * <pre>{@code
 * ShmMessageMapper mapper = ShmMessageMapper.builder().headers("order*", "traceparent").build();
 * QueueType<Message<?>> orders = SharedQueue.of(mapper.codec(Order.class));
 * }</pre>
 *
 * <p>The payload is written by a codec, the headers by this. Strings, numbers, booleans, bytes, {@code UUID}, {@code java.time},
 * {@code URI}, {@code MimeType}, the message history, and lists, sets and maps of these travel; other values need a {@linkplain
 * Builder#headerCodec codec for headers}, and are refused without. Not sent unless asked for: the id and the time stamp. Who asks a
 * message that was received for its id gets one that is made then, and as time stamp the time at which it was sent. Never sent: what
 * means something in one process only, such as {@code replyChannel}, {@code errorChannel} and the acknowledgment callback.
 */
public final class ShmMessageMapper {

    private static final ShmMessageMapper DEFAULT = builder().build();

    private final ShmHeaderMapper headers;
    private final @Nullable Codec<Object> headerCodec;
    private final boolean ids;
    private final boolean timestamps;
    private final boolean stores;

    private ShmMessageMapper(Builder builder) {
        this(builder.headers, builder.headerCodec, builder.ids, builder.timestamps, false);
    }

    private ShmMessageMapper(
            ShmHeaderMapper headers,
            @Nullable Codec<Object> headerCodec,
            boolean ids,
            boolean timestamps,
            boolean stores) {
        this.headers = headers;
        this.headerCodec = headerCodec;
        this.ids = ids;
        this.timestamps = timestamps;
        this.stores = stores;
    }

    /** All headers travel that may, but for id and time stamp; values of other types are refused. */
    public static ShmMessageMapper defaults() {
        return DEFAULT;
    }

    /** Begins another one. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The same for messages that are stored, and come back as they were: with ids and time stamps, with the headers that begin with {@code
     * shm_}, and with a reply channel and an error channel that are names. Channels themselves cannot be stored: where a gateway waits for
     * the reply, put {@code headerChannelsToString()} in front.
     */
    public ShmMessageMapper forStore() {
        return new ShmMessageMapper(headers, headerCodec, true, true, true);
    }

    /** A codec for messages whose payload is written by that codec. */
    public Codec<Message<?>> codec(Codec<?> payload) {
        return new ShmMessageCodec(
                Objects.requireNonNull(payload, "payload"), headerCodec, headers, ids, timestamps, stores);
    }

    /** A codec for messages whose payload is of that type; see {@link Codecs#forType}. */
    public Codec<Message<?>> codec(Class<?> payloadType) {
        return codec(Codecs.forType(payloadType));
    }

    /** Describes a mapper. Used by one thread. */
    public static final class Builder {

        private ShmHeaderMapper headers = ShmHeaderMapper.all();
        private @Nullable Codec<Object> headerCodec;
        private boolean ids;
        private boolean timestamps;

        private Builder() {}

        /** Which headers travel; all that may if not said. */
        public Builder headers(ShmHeaderMapper mapper) {
            this.headers = Objects.requireNonNull(mapper);
            return this;
        }

        /** Which headers travel, by patterns; see {@link ShmHeaderMapper#patterns}. */
        public Builder headers(String... patterns) {
            return headers(ShmHeaderMapper.patterns(patterns));
        }

        /**
         * Writes values of headers that have no form of their own. It becomes a part of the queue's type: all processes give the
         * same.
         */
        public Builder headerCodec(Codec<Object> codec) {
            this.headerCodec = Objects.requireNonNull(codec);
            return this;
        }

        /** Whether the message's id travels; it does not if not said. */
        public Builder ids(boolean wanted) {
            this.ids = wanted;
            return this;
        }

        /** Whether the message's own time stamp travels; it does not if not said. */
        public Builder timestamps(boolean wanted) {
            this.timestamps = wanted;
            return this;
        }

        /** Makes the mapper. */
        public ShmMessageMapper build() {
            return new ShmMessageMapper(this);
        }
    }
}
