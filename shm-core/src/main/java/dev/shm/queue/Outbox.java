package dev.shm.queue;

import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import dev.shm.error.EndpointTakenException;
import dev.shm.error.MessageTooLargeException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.QueueFullException;
import dev.shm.error.SegmentClosedException;
import dev.shm.heap.BlockLayout;
import dev.shm.memory.Memory;
import dev.shm.segment.Peer;
import java.lang.ref.WeakReference;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends: finds room, writes records, commits. Any thread may use it, but with a single producer only one at a time.
 *
 * <p>A message that fits goes into the ring. A larger one is written into a block of its own first, which nobody else can reach;
 * then a record is claimed that refers to it, the block is enqueued under the stamp in that reference, and the record
 * committed. Killed before the record is marked as a reference: the block is found as a dead process's own. Killed after:
 * the reaper looks whether the block was enqueued under that very stamp, and frees it. In a dense ring the object's header
 * names the block instead of a claim that others could see.
 */
final class Outbox<T> {

    /** Larger messages get a block of their own. */
    static final int LARGEST_INLINE = 128 << 10;

    /** As {@link #LARGEST_INLINE} for what is written in place, where no codec can fail and leave a hole. */
    private static final int LARGEST_CLAIM = 2 << 20;

    /** Type of the blocks that hold messages. */
    static final int BLOCK_TYPE = 16;

    private static final int FIRST_GUESS = 128;

    /** How many claims there are before it is worth while to look for those whose threads are gone. */
    private static final int FIRST_PURGE = 64;

    /** Nobody tells of room in the heap, which others use as well, so who needs some looks that often. */
    private static final long HEAP_LOOK_NANOS = 1_000_000;

    // What an attempt to send into the ring comes to, unless it says how much room the message needs, at least.
    private static final int SENT = 0;
    private static final int NO_ROOM = -1;

    private final Opening opening;
    private final Ring[] rings;
    private final boolean exclusive;
    private final Memory memory;
    private final Codec<T> codec;
    private final Windows.Writer<T> writer;
    private final FullPolicy full;
    private final int flags;
    private final Waiter messages;
    private final Waiter room;
    private final Presence presence;
    private final PerThread<Sending> locals = new PerThread<>(this::newSending);
    private final @Nullable Sending alone;
    private final boolean lossy;
    private final Evictor evictor;

    /** The claims of all threads. Held until their thread is gone and they are not open: nobody else may know one that is. */
    private final List<Lent> claims = new ArrayList<>();

    private int purgeAt = FIRST_PURGE;

    /** Claims of threads that have one open already, for as long as they are. */
    private final Set<Claim> more = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Bytes that the last values of a codec that cannot tell took, roughly, leaving out those with a block of their own. */
    private int guess = FIRST_GUESS;

    private boolean tenant;

    /** How a single producer writes in place. */
    private final @Nullable DenseWriter dense;

    /** And how any producer does. */
    private final @Nullable SlotWriter slots;

    /** What this process has counted, as the one producer. */
    private long sent;

    /**
     * The claim of a thread.
     *
     * @param by goes when the thread does
     */
    private record Lent(Claim claim, WeakReference<Sending> by) {}

    /** What one sending thread needs. */
    private static final class Sending {
        final Windows windows;
        /** Apart from those that are positioned for a codec, which may be asked while a claim is open. */
        final Windows claimed;

        final Claim claim;
        final Presence.Mark mark;

        /** The thread whose codec is writing through the windows. */
        @Nullable
        Thread encoder;

        Sending(Memory memory, Claim claim, Presence.Mark mark) {
            this.windows = new Windows(memory);
            this.claimed = new Windows(memory);
            this.claim = claim;
            this.mark = mark;
        }
    }

