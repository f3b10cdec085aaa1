package dev.shm.queue;

import dev.shm.SharedObject;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.heap.ObjectHandle;
import dev.shm.segment.Attachment;
import java.time.Duration;
import java.util.AbstractQueue;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A queue between any number of threads of any number of processes: each message goes to one of the consumers.
 *
 * <pre>{@code
 * SharedQueue<Order> orders = memory.openOrCreate("orders", SharedQueue.of(Order.class));
 * orders.put(order);
 *
 * try (Delivery<Order> delivery = orders.receive(Duration.ofSeconds(1))) {
 *     if (delivery != null) {
 *         handle(delivery.payload());
 *         delivery.ack();
 *     }
 * }
 * }</pre>
 *
 * <p>It is a {@link BlockingQueue}: code written for one runs on it unchanged. {@code take} and {@code poll} acknowledge a message
 * as they return it; with {@link #receive} and {@link #drain} a message is acknowledged when its consumer is done with it, and
 * if the process dies before, it is delivered to another. What is handed over is a copy: later changes to an object that was
 * put are not seen by whoever takes it.
 *
 * <p><b>Order.</b> First in, first out, in the order in which senders reserved their places; what is delivered again comes out of
 * turn. Each {@linkplain QueueType#priorities priority} has an order of its own.
 *
 * <p><b>Size.</b> Room is counted in bytes, not in messages. A message that does not fit into the ring travels in a block of the heap
 * and is freed when it is acknowledged; one that could never fit into the segment is refused with {@link
 * dev.shm.error.MessageTooLargeException}.
 *
 * <p><b>Death.</b> A process may be killed at any moment. What it had committed is delivered; what it was writing is skipped; what it
 * had received and not acknowledged is delivered again, with its count raised. Nobody waits for it for longer than the kernel takes
 * to end it. A process that is stopped while it writes a message holds those behind up, see {@link QueueStatistics#blockedBy}.
 *
 * <p>Any thread may call any method, but with {@link QueueType#singleProducer} only one sends at a time. Whoever opened it closes
 * it; then, and after the segment has ended, its methods throw {@link dev.shm.error.SegmentClosedException}, those that
 * wait included. Closing waits for threads that are in a method of it, so a handler must not close the queue that it reads, nor the segment.
 *
 * @param <T> the payload; never null
 */
public final class SharedQueue<T> extends AbstractQueue<T> implements BlockingQueue<T>, SharedObject {

    private final ObjectHandle handle;
    final Opening opening;
    private final Codec<T> codec;
    private final Creation creation;
    private final Waiter messages;
    private final Waiter room;
    private final Outbox<T> outbox;
    private final Ring[] rings;
    private final Inbox<T> inbox;
    private final Intake<T> intake;
    private final AsyncOutbox<T> asyncOutbox;
    private final AsyncInbox<T> asyncInbox;
    private final @Nullable SharedQueue<T> parent;
    private final Attachment.Ending ending = new Ending();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable SharedQueue<T> deadLetters;

    SharedQueue(ObjectHandle handle, Codec<T> codec, Creation creation) {
        this.handle = handle;
        this.codec = codec;
        this.creation = creation;
        this.parent = null;
        this.opening = new Opening(handle);
        this.messages = waiter(QueueLayout.SLEEPING_RECEIVERS);
        this.room = waiter(QueueLayout.SLEEPING_SENDERS);
        this.rings = opening.messageRings();
        this.outbox = new Outbox<>(opening, rings, codec, creation, messages, room);
        this.inbox = opening.geometry.is(QueueLayout.BY_CURSOR)
                ? new CursorInbox<>(opening, codec, outbox, room, 0, 0)
                : new CompetingInbox<>(opening, codec, outbox, room, slots(rings));
        this.intake = new Intake<>(inbox, messages);
        this.asyncOutbox = new AsyncOutbox<>(outbox, room, rings.length);
        this.asyncInbox = new AsyncInbox<>(inbox, messages);
        handle.attachment().addEnding(ending);
    }

    /** The dead letters of a queue, as a queue. */
    private SharedQueue(SharedQueue<T> parent) {
        this.parent = parent;
        this.handle = parent.handle;
        this.codec = parent.codec;
        this.creation = parent.creation;
        this.opening = parent.opening.ofDeadLetters();
        this.messages = parent.messages;
        this.room = parent.room;
        this.rings = new Ring[] {opening.deadRing()};
        this.outbox = new Outbox<>(opening, rings, codec, creation, messages, room);
        this.inbox = new CompetingInbox<>(opening, codec, outbox, room, slots(rings));
        this.intake = new Intake<>(inbox, messages);
        this.asyncOutbox = new AsyncOutbox<>(outbox, room, rings.length);
        this.asyncInbox = new AsyncInbox<>(inbox, messages);
    }

    private static SlotRing[] slots(Ring[] rings) {
        SlotRing[] slots = new SlotRing[rings.length];
        for (int i = 0; i < rings.length; i++) {
            slots[i] = (SlotRing) rings[i];
        }
        return slots;
    }

    private Waiter waiter(int sleepers) {
        long visibility = opening.geometry.visibilityNanos();
        return new Waiter(
                opening.memory,
                opening.attachment.waitRoom(),
                opening.base + sleepers,
                creation.waiting(),
                visibility > 0 ? Math.max(1_000_000, visibility / 4) : Long.MAX_VALUE);
    }

    /** A queue of such values, written and read by the codec that fits the class; see {@link Codecs#forType}. */
    public static <T> QueueType<T> of(Class<T> type) {
        return of(Codecs.forType(type));
    }

    /** A queue of values written and read by that codec. */
    public static <T> QueueType<T> of(Codec<T> codec) {
        return new QueueType<>(Objects.requireNonNull(codec, "codec"), Creation.QUEUE);
    }

    // ------------------------------------------------------------------------------------------ sending

    /** Sends if there is room at once; see {@link FullPolicy} for what else may happen. */
    @Override
    public boolean offer(T message) {
        return outbox.offer(message, SendOptions.NONE);
    }

    /** As {@link #offer(Object)}, with a priority or a header. */
    public boolean offer(T message, SendOptions options) {
        return outbox.offer(message, options);
    }

    @Override
    public boolean offer(T message, long timeout, TimeUnit unit) throws InterruptedException {
        return outbox.send(message, SendOptions.NONE, Waiter.deadline(unit.toNanos(timeout)), false);
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
    @Override
    public void put(T message) throws InterruptedException {
        put(message, SendOptions.NONE);
    }

    /** As {@link #put(Object)}, with a priority or a header. */
    public void put(T message, SendOptions options) throws InterruptedException {
        outbox.put(message, options);
    }

    /**
     * Sends several messages by one commit: receivers see all of them or, if the process is killed meanwhile, none.
     *
     * @return whether there was room for all of them at once; nothing was sent otherwise
     * @throws dev.shm.error.MessageTooLargeException if they would never fit together
     */
    public boolean offerAll(Collection<? extends T> batch) {
        return outbox.offerAll(batch, SendOptions.NONE);
    }

    /** As {@link #offerAll(Collection)}, all with the same priority and header. */
    public boolean offerAll(Collection<? extends T> batch, SendOptions options) {
        return outbox.offerAll(batch, options);
    }

    /**
     * Reserves room for a message of so many bytes, to be written in place. The codec is not asked, so what is written is what
     * it would have written.
     *
     * @return null if there is no room now
     */
    public @Nullable Claim tryClaim(int bytes) {
        return outbox.tryClaim(bytes, SendOptions.NONE);
    }

    /** As {@link #tryClaim(int)}, with a priority or a header. */
    public @Nullable Claim tryClaim(int bytes, SendOptions options) {
        return outbox.tryClaim(bytes, options);
    }

    // ------------------------------------------------------------------------------------------ receiving

    @Override
    public @Nullable T poll() {
        return inbox.poll();
    }

    @Override
    public @Nullable T poll(long timeout, TimeUnit unit) throws InterruptedException {
        return intake.poll(Waiter.deadline(unit.toNanos(timeout)));
    }

    @Override
    public T take() throws InterruptedException {
        return intake.take();
    }

    /**
     * Lends a message. It is acknowledged by {@link Delivery#ack}; until then nobody else gets it, unless this process dies, closes
     * the queue, or keeps it for longer than the {@link QueueType#visibilityTimeout}.
     *
     * @param timeout how long to wait for one
     * @return null if there was none
     */
    public @Nullable Delivery<T> receive(Duration timeout) throws InterruptedException {
        return intake.receive(Waiter.deadline(timeout));
    }

    /**
     * Reads up to so many messages in place, without waiting. Each is acknowledged when the handler returns; if it throws, its
     * message comes back, those after it are not read, and the exception goes to the caller.
     *
     * @return how many were read
     */
    public int drain(MessageHandler handler, int limit) {
        return intake.drain(handler, limit);
    }

    /** As {@link #drain(MessageHandler, int)}, after waiting that long for a message if there is none. */
    public int drain(MessageHandler handler, int limit, Duration timeout) throws InterruptedException {
        return intake.drain(handler, limit, Waiter.deadline(timeout));
    }

    @Override
    public int drainTo(Collection<? super T> target) {
        return drainTo(target, Integer.MAX_VALUE);
    }

    @Override
    public int drainTo(Collection<? super T> target, int limit) {
        Objects.requireNonNull(target, "target");
        if (target == this) {
            throw new IllegalArgumentException("a queue cannot be drained into itself");
        }
        int count = 0;
        while (count < limit) {
            T message = poll();
            if (message == null) {
                break;
            }
            target.add(message);
            count++;
        }
        return count;
    }

    // ------------------------------------------------------------------------------------------ without waiting
    // threads

    /** As {@link #offerAsync(Object, SendOptions, Executor)}, with the highest priority, no header and the common pool. */
    public CompletionStage<Boolean> offerAsync(T message) {
        return offerAsync(message, SendOptions.NONE);
    }

    /** As {@link #offerAsync(Object, SendOptions, Executor)}, with the common pool. */
    public CompletionStage<Boolean> offerAsync(T message, SendOptions options) {
        return asyncOutbox.offer(message, options, Attendant.POOL);
    }

    /**
     * Sends as soon as there is room. No thread waits for it.
     *
     * <p>If there is room now, and nothing that was offered like this with the same priority still waits, the message is sent before
     * this returns, and the stage is complete. Otherwise it stands in line: messages of one priority that one thread offers with this
     * method are sent in that order, but {@code put} and {@code offer} do not stand in line. A message that waits is encoded when
     * its turn comes, so do not change it before the stage is complete.
     *
     * <p>Any thread may call it, whatever the queue. With {@link QueueType#singleProducer} those who wait are sent by a thread of the
     * pool, so send by no other method until their stages are complete.
     *
     * @return true if it was sent, false if it was dropped, as the {@link FullPolicy} says: only {@link FullPolicy#BLOCK}, and {@link
     *     FullPolicy#DROP_OLDEST} if nothing can be dropped, have it wait. The stage fails with what {@link #put} would throw, which is
     *     {@link dev.shm.error.SegmentClosedException} if this queue or the segment is closed first. To cancel {@code
     *     toCompletableFuture()}, or to give it a time-out, takes the message out of the line, unless it is being sent just then
     * @param executor where the stage is completed if it was not complete at once; if it takes nothing any more, in the common pool
     * @throws IllegalArgumentException if there is no such priority
     */
    public CompletionStage<Boolean> offerAsync(T message, SendOptions options, Executor executor) {
        return asyncOutbox.offer(message, options, executor);
    }

    /** As {@link #receiveAsync(Executor)}, with the common pool. */
    public CompletionStage<Delivery<T>> receiveAsync() {
        return asyncInbox.receive(Attendant.POOL);
    }

    /**
     * Lends a message as soon as there is one. No thread waits for it, and any number of stages cost no more than one. Stages of one
     * opening of the queue get messages in the order in which they were asked for.
     *
     * <p>It is a {@link Delivery} rather than the payload, so that nothing is lost with whoever should have got it: acknowledge it
     * when you are done. If the process dies before, another gets the message.
     *
     * <p>Any thread may call it. If there is a message and nobody waits, the stage is complete when this returns. To cancel {@code
     * toCompletableFuture()}, or to give it a time-out, takes it out of the line; a message that was on its way to it goes to the
     * next in line, or back into the queue, with its delivery count raised. If this queue or the segment is closed, the stage fails
     * with {@link dev.shm.error.SegmentClosedException}, and with whatever else {@link #receive} would throw.
     *
     * @param executor where the stage is completed if it was not complete at once; if it takes nothing any more, in the common pool
     */
    public CompletionStage<Delivery<T>> receiveAsync(Executor executor) {
        return asyncInbox.receive(executor);
    }

    /** As {@link #publisher(Executor)}, with the common pool. */
    public Flow.Publisher<T> publisher() {
        return publisher(Attendant.POOL);
    }

    /**
     * The payloads of this queue. Each message is acknowledged when {@code onNext} has returned: if that throws, or the process
     * dies before, the message is delivered again. Whoever hands it on to other threads acknowledges too soon like this; see {@link
     * #deliveries}.
     *
     * <p>Subscribers compete with each other and with all other consumers: each message goes to one of them. A subscriber takes a
     * message only when it has asked for it and is ready for it. No thread waits for it meanwhile.
     *
     * <p>It never completes. It ends with {@code onError}: when this queue or the segment is closed ({@link
     * dev.shm.error.SegmentClosedException}), when a message cannot be decoded ({@link dev.shm.error.CodecException}; the message goes
     * back, and to the {@linkplain #deadLetters dead letters} in the end), or when another process receives from a queue for a
     * {@linkplain QueueType#singleConsumer single consumer}.
     *
     * <p>{@code onSubscribe} is called by whoever subscribes, everything else on the executor, one signal after the other. If the
     * executor takes nothing any more, the subscriber gets {@link java.util.concurrent.RejectedExecutionException}.
     */
    public Flow.Publisher<T> publisher(Executor executor) {
        return QueuePublisher.ofPayloads(this::source, executor);
    }

    /** As {@link #deliveries(Executor)}, with the common pool. */
    public Flow.Publisher<Delivery<T>> deliveries() {
        return deliveries(Attendant.POOL);
    }

    /**
     * As {@link #publisher(Executor)}, but the subscriber acknowledges each message, when it likes and on any thread. What it neither
     * acknowledges nor releases, its process keeps until it closes the queue or ends, or the {@linkplain
     * QueueType#visibilityTimeout visibility time-out} is over.
     */
    public Flow.Publisher<Delivery<T>> deliveries(Executor executor) {
        return QueuePublisher.ofDeliveries(this::source, executor);
    }

    private QueuePublisher.Source<T> source() {
        return new QueuePublisher.Source<>(asyncInbox, () -> {});
    }

    // ------------------------------------------------------------------------------------------ looking

    /** A copy of the message that would be received next; it stays where it is. */
    @Override
    public @Nullable T peek() {
        List<Inbox.Entry<T>> first = inbox.entries(1);
        return first.isEmpty() ? null : first.get(0).value();
    }

    /** Messages that nobody has received. Counts them one by one. */
    @Override
    public int size() {
        return inbox.size(Integer.MAX_VALUE);
    }

    @Override
    public boolean isEmpty() {
        return inbox.size(1) == 0;
    }

    /** Acknowledges what is there, without decoding it. */
    @Override
    public void clear() {
        inbox.drain(message -> {}, Integer.MAX_VALUE);
    }

    /** How many of the smallest messages there is room for, roughly: room is counted in bytes. */
    @Override
    public int remainingCapacity() {
        opening.checkOpen();
        long free = 0;
        for (Ring ring : rings) {
            long used = ring.end() - Math.max(ring.head(), ring.reachable());
            free += Math.max(0, ring.units - used) / ring.span(RecordLayout.STAMPED, 0, 1);
        }
        return (int) Math.min(Integer.MAX_VALUE, free);
    }

    /**
     * Goes over copies of the messages that nobody had received when it was made. {@code remove} takes the very message out, if it
     * is still there.
     */
    @Override
    public Iterator<T> iterator() {
        List<Inbox.Entry<T>> entries = inbox.entries(Integer.MAX_VALUE);
        return new Iterator<>() {
            private int next;
            private Inbox.@Nullable Entry<T> last;

            @Override
            public boolean hasNext() {
                return next < entries.size();
            }

            @Override
            public T next() {
                if (next == entries.size()) {
                    throw new NoSuchElementException();
                }
                Inbox.Entry<T> entry = entries.get(next++);
                last = entry;
                return entry.value();
            }

            @Override
            public void remove() {
                Inbox.Entry<T> entry = last;
                if (entry == null) {
                    throw new IllegalStateException("next() was not called since the last remove()");
                }
                last = null;
                inbox.remove(entry);
            }
        };
    }

    /** Takes one message out that equals this, if there is one and nobody was faster. */
    @Override
    public boolean remove(@Nullable Object message) {
        for (Inbox.Entry<T> entry : inbox.entries(Integer.MAX_VALUE)) {
            if (entry.value().equals(message) && inbox.remove(entry)) {
                return true;
            }
        }
        return false;
    }

    /** What has happened in it so far, and what is in it now. */
    public QueueStatistics statistics() {
        opening.checkOpen();
        Figures figures = Figures.of(opening);
        return parent == null ? figures.all() : figures.deadLetters();
    }

    /**
     * The messages that were delivered too often. Lives and closes with this queue. Its {@link #statistics} are its own: what was sent
     * there is what became a dead letter.
     *
     * @throws IllegalStateException if the queue was created without {@link QueueType#deadLettersAfter}
     */
    public SharedQueue<T> deadLetters() {
        if (parent != null || !opening.geometry.hasDeadLetters()) {
            throw new IllegalStateException(
                    "'" + name() + "' has no dead letters: it was created without deadLettersAfter(...)");
        }
        synchronized (ending) {
            SharedQueue<T> letters = deadLetters;
            if (letters == null) {
                letters = new SharedQueue<>(this);
                deadLetters = letters;
                if (closed.get()) {
                    letters.shut();
                }
            }
            return letters;
        }
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
     * Gives back what was received and not acknowledged, and this opening. Threads that wait in a method of it are sent away.
     *
     * @throws IllegalStateException if a handler of its messages or its codec calls this
     */
    @Override
    public void close() {
        if (parent != null) {
            // It goes with the queue.
            return;
        }
        ending.check();
        if (!closed.compareAndSet(false, true)) {
            return;
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
        inbox.shut();
        asyncInbox.shut();
        SharedQueue<T> letters;
        synchronized (ending) {
            letters = deadLetters;
        }
        if (letters != null) {
            letters.shut();
        }
        handle.attachment().waitRoom().wakeAll();
    }

    private boolean isInside() {
        SharedQueue<T> letters = deadLetters;
        return outbox.isInside() || inbox.isInside() || (letters != null && letters.isInside());
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
        return "SharedQueue[" + name() + (isOpen() ? "" : ", closed") + "]";
    }
}
