package dev.shm.queue;

import dev.shm.SharedObject;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.EndpointTakenException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SharedMemoryException;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.SharedLock;
import dev.shm.segment.Attachment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A topic between any number of threads of any number of processes: each message goes to every subscriber.
 *
 * <pre>{@code
 * SharedTopic<Tick> ticks = memory.openOrCreate("ticks", SharedTopic.of(Tick.class));
 * ticks.publish(tick);
 *
 * try (Subscription<Tick> subscription = ticks.subscribe()) {
 *     Tick next = subscription.take();
 * }
 * }</pre>
 *
 * <p>A message stays until every subscriber has read it, and longer if nobody needs its room. Whoever subscribes starts with what
 * is sent from then on, or with the oldest message still there. A subscription with a name is kept when its process closes or
 * dies, and holds what it has not read until somebody takes it up again by that name; one without ends with its process.
 *
 * <p><b>Slow subscribers</b> hold the senders up, or are put out after a time, or lose the oldest messages, as the topic was created:
 * see {@link TopicType#full} and {@link TopicType#evictAfter}.
 *
 * <p>Sizes, death, threads and closing are as in {@link SharedQueue}; closing a topic closes its subscriptions.
 *
 * @param <T> the payload; never null
 */
public final class SharedTopic<T> implements SharedObject {

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

    private final ObjectHandle handle;
    final Opening opening;
    private final Codec<T> codec;
    private final Creation creation;
    private final Waiter messages;
    private final Waiter room;
    private final Outbox<T> outbox;
    private final SharedLock membership;
    private final CopyOnWriteArrayList<Subscription<T>> subscriptions = new CopyOnWriteArrayList<>();
    private final Attachment.Ending ending = new Ending();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Held by the thread of this opening that subscribes or unsubscribes. */
    private final ReentrantLock subscribing = new ReentrantLock();

    SharedTopic(ObjectHandle handle, Codec<T> codec, Creation creation) {
        this.handle = handle;
        this.codec = codec;
        this.creation = creation;
        this.opening = new Opening(handle);
        this.messages = waiter(QueueLayout.SLEEPING_RECEIVERS);
        this.room = waiter(QueueLayout.SLEEPING_SENDERS);
        this.outbox = new Outbox<>(opening, opening.messageRings(), codec, creation, messages, room);
        this.membership = handle.lock((int) (opening.base + QueueLayout.LOCK - handle.payload()));
        handle.attachment().addEnding(ending);
    }

    private Waiter waiter(int sleepers) {
        return new Waiter(
                opening.memory,
                opening.attachment.waitRoom(),
                opening.base + sleepers,
                creation.waiting(),
                Long.MAX_VALUE);
    }

    /** A topic of such values, written and read by the codec that fits the class; see {@link Codecs#forType}. */
    public static <T> TopicType<T> of(Class<T> type) {
        return of(Codecs.forType(type));
    }

    /** A topic of values written and read by that codec. */
    public static <T> TopicType<T> of(Codec<T> codec) {
        return new TopicType<>(Objects.requireNonNull(codec, "codec"), Creation.TOPIC);
    }

    // ------------------------------------------------------------------------------------------ sending

    /** Sends if there is room at once; see {@link FullPolicy} for what else may happen. */
    public boolean offer(T message) {
        return outbox.offer(message, SendOptions.NONE);
    }

    /** As {@link #offer(Object)}, with a header. */
    public boolean offer(T message, SendOptions options) {
        return outbox.offer(message, options);
    }

    /**
     * Sends, waiting that long for room.
     *
     * @return whether it was sent
     */
    public boolean offer(T message, SendOptions options, Duration timeout) throws InterruptedException {
        return outbox.send(message, options, Waiter.deadline(timeout), false);
    }

    /**
     * Sends, waiting for room as the {@link FullPolicy} says.
     *
     * @throws dev.shm.error.QueueFullException if it is full and was told to fail
     * @throws dev.shm.error.MessageTooLargeException if the message could never fit
     */
    public void publish(T message) throws InterruptedException {
        publish(message, SendOptions.NONE);
    }

    /** As {@link #publish(Object)}, with a header. */
    public void publish(T message, SendOptions options) throws InterruptedException {
        outbox.put(message, options);
    }

    /** Sends several messages by one commit, see {@link SharedQueue#offerAll(Collection)}. */
    public boolean offerAll(Collection<? extends T> batch) {
        return outbox.offerAll(batch, SendOptions.NONE)
                || (outbox.evictSlowest() && outbox.offerAll(batch, SendOptions.NONE));
    }

    /** Reserves room for a message to be written in place, see {@link SharedQueue#tryClaim(int)}. */
    public @Nullable Claim tryClaim(int bytes) {
        Claim claim = outbox.tryClaim(bytes, SendOptions.NONE);
        return claim != null ? claim : tryClaimAgain(bytes, SendOptions.NONE);
    }

    /** As {@link #tryClaim(int)}, with a header. */
    public @Nullable Claim tryClaim(int bytes, SendOptions options) {
        Claim claim = outbox.tryClaim(bytes, options);
        return claim != null ? claim : tryClaimAgain(bytes, options);
    }

    private @Nullable Claim tryClaimAgain(int bytes, SendOptions options) {
        return outbox.evictSlowest() ? outbox.tryClaim(bytes, options) : null;
    }

    // ------------------------------------------------------------------------------------------ subscribing

    /** Subscribes to what is sent from now on. Ends when it is closed, and with this process. */
    public Subscription<T> subscribe() {
        return subscribe("", false);
    }

    /** Subscribes to all messages that are still there, and what is sent from now on. */
    public Subscription<T> subscribeFromOldest() {
        return subscribe("", true);
    }

    /**
     * Takes up the subscription of that name where it stands, or begins one with what is sent from now on. It is kept when it is
     * closed or this process ends, until {@link #unsubscribe}.
     *
     * <p>If it was put out while nobody had it, see {@link TopicType#evictAfter}, this is still that one: every method that receives
     * throws {@link dev.shm.error.SubscriptionEvictedException} with the number of lost messages, as if it had been put out just now.
     * Close it and subscribe again, to begin anew.
     *
     * @param name 1 to 64 bytes
     * @throws EndpointTakenException if another process has it
     */
    public Subscription<T> subscribe(String name) {
        return subscribe(checkName(name), false);
    }

    /** As {@link #subscribe(String)}, but a new one begins with the oldest message that is still there. */
    public Subscription<T> subscribeFromOldest(String name) {
        return subscribe(checkName(name), true);
    }

    private static String checkName(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > QueueLayout.MAX_NAME_BYTES) {
            throw new IllegalArgumentException(
                    "a subscription's name has 1 to " + QueueLayout.MAX_NAME_BYTES + " bytes: '" + name + "'");
        }
        return name;
    }

    private Subscription<T> subscribe(String name, boolean fromOldest) {
        return asMember(() -> {
            int number = Tenancy.nextOpening();
            int cursor = place(name, number, fromOldest);
            CursorInbox<T> inbox = new CursorInbox<>(opening, codec, outbox, room, cursor, number);
            Subscription<T> subscription = new Subscription<>(this, name, inbox, messages);
            subscriptions.add(subscription);
            return subscription;
        });
    }

    /** Runs what changes who subscribes. Closing waits for it, and it does nothing any more once that has begun. */
    private <R> R asMember(Supplier<R> action) {
        return handle.guarded(() -> {
            subscribing.lock();
            try {
                opening.checkOpen();
                if (closed.get()) {
                    throw new SegmentClosedException("'" + name() + "' is being closed by this process");
                }
                membership.lock(LOCK_TIMEOUT);
                try {
                    return action.get();
                } finally {
                    membership.unlock();
                }
            } finally {
                subscribing.unlock();
            }
        });
    }

    /** Takes up the cursor of that name, or a new one. Under the lock, so nobody else does. */
    private int place(String name, int number, boolean fromOldest) {
        for (; ; ) {
            int cursor = name.isEmpty() ? -1 : opening.cursors.find(name);
            if (cursor < 0) {
                cursor = opening.cursors.join(opening.rings[0], name, opening.owner, number, fromOldest);
                if (cursor < 0) {
                    throw new SharedMemoryException(
                            "topic '" + name() + "' has its most subscribers, " + opening.cursors.count()
                                    + ". Close or unsubscribe some, or create it with more subscribers(...).");
                }
                return cursor;
            }
            long state = vacated(cursor, name);
            if (state == Tenancy.NOBODY) {
                continue;
            }
            // A trace is taken up as what it is: whoever has it sees that it was put out, and closing it ends it.
            int as = Tenancy.state(state) == Tenancy.AWAY ? Tenancy.PRESENT : Tenancy.EVICTED;
            // Else it was put out just now.
            if (opening.cursors.change(cursor, state, Tenancy.word(opening.owner, number, as))) {
                return cursor;
            }
        }
    }

    /** The word of a cursor that was just found and that nobody has; {@link Tenancy#NOBODY} if it is not of that name any more. */
    private long vacated(int cursor, String name) {
        long state = opening.cursors.state(cursor);
        if (state != Tenancy.NOBODY && !Tenancy.isVacated(state)) {
            throw Outbox.taken(opening, state, "has one subscriber '" + name + "' at a time");
        }
        return state;
    }

    /**
     * Ends a subscription with a name; what it had not read is not kept for it any more. If it was put out while it was away,
     * nobody is told any more.
     *
     * @return whether there was one
     * @throws EndpointTakenException if somebody has it
     */
    public boolean unsubscribe(String name) {
        return asMember(() -> {
            for (; ; ) {
                int cursor = opening.cursors.find(checkName(name));
                if (cursor < 0) {
                    return false;
                }
                long state = vacated(cursor, name);
                if (state != Tenancy.NOBODY && opening.cursors.free(cursor, state, opening.owner)) {
                    room.tell();
                    return true;
                }
            }
        });
    }

    IllegalStateException insideOfItself() {
        return opening.insideOfItself();
    }

    /** As {@link #publisher(Executor)}, with the common pool. */
    public Flow.Publisher<T> publisher() {
        return publisher(Attendant.POOL);
    }

    /**
     * The payloads of this topic. Whoever subscribes gets a subscription of its own, without a name: it begins with what is sent from
     * then on, and is closed when it is cancelled or ends with an error. If there can be no more subscribers, {@code onError} says so.
     *
     * <p>A subscriber that does not ask for messages is a slow one: it holds the senders up, or is put out and gets {@link
     * dev.shm.error.SubscriptionEvictedException}, or loses the oldest messages, as the topic was created. For a subscription that is
     * kept, or that begins with the oldest message, use {@link Subscription#publisher}. Threads, acknowledgement and end are as in {@link
     * SharedQueue#publisher(Executor)}.
     */
    public Flow.Publisher<T> publisher(Executor executor) {
        return QueuePublisher.ofPayloads(() -> subscribe().ownSource(), executor);
    }

    /** As {@link #deliveries(Executor)}, with the common pool. */
    public Flow.Publisher<Delivery<T>> deliveries() {
        return deliveries(Attendant.POOL);
    }

    /** As {@link #publisher(Executor)}, for subscribers that acknowledge; what they have not when they cancel, they cannot any more. */
    public Flow.Publisher<Delivery<T>> deliveries(Executor executor) {
        return QueuePublisher.ofDeliveries(() -> subscribe().ownSource(), executor);
    }

    void forget(Subscription<T> subscription) {
        subscriptions.remove(subscription);
    }

    // ------------------------------------------------------------------------------------------ looking

    /** What has happened in it so far, and what is in it now. */
    public QueueStatistics statistics() {
        opening.checkOpen();
        return Figures.of(opening).all();
    }

    @Override
    public String name() {
        return handle.name();
    }

    @Override
    public boolean isOpen() {
        return !closed.get() && handle.isOpen();
    }

    /**
     * Closes the subscriptions that were made here, and gives this opening back. Waits for threads that are just subscribing, which may take
     * some seconds where another process is stopped as it opens or closes something.
     *
     * @throws IllegalStateException if a handler of its messages or its codec calls this
     */
    @Override
    public void close() {
        ending.check();
        // Whoever subscribes just now is seen below, and nobody does any more.
        subscribing.lock();
        try {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
        } finally {
            subscribing.unlock();
        }
        handle.attachment().removeEnding(ending);
        try {
            shut();
            outbox.leave();
        } finally {
            // Whatever was found damaged on the way, nobody must be held up by an opening that is closed.
            handle.close();
        }
    }

    private void shut() {
        outbox.shut();
        subscriptions.forEach(Subscription::close);
        handle.attachment().waitRoom().wakeAll();
    }

    private boolean isInside() {
        return outbox.isInside() || subscriptions.stream().anyMatch(Subscription::isInside);
    }

    /** Closing waits for every thread that is inside, so one that is must not close. */
    private final class Ending implements Attachment.Ending {
        @Override
        public void check() {
            if (isInside()) {
                throw opening.insideOfItself();
            }
        }

        @Override
        public void end() {
            shut();
        }
    }

    @Override
    public String toString() {
        return "SharedTopic[" + name() + (isOpen() ? "" : ", closed") + "]";
    }
}
