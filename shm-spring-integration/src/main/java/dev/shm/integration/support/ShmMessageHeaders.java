package dev.shm.integration.support;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.MessageHeaders;

/**
 * Headers of a message that was received. They have an id and a time stamp only if somebody asks, since most of the time that a
 * message takes would go into making the id. What they have been asked for once, they keep.
 *
 * <p>Whoever goes over the entries sees neither, unless they travelled with the message. Whoever makes a message of another kind of
 * these headers gives it an id of its own.
 */
final class ShmMessageHeaders extends MessageHeaders {

    private static final long serialVersionUID = 1L;
    private static final Long NO_TIMESTAMP = -1L;

    private volatile @Nullable UUID id;
    private volatile @Nullable Long timestamp;

    ShmMessageHeaders() {
        super(null, ID_VALUE_NONE, NO_TIMESTAMP);
    }

    /** The map behind them, to be filled before anybody else sees it. */
    Map<String, Object> raw() {
        return getRawHeaders();
    }

    /** When the message was sent, if that is known. */
    void sentAt(long millis) {
        if (millis != 0) {
            timestamp = millis;
        }
    }

    @Override
    public @Nullable Object get(Object key) {
        Object value = super.get(key);
        if (value == null) {
            if (ID.equals(key)) {
                return lazyId();
            }
            if (TIMESTAMP.equals(key)) {
                return lazyTimestamp();
            }
        }
        return value;
    }

    @Override
    public <T> @Nullable T get(Object key, Class<T> type) {
        Object value = get(key);
        if (value != null && !type.isInstance(value)) {
            throw new IllegalArgumentException("the header '" + key + "' is a "
                    + value.getClass().getName() + " and was asked for as a " + type.getName());
        }
        return type.cast(value);
    }

    @Override
    public boolean containsKey(Object key) {
        return super.containsKey(key) || ID.equals(key) || TIMESTAMP.equals(key);
    }

    private UUID lazyId() {
        UUID known = id;
        if (known == null) {
            synchronized (this) {
                known = id;
                if (known == null) {
                    known = getIdGenerator().generateId();
                    id = known;
                }
            }
        }
        return known;
    }

    private Long lazyTimestamp() {
        Long known = timestamp;
        if (known == null) {
            synchronized (this) {
                known = timestamp;
                if (known == null) {
                    known = System.currentTimeMillis();
                    timestamp = known;
                }
            }
        }
        return known;
    }
}