    /**
     * The sending side of an opening.
     *
     * @param rings where to send to, by priority
     * @param creation how to send
     * @param messages to tell of a message
     * @param room to wait for room
     */
    Outbox(Opening opening, Ring[] rings, Codec<T> codec, Creation creation, Waiter messages, Waiter room) {
        this.opening = opening;
        this.rings = rings;
        this.exclusive = rings[0] instanceof DenseRing;
        this.memory = opening.memory;
        this.codec = codec;
        this.writer = codec::encode;
        this.full = creation.full();
        this.flags = creation.stamped() ? RecordLayout.STAMPED : 0;
        this.messages = messages;
        this.room = room;
        this.lossy = opening.geometry.is(QueueLayout.LOSSY);
        this.evictor = new Evictor(opening, rings[0]);
        this.presence = new Presence();
        this.alone = exclusive ? newSending() : null;
        this.dense = alone != null && rings[0] instanceof DenseRing ring && opening.strip != null && flags == 0
                ? new DenseWriter(opening, opening.strip, ring, LARGEST_CLAIM)
                : null;
        this.slots = rings[0] instanceof SlotRing ring && opening.strip != null && flags == 0
                ? new SlotWriter(opening, opening.strip, ring, LARGEST_CLAIM)
                : null;
    }

    private Sending newSending() {
        Sending sending = new Sending(memory, new Claim(rings[0], this), presence.newMark());
        synchronized (claims) {
            if (claims.size() >= purgeAt) {
                claims.removeIf(lent -> lent.by().get() == null && !lent.claim().isOpen());
                purgeAt = Math.max(FIRST_PURGE, 2 * claims.size());
            }
            claims.add(new Lent(sending.claim, new WeakReference<>(sending)));
        }
        return sending;
    }

    private Sending sending() {
        return alone != null ? alone : locals.get();
    }

    /** Has the codec write; returns how much it wrote. A codec may send something itself meanwhile. */
    private int encode(T value, long address, int room) {
        Sending sending = sending();
        if (sending.encoder != null) {
            return new Windows(memory).write(address, room, value, writer);
        }
        sending.encoder = Thread.currentThread();
        try {
            return sending.windows.write(address, room, value, writer);
        } finally {
            sending.encoder = null;
        }
    }

    /** Whether the calling thread is in the middle of sending: in the codec. */
    boolean isInside() {
        return sending().encoder == Thread.currentThread();
    }

    private Ring ring(SendOptions options) {
        int priority = options.priority();
        if (priority >= rings.length) {
            throw new IllegalArgumentException("'" + opening.handle.name() + "' has "
                    + rings.length + " priorities, from 0 on: priority=" + priority
                    + ". Create it with more priorities(...).");
        }
        return rings[priority];
    }

    // ------------------------------------------------------------------------------------------ sending values

    /** Sends if there is room now, or can be made. */
    boolean offer(T value, SendOptions options) {
        Ring ring = ring(Objects.requireNonNull(options));
        int size = codec.size(Objects.requireNonNull(value, "a queue holds no null"));
        if (isInline(size < 0 ? guess : size, options)) {
            if (trySend(ring, value, size, size < 0 ? guess : size, options) == SENT) {
                return true;
            }
        }
        try {
            return send(ring, value, size, options, System.nanoTime(), false);
        } catch (InterruptedException e) {
            throw new IllegalStateException("'" + opening.handle.name() + "' waited, though its time was up", e);
        }
    }

    /**
     * Sends, waiting for room.
     *
     * @param deadline {@code System.nanoTime()} until which to wait
     * @param must whether the caller wants an exception rather than false
     */
    boolean send(T value, SendOptions options, long deadline, boolean must) throws InterruptedException {
        Ring ring = ring(Objects.requireNonNull(options));
        int size = codec.size(Objects.requireNonNull(value, "a queue holds no null"));
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return send(ring, value, size, options, deadline, must);
    }

    /** Sends, waiting for room for as long as it takes, if that is how it waits. */
    void put(T value, SendOptions options) throws InterruptedException {
        Ring ring = ring(Objects.requireNonNull(options));
        int size = codec.size(Objects.requireNonNull(value, "a queue holds no null"));
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        int room = size < 0 ? guess : size;
        // Mostly there is room, and nothing need be known of how to wait.
        if (!isInline(room, options) || trySend(ring, value, size, room, options) != SENT) {
            send(ring, value, size, options, Waiter.deadline(Long.MAX_VALUE), true);
        }
    }

