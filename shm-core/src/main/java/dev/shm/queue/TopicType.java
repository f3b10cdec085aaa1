package dev.shm.queue;

import dev.shm.SharedType;
import dev.shm.codec.Codec;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.time.Duration;
import java.util.Objects;

/**
 * What {@link dev.shm.SharedMemory#openOrCreate} needs to know of a topic. Immutable: every method returns another.
 *
 * <p>Capacity, number of subscribers and what happens to slow ones are those of the process that creates the topic. Codec, single
 * producer and whether it drops the oldest must be the same for all; who asks for something else gets
 * {@link dev.shm.error.ObjectTypeMismatchException}.
 *
 * @param <T> the payload
 */
public final class TopicType<T> extends SharedType<SharedTopic<T>> {

    private final Codec<T> codec;
    private final Creation creation;

    TopicType(Codec<T> codec, Creation creation) {
        this(codec, creation, creation.describe("topic", codec.name()));
    }

    private TopicType(Codec<T> codec, Creation creation, String description) {
        super(QueueKinds.TOPIC, description, Creation.schema(description));
        this.codec = codec;
        this.creation = creation;
    }

    private TopicType<T> with(Creation changed) {
        return new TopicType<>(codec, changed);
    }

    /**
     * Bytes of ring: a power of two from 64 KiB to 512 MiB; 4 MiB if not said. A message may be larger than that: it then has a
     * block of its own.
     */
    public TopicType<T> capacityBytes(long bytes) {
        return with(creation.capacity(bytes));
    }

    /** The most subscribers at a time, named ones that nobody has included: 1 to 1024; 64 if not said. */
    public TopicType<T> subscribers(int most) {
        return with(creation.subscribers(most));
    }

    /**
     * One thread of one process sends at a time: the fastest way, see {@link QueueType#singleProducer}. Any number of processes
     * subscribe.
     */
    public TopicType<T> singleProducer() {
        return with(creation.with(QueueLayout.DENSE));
    }

    /**
     * A subscriber that does not move for so long while this topic is full is put out, and told how many messages it lost. Whoever
     * finds no room looks after that, be it one send that waits or several that do not. Without it a slow subscriber holds
     * everybody up.
     *
     * <p>A subscription with a name that nobody has is put out as well. Its name is remembered, and who takes it up next is told; it
     * holds nobody up, and if a new subscriber finds no other place, it gets that one, and the name is forgotten.
     */
    public TopicType<T> evictAfter(Duration patience) {
        return with(creation.evictAfter(patience));
    }

    /**
     * What sending does when the slowest subscriber leaves no room; {@link FullPolicy#BLOCK} if not said. With {@link
     * FullPolicy#DROP_OLDEST} a slow subscriber loses the oldest messages and is told how many; messages are acknowledged when
     * they are received then.
     */
    public TopicType<T> full(FullPolicy policy) {
        return with(creation.full(Objects.requireNonNull(policy)));
    }

    /** How this opening waits; {@link Waiting#BLOCK} if not said. */
    public TopicType<T> waiting(Waiting how) {
        return with(creation.waiting(Objects.requireNonNull(how)));
    }

    /** Whether messages that this opening sends get a time stamp; they do if not said. Reading the clock takes some 20 ns. */
    public TopicType<T> timestamps(boolean wanted) {
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
        return creation.allocate(heap, QueueKinds.TOPIC);
    }

    @Override
    protected SharedTopic<T> open(ObjectHandle handle) {
        creation.check();
        return new SharedTopic<>(handle, codec, creation);
    }
}
