package dev.shm.queue;

import dev.shm.SharedType;
import dev.shm.codec.Codec;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.time.Duration;
import java.util.Objects;

/**
 * What {@link dev.shm.SharedMemory#openOrCreate} needs to know of a queue. Immutable: every method returns another.
 *
 * <p>Capacity, priorities, dead letters and the visibility time-out are those of the process that creates the queue. Codec, single
 * producer and single consumer must be the same for all, and with a single consumer also whether the oldest is dropped; who asks
 * for something else gets {@link dev.shm.error.ObjectTypeMismatchException}. What else to do when it is full, how to wait and
 * whether to stamp is each opening's own affair.
 *
 * @param <T> the payload
 */
public final class QueueType<T> extends SharedType<SharedQueue<T>> {

    private final Codec<T> codec;
    private final Creation creation;

    QueueType(Codec<T> codec, Creation creation) {
        this(codec, creation, creation.describe("queue", codec.name()));
    }

    private QueueType(Codec<T> codec, Creation creation, String description) {
        super(QueueKinds.QUEUE, description, Creation.schema(description));
        this.codec = codec;
        this.creation = creation;
    }

    private QueueType<T> with(Creation changed) {
        return new QueueType<>(codec, changed);
    }

    /**
     * Bytes of ring for each priority: a power of two from 64 KiB to 512 MiB; 4 MiB if not said. A ring that fits into the
     * processor's cache is faster than one that does not. A message may be larger than that: it then has a block of its own.
     */
    public QueueType<T> capacityBytes(long bytes) {
        return with(creation.capacity(bytes));
    }

    /** So many priorities, each with a ring of its own: 1 to 8. 0 is the highest; the lowest is not starved. */
    public QueueType<T> priorities(int count) {
        return with(creation.levels(count));
    }

    /**
     * One thread of one process sends at a time, and one process receives at a time. That is the fastest way: no compare-and-set,
     * records one behind the other. Another process that sends or receives while the first has the queue open gets
     * {@link dev.shm.error.EndpointTakenException}; when that is closed or dead, it may.
     */
    public QueueType<T> singleProducer() {
        return with(creation.with(QueueLayout.DENSE | QueueLayout.BY_CURSOR));
    }

    /** One process receives at a time; any number send. */
    public QueueType<T> singleConsumer() {
        return with(creation.with(QueueLayout.BY_CURSOR));
    }

    /** A message that was delivered so often and came back is moved to {@link SharedQueue#deadLetters}: 1 to 63. */
    public QueueType<T> deadLettersAfter(int deliveries) {
        return with(creation.deadAfter(deliveries));
    }

    /**
     * A consumer that keeps a message for longer than this loses it to another, though it lives. Messages are copied before they
     * are handed out then. Without it a consumer may keep a message for as long as it lives.
     */
    public QueueType<T> visibilityTimeout(Duration timeout) {
        return with(creation.visibility(timeout));
    }

    /** What sending does when there is no room; {@link FullPolicy#BLOCK} if not said. */
    public QueueType<T> full(FullPolicy policy) {
        return with(creation.full(Objects.requireNonNull(policy)));
    }

    /** How this opening waits; {@link Waiting#BLOCK} if not said. */
    public QueueType<T> waiting(Waiting how) {
        return with(creation.waiting(Objects.requireNonNull(how)));
    }

    /** Whether messages that this opening sends get a time stamp; they do if not said. Reading the clock takes some 20 ns. */
    public QueueType<T> timestamps(boolean wanted) {
        return with(creation.stamped(wanted));
    }

    /** The codec that writes and reads its messages. */
    public Codec<T> codec() {
        return codec;
    }

    /** What sending does when there is no room. */
    public FullPolicy fullPolicy() {
        return creation.full();
    }

    @Override
    protected long allocate(Heap heap) {
        return creation.allocate(heap, QueueKinds.QUEUE);
    }

    @Override
    protected SharedQueue<T> open(ObjectHandle handle) {
        creation.check();
        return new SharedQueue<>(handle, codec, creation);
    }
}