    private boolean send(Ring ring, T value, int size, SendOptions options, long deadline, boolean must)
            throws InterruptedException {
        Parcel parcel = new Parcel(value, size, options);
        try {
            while (!trySend(ring, parcel)) {
                if (full == FullPolicy.DROP_OLDEST && tryDropOldest(ring)) {
                    continue;
                }
                if (evictSlowest()) {
                    continue;
                }
                if (full == FullPolicy.DROP_NEWEST && (must || deadline - System.nanoTime() <= 0)) {
                    opening.count(Counter.DROPPED, 1);
                    return false;
                }
                if (full == FullPolicy.FAIL && must) {
                    throw new QueueFullException("'" + opening.handle.name() + "' is full: " + ring.bytes()
                            + " bytes. Receive faster, or create it with a larger capacityBytes(...).");
                }
                if (deadline - System.nanoTime() <= 0) {
                    return false;
                }
                // Where one consumer sleeps behind what was given up, room comes when it has a look.
                messages.tell();
                if (parcel.lacksHeap(ring)) {
                    LockSupport.parkNanos(HEAP_LOOK_NANOS);
                }
                long until = evictor.isWatching() ? Math.min(deadline, evictor.nextLook()) : deadline;
                room.await(parcel.fits(ring), until);
            }
            return true;
        } finally {
            parcel.close();
        }
    }

    private boolean isInline(int size, SendOptions options) {
        return isInline(size, options, LARGEST_INLINE);
    }

    private boolean isInline(int size, SendOptions options, int most) {
        return size <= most && RecordLayout.bytes(flags, options.header().length, size) <= rings[0].largest();
    }

