package dev.shm.integration.support;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.messaging.MessageHeaders;

/**
 * Headers of a message that was received. They have an id and a time stamp only if somebody asks, since most of the time that a
 * message takes would go into making the id. What they have been asked for once, they keep. In the same way they are read only when
 * somebody asks for one, if they are of a kind that can be read for certain: until then they are bytes, a copy of what came.
 *
 * <p>Whoever goes over the entries sees neither id nor time stamp, unless they travelled with the message. Whoever makes a message of
 * another kind of these headers gives it an id of its own.
 */
final class ShmMessageHeaders extends MessageHeaders {

    private static final long serialVersionUID = 1L;
    private static final Long NO_TIMESTAMP = -1L;

    /** What waits to be read was not written by a codec. */
    private static final HeaderFormat FORMAT = new HeaderFormat(null);

    /** What is to be read, or null if it has been at once. It stays, so that whoever sees {@link #read} too late finds it. */
    private final transient byte @Nullable [] written;

    private transient volatile boolean read;

    private volatile @Nullable UUID id;

    // Guarded by this, once others see it.
    private long sentAt;
    private transient int deliveryCount;
    private transient @Nullable String name;
    private transient @Nullable Object callback;

    /** Headers to be put into {@link #raw}. */
    ShmMessageHeaders() {
        super(null, ID_VALUE_NONE, NO_TIMESTAMP);
        this.written = null;
    }

    /** Headers that can wait, see {@link HeaderFormat#canWait}; nobody changes the array. */
    ShmMessageHeaders(byte[] written) {
        super(null, ID_VALUE_NONE, NO_TIMESTAMP);
        this.written = written;
    }

    /** The map behind them, to be filled before anybody else sees it. */
    Map<String, Object> raw() {
        return getRawHeaders();
    }

    /** When the message was sent, if that is known. Before anybody else sees them. */
    void sentAt(long millis) {
        sentAt = millis;
    }

    /**
     * Adds what is known of a delivery. Before anybody else sees them.
     *
     * @param from the name of the queue or topic, if it and the time are to be headers
     * @param acknowledgment what is to be the callback, if there is one
     */
    void delivered(int count, @Nullable String from, @Nullable Object acknowledgment) {
        deliveryCount = count;
        name = from;
        callback = acknowledgment;
        if (isRead()) {
            addDelivery(super.getRawHeaders());
        }
    }

    private void addDelivery(Map<String, Object> headers) {
        if (deliveryCount > 0) {
            headers.put(ShmHeaders.DELIVERY_COUNT, deliveryCount);
        }
        if (name != null) {
            headers.put(ShmHeaders.NAME, name);
            if (sentAt != 0) {
                headers.put(ShmHeaders.TIMESTAMP, sentAt);
            }
        }
        if (callback != null) {
            headers.put(IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK, callback);
        }
    }

    private boolean isRead() {
        return read || written == null;
    }

    private void ensureRead() {
        if (!isRead()) {
            readNow();
        }
    }

    private synchronized void readNow() {
        byte[] bytes = written;
        if (bytes != null && !read) {
            Map<String, Object> headers = super.getRawHeaders();
            FORMAT.readAll(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), headers);
            addDelivery(headers);
            read = true;
        }
    }

    @Override
    protected Map<String, Object> getRawHeaders() {
        ensureRead();
        return super.getRawHeaders();
    }

    @Override
    public @Nullable Object get(Object key) {
        ensureRead();
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
        ensureRead();
        return super.containsKey(key) || ID.equals(key) || TIMESTAMP.equals(key);
    }

    @Override
    public boolean containsValue(Object value) {
        ensureRead();
        return super.containsValue(value);
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        ensureRead();
        return super.entrySet();
    }

    @Override
    public Set<String> keySet() {
        ensureRead();
        return super.keySet();
    }

    @Override
    public Collection<Object> values() {
        ensureRead();
        return super.values();
    }

    @Override
    public int size() {
        ensureRead();
        return super.size();
    }

    @Override
    public boolean isEmpty() {
        ensureRead();
        return super.isEmpty();
    }

    /** The framework compares the maps behind two of its own, so both have to be read. */
    @Override
    public boolean equals(@Nullable Object other) {
        ensureRead();
        if (other instanceof ShmMessageHeaders received) {
            received.ensureRead();
        }
        return super.equals(other);
    }

    @Override
    public int hashCode() {
        ensureRead();
        return super.hashCode();
    }

    @Override
    public String toString() {
        ensureRead();
        return super.toString();
    }

    private Object writeReplace() {
        ensureRead();
        return this;
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

    private synchronized Long lazyTimestamp() {
        if (sentAt == 0) {
            sentAt = System.currentTimeMillis();
        }
        return sentAt;
    }
}