    /**
     * Sends one that goes into the ring.
     *
     * @param room its size, or if that is not known a guess
     * @return {@link #SENT}, {@link #NO_ROOM}, or a better guess if it does not go into the ring
     */
    private int trySend(Ring ring, T value, int size, int room, SendOptions options) {
        Sending sending = enter();
        try {
            int headerBytes = options.header().length;
            int bytes = room;
            for (; ; ) {
                long span = ring.span(flags, headerBytes, bytes);
                long position = ring.claim(span);
                if (position == Ring.FULL) {
                    return NO_ROOM;
                }
                int written = encode(ring, position, value, bytes, headerBytes);
                if (written < 0) {
                    if (size >= 0) {
                        throw tooMuch(size);
                    }
                    bytes = measure(value, bytes, options);
                    if (!isInline(bytes, options)) {
                        return bytes;
                    }
                    continue;
                }
                if (size >= 0 && written != size) {
                    ring.abort(position);
                    throw wrongSize(size, written);
                }
                if (size < 0) {
                    learn(written);
                }
                publish(ring, position, written, options, exclusive ? ring.span(flags, headerBytes, written) : span);
                return SENT;
            }
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    /**
     * How much a value takes, if that goes into the ring; else more than does. Found out in the Java heap: one given-up claim
     * after the other would fill the ring.
     */
    private int measure(T value, int tooLittle, SendOptions options) {
        int bytes = grown(tooLittle);
        for (; isInline(bytes, options); bytes = grown(bytes)) {
            ByteBuffer scratch = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
            try {
                codec.encode(value, scratch);
                return scratch.position();
            } catch (BufferOverflowException e) {
                // More, then.
            }
        }
        return bytes;
    }

    /** Writes the body of a claimed record; returns its length, or -1 if there was too little room, and then gives up the claim. */
    private int encode(Ring ring, long position, T value, int room, int headerBytes) {
        boolean encoded = false;
        try {
            int written = encode(value, ring.address(position) + RecordLayout.bodyOffset(flags, headerBytes), room);
            encoded = true;
            return written;
        } catch (BufferOverflowException e) {
            return -1;
        } finally {
            if (!encoded) {
                ring.abort(position);
            }
        }
    }

    private CodecException wrongSize(int said, int written) {
        return wrongSize(said, "wrote " + written);
    }

    private CodecException tooMuch(int said) {
        return wrongSize(said, "wrote more");
    }

    private CodecException wrongSize(int said, String wrote) {
        return new CodecException("the codec '" + codec.name() + "' said that a value takes " + said + " bytes and "
                + wrote + ". Mend its size(...).");
    }

    private static int grown(int room) {
        return (int) Math.min(Integer.MAX_VALUE - 64, Math.max(FIRST_GUESS, 2L * room));
    }

    private void learn(int written) {
        int enough = written + (written >>> 2) + 16;
        guess = enough > guess ? enough : Math.max(enough, guess - (guess >>> 4));
    }

    /** Writes what goes before the body, and commits. */
    private void publish(Ring ring, long position, int bodyBytes, SendOptions options, long span) {
        describe(ring.address(position), bodyBytes, flags, options.header());
        count(1);
        if (!ring.commit(position, span)) {
            throw closed();
        }
        messages.tell();
    }

    private void describe(long address, int bodyBytes, int recordFlags, byte[] header) {
        memory.putLong(address, RecordLayout.word(bodyBytes, header.length, recordFlags));
        if ((recordFlags & RecordLayout.STAMPED) != 0) {
            memory.putLong(address + RecordLayout.stampOffset(), System.currentTimeMillis());
        }
        if (header.length > 0) {
            memory.putBytes(address + RecordLayout.headerOffset(recordFlags), header, 0, header.length);
        }
    }

    private void count(int messages) {
        if (exclusive) {
            sent += messages;
            opening.set(Counter.CLAIMED, sent);
        } else {
            opening.count(Counter.CLAIMED, messages);
        }
    }

    private SegmentClosedException closed() {
        opening.checkOpen();
        return new SegmentClosedException("'" + opening.handle.name() + "' was closed by this process meanwhile");
    }

    private boolean trySend(Ring ring, Parcel parcel) {
        if (parcel.isInline()) {
            int outcome = trySend(ring, parcel.value, parcel.size, parcel.guessed, parcel.options);
            if (outcome <= 0) {
                return outcome == SENT;
            }
            parcel.guessed = outcome;
        }
        return trySendLarge(ring, parcel);
    }

    private boolean trySendLarge(Ring ring, Parcel parcel) {
        Sending sending = enter();
        try {
            if (parcel.block == 0 && !parcel.pack(ring)) {
                return false;
            }
            long position = ring.claim(parcel.span(ring));
            if (position == Ring.FULL) {
                return false;
            }
            sendBlock(ring, position, parcel.span(ring), parcel.block, parcel.length, parcel.options.header());
            parcel.block = 0;
            return true;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    private void sendBlock(Ring ring, long position, long span, long block, int length, byte[] header) {
        int recordFlags = flags | RecordLayout.BY_REFERENCE;
        long address = ring.address(position);
        describe(address, length, recordFlags, header);
        memory.putLong(address + RecordLayout.bodyOffset(recordFlags, header.length), block);
        ring.markReference(position, block);
        opening.heap.enqueue(block);
        count(1);
        if (!ring.commit(position, span)) {
            throw closed();
        }
        messages.tell();
    }

    /** A message that is tried as often as its caller likes, and waits for nothing. */
    Attempt attempt(T value, SendOptions options) {
        Ring ring = ring(Objects.requireNonNull(options));
        return new Attempt(ring, new Parcel(value, codec.size(value), options));
    }

    /** One message, tried by one thread at a time. */
    final class Attempt implements AutoCloseable {

        private final Ring ring;
        private final Parcel parcel;
        private volatile BooleanSupplier fits;

        private Attempt(Ring ring, Parcel parcel) {
            this.ring = ring;
            this.parcel = parcel;
            this.fits = parcel.fits(ring);
        }

        /**
         * Sends if there is room or can be made, as {@code put} would.
         *
         * @return whether it was sent, or null if it has to wait for room
         */
        @Nullable
        Boolean trySend() {
            while (!Outbox.this.trySend(ring, parcel)) {
                if (full == FullPolicy.DROP_OLDEST && tryDropOldest(ring)) {
                    continue;
                }
                if (full == FullPolicy.DROP_NEWEST) {
                    opening.count(Counter.DROPPED, 1);
                    return false;
                }
                if (full == FullPolicy.FAIL) {
                    throw new QueueFullException("'" + opening.handle.name() + "' is full: " + ring.bytes()
                            + " bytes. Receive faster, or create it with a larger capacityBytes(...).");
                }
                fits = parcel.fits(ring);
                return null;
            }
            return true;
        }

        /** Whether it may be worth while to try again; any thread may ask. */
        boolean mayFit() {
            return !opening.attachment.isOpen() || fits.getAsBoolean();
        }

        /** Gives up what was prepared. Once, and not while it is tried. */
        @Override
        public void close() {
            parcel.close();
        }
    }

    /** A message on its way, while it waits for room. */
    private final class Parcel implements AutoCloseable {

        final T value;
        final int size;
        final SendOptions options;

        /** The size, or what it is guessed to be. */
        int guessed;

        long block;
        int length;

        Parcel(T value, int size, SendOptions options) {
            this.value = value;
            this.size = size;
            this.options = options;
            this.guessed = size < 0 ? guess : size;
        }

        /** Once it has a block it stays there, whatever is guessed by then: what is claimed and what is written must agree. */
        boolean isInline() {
            return block == 0 && Outbox.this.isInline(guessed, options);
        }

        long span(Ring ring) {
            int bytes = block != 0 ? length : guessed;
            return ring.span(isInline() ? flags : flags | RecordLayout.BY_REFERENCE, options.header().length, bytes);
        }

        /** Whether it is not the ring that has no room. */
        boolean lacksHeap(Ring ring) {
            return block == 0 && !isInline() && ring.wouldFit(span(ring));
        }

        /** Whether there is room; any thread may ask. */
        BooleanSupplier fits(Ring ring) {
            long span = span(ring);
            return () -> presence.isShut() || ring.wouldFit(span);
        }

        /** Encodes into a block; false if there is no room for that now. */
        boolean pack(Ring ring) {
            for (; ; ) {
                if (!ring.wouldFit(ring.span(flags | RecordLayout.BY_REFERENCE, options.header().length, guessed))) {
                    return false;
                }
                long fresh = allocate(ring, guessed);
                if (fresh == 0) {
                    return false;
                }
                boolean packed = false;
                try {
                    length = encode(value, BlockLayout.payload(fresh), guessed);
                    if (size >= 0 && length != size) {
                        throw wrongSize(size, length);
                    }
                    packed = true;
                    block = fresh;
                    return true;
                } catch (BufferOverflowException e) {
                    if (size >= 0) {
                        throw tooMuch(size);
                    }
                    guessed = grown(guessed);
                } finally {
                    if (!packed) {
                        opening.heap.free(fresh);
                    }
                }
            }
        }

        /** Frees a block that was not sent, even if the queue was closed meanwhile. */
        @Override
        public void close() {
            if (block != 0) {
                opening.discard(block);
            }
        }
    }

    /** A block for a message, or 0 if there will be room when messages have been received. */
    private long allocate(Ring ring, int bytes) {
        try {
            try {
                return opening.heap.allocate(bytes, BLOCK_TYPE);
            } catch (OutOfSharedMemoryException e) {
                // A topic keeps what all have read for those who join, until somebody needs the room.
                if (!ring.reclaim()) {
                    throw e;
                }
                return opening.heap.allocate(bytes, BLOCK_TYPE);
            }
        } catch (OutOfSharedMemoryException e) {
            long most = opening.heap.largestBlock();
            if (bytes > most) {
                throw new MessageTooLargeException(
                        "a message of " + bytes + " bytes does not fit into the segment: at most " + most
                                + " bytes could ever be free in one piece. Create the segment with a larger size(...), or send "
                                + "it in parts.",
                        bytes,
                        most);
            }
            if (ring.end() == Math.max(ring.head(), ring.reachable())) {
                // Nothing here will make room.
                throw e;
            }
            return 0;
        }
    }

    // ------------------------------------------------------------------------------------------ batches

    /**
     * Sends several messages at once: receivers see all of them or none.
     *
     * @return false if there is no room for all
     */
    boolean offerAll(Collection<? extends T> values, SendOptions options) {
        Ring ring = ring(options);
        List<byte[]> encoded = new ArrayList<>();
        byte[] header = options.header();
        long total = 0;
        int[] spans = new int[values.size()];
        for (T value : values) {
            byte[] bytes = encode(Objects.requireNonNull(value, "a queue holds no null"));
            if (!isInline(bytes.length, options)) {
                throw tooLargeForBatch(bytes.length);
            }
            spans[encoded.size()] = (int) ring.span(flags, header.length, bytes.length);
            total += spans[encoded.size()];
            encoded.add(bytes);
        }
        if (encoded.isEmpty()) {
            opening.checkOpen();
            return true;
        }
        if (total << ring.unitShift > ring.largest()) {
            throw new MessageTooLargeException(
                    "a batch has at most " + ring.largest() + " bytes, headers included: " + (total << ring.unitShift)
                            + ". Send it in parts, or create the queue with a larger capacityBytes(...).",
                    total << ring.unitShift,
                    ring.largest());
        }
        Sending sending = enter();
        try {
            long position = ring.claim(total);
            if (position == Ring.FULL) {
                return false;
            }
            long at = position;
            for (int i = 0; i < spans.length; i++) {
                byte[] body = encoded.get(i);
                long address = ring.address(at);
                describe(address, body.length, flags, header);
                memory.putBytes(address + RecordLayout.bodyOffset(flags, header.length), body, 0, body.length);
                at += spans[i];
            }
            count(spans.length);
            boolean committed = ring instanceof SlotRing slots
                    ? slots.commitBatch(position, spans, spans.length, total)
                    : ring.commit(position, total);
            if (!committed) {
                throw closed();
            }
            messages.tell();
            return true;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    private MessageTooLargeException tooLargeForBatch(int bytes) {
        return new MessageTooLargeException(
                "a batch holds no message of " + bytes + " bytes, which needs a block of its own. Send it alone.",
                bytes,
                Math.min(LARGEST_INLINE, rings[0].largest()));
    }

    private byte[] encode(T value) {
        int size = codec.size(value);
        for (int bytes = size < 0 ? guess : size; ; bytes = grown(bytes)) {
            ByteBuffer target = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
            try {
                codec.encode(value, target);
            } catch (BufferOverflowException e) {
                if (size >= 0) {
                    throw tooMuch(size);
                }
                if (bytes > LARGEST_INLINE) {
                    throw tooLargeForBatch(bytes);
                }
                continue;
            }
            if (size >= 0 && target.position() != size) {
                throw wrongSize(size, target.position());
            }
            return Arrays.copyOf(target.array(), target.position());
        }
    }

    // ------------------------------------------------------------------------------------------ writing in place

    /** Reserves room for a message; null if there is none now. */
    @Nullable
    Claim tryClaim(int bytes, SendOptions options) {
        if (slots != null) {
            return tryClaimSlots(slots, bytes, options);
        }
        DenseWriter writer = dense;
        Sending sending = alone;
        // By far the most claims, if somebody wants it fast.
        if (writer == null
                || sending == null
                || options != SendOptions.NONE
                || !writer.isPlain(bytes)
                || !tenant
                || sending.claim.isOpen()
                || sending.mark.isInside()) {

            return tryClaimAny(bytes, options);
        }
        if (writer.tryClaim(sending.claim, bytes)) {
            return sending.claim;
        }
        opening.enter(presence, sending.mark);
        try {
            return writer.tryClaimWithLook(sending.claim, bytes) ? sending.claim : null;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    private @Nullable Claim tryClaimSlots(SlotWriter writer, int bytes, SendOptions options) {
        Sending sending = locals.get();
        if (options != SendOptions.NONE || !writer.isPlain(bytes) || sending.claim.isOpen()) {
            return tryClaimAny(bytes, options);
        }
        opening.enter(presence, sending.mark);
        try {
            return writer.tryClaim(sending.claim, bytes) ? sending.claim : null;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    private @Nullable Claim tryClaimAny(int bytes, SendOptions options) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a message has 0 or more bytes: bytes=" + bytes);
        }
        Ring ring = ring(options);
        int headerBytes = options.header().length;
        Sending sending = enter();
        try {
            boolean inline = isInline(bytes, options, LARGEST_CLAIM);
            int recordFlags = inline ? flags : flags | RecordLayout.BY_REFERENCE;
            long span = ring.span(recordFlags, headerBytes, bytes);
            long block = 0;
            if (!inline) {
                if (!ring.wouldFit(span)) {
                    return null;
                }
                block = allocate(ring, bytes);
                if (block == 0) {
                    return null;
                }
            }
            Claim claim = sending.claim.isOpen() ? lendAnother(ring) : sending.claim;
            long position = ring.claim(span);
            if (position == Ring.FULL) {
                forget(claim);
                if (block != 0) {
                    opening.heap.free(block);
                }
                return null;
            }
            long address = ring.address(position);
            describe(address, bytes, recordFlags, options.header());
            long body = inline ? address + RecordLayout.bodyOffset(flags, headerBytes) : BlockLayout.payload(block);
            claim.set(this, ring, position, span, block, sending.claimed.of(body), Windows.index(body), bytes);
            return claim;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    private Claim lendAnother(Ring ring) {
        Claim claim = new Claim(ring);
        synchronized (claims) {
            more.add(claim);
        }
        return claim;
    }

    private void forget(Claim claim) {
        if (!claim.isKept()) {
            synchronized (claims) {
                more.remove(claim);
            }
        }
    }

    void commit(Claim claim, int bodyBytes) {
        if (slots != null && claim.isPlain()) {
            commitSlots(slots, claim, bodyBytes);
            return;
        }
        DenseWriter writer = dense;
        Sending sending = alone;
        if (writer == null || sending == null || !claim.isPlain() || sending.mark.isInside()) {
            commitAny(claim);
            return;
        }
        opening.enter(presence, sending.mark);
        try {
            claim.end();
            sent++;
            if (writer.commit(claim, bodyBytes, sent)) {
                messages.tellSleepers();
            }
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    private void commitSlots(SlotWriter writer, Claim claim, int bodyBytes) {
        Sending sending = locals.get();
        opening.enter(presence, sending.mark);
        try {
            claim.end();
            if (writer.commit(claim, bodyBytes)) {
                messages.tellSleepers();
            }
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    private void commitAny(Claim claim) {
        Sending sending = enterInTurn();
        try {
            claim.end();
            forget(claim);
            Ring ring = claim.ring();
            long position = claim.position();
            if (claim.block() != 0) {
                long address = ring.address(position);
                memory.putLong(address + RecordLayout.bodyOffset(memory.getLong(address)), claim.block());
                ring.markReference(position, claim.block());
                opening.heap.enqueue(claim.block());
            }
            count(1);
            ring.commit(position, claim.span());
            messages.tell();
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave(sending.mark);
        }
    }

    void abort(Claim claim) {
        Sending sending = sending();
        if (!presence.enter(sending.mark)) {
            // Whoever closes takes it back, or has done so.
            return;
        }
        try {
            claim.end();
            forget(claim);
            if (claim.block() != 0) {
                opening.discard(claim.block());
            }
            giveUp(claim);
        } finally {
            presence.leave(sending.mark);
        }
    }

    private void giveUp(Claim claim) {
        claim.ring().abort(claim.position());
        // Whoever waits behind it for a message, or for its room, goes on.
        messages.tell();
    }

    // ------------------------------------------------------------------------------------------ dead letters

    /** Copies a message into the ring of dead letters; false if there is no room. Caller is inside. */
    boolean bury(Message message) {
        SlotRing ring = opening.deadRing();
        byte[] header = message.header();
        int length = message.length();
        int kept = message.timestamp() != 0 ? RecordLayout.STAMPED : 0;
        boolean inline = length <= LARGEST_INLINE && RecordLayout.bytes(kept, header.length, length) <= ring.largest();
        int recordFlags = inline ? kept : kept | RecordLayout.BY_REFERENCE;
        long block = 0;
        if (!inline) {
            try {
                block = opening.heap.allocate(length, BLOCK_TYPE);
            } catch (OutOfSharedMemoryException e) {
                return false;
            }
        }
        long position = ring.claim(ring.span(recordFlags, header.length, length));
        if (position == Ring.FULL) {
            if (block != 0) {
                opening.heap.free(block);
            }
            return false;
        }
        long address = ring.address(position);
        boolean written = false;
        try {
            describe(address, length, recordFlags, header);
            if (message.timestamp() != 0) {
                memory.putLong(address + RecordLayout.stampOffset(), message.timestamp());
            }
            long body =
                    inline ? address + RecordLayout.bodyOffset(recordFlags, header.length) : BlockLayout.payload(block);
            new Windows(memory).write(body, length, message.buffer(), (bytes, target) -> target.put(bytes));
            written = true;
        } finally {
            if (!written) {
                ring.abort(position);
                if (block != 0) {
                    opening.heap.free(block);
                }
            }
        }
        if (!inline) {
            memory.putLong(address + RecordLayout.bodyOffset(recordFlags, header.length), block);
            ring.markReference(position, block);
            opening.heap.enqueue(block);
        }
        boolean buried = ring.commit(position, 0);
        messages.tell();
        return buried;
    }

    // ------------------------------------------------------------------------------------------ making room

    private boolean tryDropOldest(Ring ring) {
        Sending sending = enter();
        try {
            if (lossy) {
                return opening.cursors.push(ring);
            }
            if (ring instanceof SlotRing slots && !opening.geometry.is(QueueLayout.BY_CURSOR)) {
                // Only at the head: what is dropped behind a message that somebody has makes no room.
                SlotRing.Taken taken = new SlotRing.Taken();
                if (!slots.takeOldest(taken)) {
                    return false;
                }
                if (CompetingInbox.endOrPutBack(opening, this, slots, taken.position, taken.word)) {
                    opening.count(Counter.DROPPED, 1);
                }
                slots.advance();
                return true;
            }
            return false;
        } finally {
            presence.leave(sending.mark);
        }
    }

    /** Puts the slowest subscriber out if its time is up; whether there may be room now. To be called by who found none. */
    boolean evictSlowest() {
        if (!evictor.isWatching()) {
            return false;
        }
        Sending sending = enter();
        try {
            return evictor.evictSlowest();
        } finally {
            presence.leave(sending.mark);
        }
    }

    /** A message came back: wakes those who wait for one. */
    void tellOfMessages() {
        messages.tell();
    }

    // ------------------------------------------------------------------------------------------ being the one producer

    /** For one who has a claim: whoever has one is the tenant, if there is to be one. */
    private Sending enterInTurn() {
        Sending sending = sending();
        if (exclusive && sending.mark.isInside()) {
            throw new IllegalStateException(
                    "two threads send to '" + opening.handle.name() + "' at once, and it was created for "
                            + "a single producer. Let them take turns, or create it without singleProducer().");
        }
        opening.enter(presence, sending.mark);
        return sending;
    }

    private Sending enter() {
        Sending sending = enterInTurn();
        if (exclusive && (!tenant || sending.claim.isOpen())) {
            boolean became = false;
            try {
                becomeTenant();
                became = true;
            } finally {
                if (!became) {
                    presence.leave(sending.mark);
                }
            }
        }
        return sending;
    }

    private void becomeTenant() {
        if (sending().claim.isOpen()) {
            throw new IllegalStateException("'" + opening.handle.name()
                    + "' has a single producer, whose claim is still open. Commit or close it first.");
        }
        long address = opening.base + QueueLayout.PRODUCER;
        long mine = Tenancy.word(opening.owner, opening.number, Tenancy.PRESENT);
        while (!memory.compareAndSetLong(address, Tenancy.NOBODY, mine)) {
            long word = memory.getLongVolatile(address);
            if (word != Tenancy.NOBODY) {
                throw taken(opening, word, "was created for a single producer");
            }
        }
        ((DenseRing) rings[0]).resume();
        sent = opening.get(Counter.CLAIMED);
        tenant = true;
    }

    static EndpointTakenException taken(Opening opening, long word, String why) {
        int slot = Tenancy.owner(word) - 1;
        Peer peer = slot < 0 ? null : opening.handle.peer(slot);
        String who = slot == opening.attachment.slot()
                ? "another opening in this process"
                : peer == null ? "slot " + slot : peer.describe();
        return new EndpointTakenException("'" + opening.handle.name() + "' " + why + ", and " + who
                + " is that. Wait until it has closed it or ended.");
    }

    /** Lets nobody send any more, waits until nobody does, and gives up claims: nobody could do that later. */
    void shut() {
        // The mark of a single producer is that of whichever thread sends, so it says nothing about this one.
        presence.shut(exclusive && !isInside() ? null : sending().mark);
    }

    private void takeBack(Claim claim) {
        if (claim.isOpen()) {
            long block = claim.block();
            claim.lose();
            giveUp(claim);
            if (block != 0) {
                opening.discard(block);
            }
        }
    }

    /** Gives up open claims and the place of the one producer. After {@link #shut}. */
    void leave() {
        if (!opening.attachment.isOpen()) {
            return;
        }
        synchronized (claims) {
            claims.forEach(lent -> takeBack(lent.claim()));
            more.forEach(this::takeBack);
        }
        if (tenant) {
            tenant = false;
            memory.compareAndSetLong(
                    opening.base + QueueLayout.PRODUCER,
                    Tenancy.word(opening.owner, opening.number, Tenancy.PRESENT),
                    Tenancy.NOBODY);
        }
    }
}
