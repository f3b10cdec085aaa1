package dev.shm.collection;

import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.collection.ShardedTable.Call;
import dev.shm.error.LeaseLostException;
import dev.shm.error.LockTimeoutException;
import dev.shm.error.SharedMemoryException;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import dev.shm.segment.WaitRoom;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Locks among all processes, one for each key, that live in a segment.
 *
 * <pre>{@code
 * SharedLocks locks = memory.openOrCreate("locks", SharedLocks.type());
 * KeyLock lock = locks.get("order-1");
 * lock.lock();
 * try {
 *     // nobody else, in whatever process
 * } finally {
 *     lock.unlock();
 * }
 * }</pre>
 *
 * <p>Any thread of any process may call any method. A lock belongs to a thread, and is reentrant for it. When its process dies, in
 * whatever way, the lock is free at once, and no time-out is involved: who would be refused asks the kernel whether the holder lives,
 * and who waits hears of its death within milliseconds. One that a stopped process
 * holds stays held, unless it was taken for a {@linkplain KeyLock#lock(Duration) time}. Different keys never share a lock. Keys are what
 * has a form of its own in a {@link SharedMap}, but {@code byte[]}: strings, numbers, {@link UUID}, {@code java.time}; {@code 1}, {@code
 * 1L} and {@code "1"} are three keys.
 *
 * <p>Who waits sleeps, and is woken by a doorbell; threads of one process wait among themselves first, so each process has one waiting at
 * most for a key. Virtual threads may wait. There is no order among those who wait, but a process that was waited for lets another have its turn.
 *
 * <p>A lock takes room while it is held: an entry of 48 bytes, and a block if its key has more than 16. So taking one may raise {@link
 * dev.shm.error.OutOfSharedMemoryException}, and nothing has changed. The entries of the dead go when a lock is taken after their death, or by
 * {@link #removeDead}. As with {@link SharedMap}, a process that is stopped in the very moment in which it changes the table
 * makes others fail with {@link LockTimeoutException} after ten seconds.
 *
 * <p>Closed by whoever opened it, when no thread of this process uses it any more; it gives back what is still held by it. Two openings in
 * one process are to each other as two processes are.
 *
 * <p><b>How.</b> An entry says who holds the lock of its key: slot and generation of the process, a number that tells its holdings
 * apart, and when the time is up, if it has one. It is put, replaced and removed by the table's journal, so a death leaves it there or
 * not there. A word that names a process which is reaped names nobody, and the next who comes replaces it. A process that
 * is killed between removing its entry and ringing has been heard to die by those who wait, and they look. Who waits sets its bit, then marks the
 * entry as wanted under the lock of the shard, or finds it free; who removes a wanted entry takes the bits and rings there.
 */
public final class SharedLocks implements SharedObject {

    private static final Element<Object> KEYS = NativeElements.ANY;
    private static final Element<UUID> ENTRIES = Element.of(UUID.class);

    private static final SharedType<SharedLocks> TYPE = new SharedType<>(CollectionKinds.LOCKS, "locks", 1) {
        @Override
        protected long allocate(Heap heap) {
            return ShardedTable.allocate(
                    heap, CollectionKinds.LOCKS.code(), MapLayout.HAS_VALUES, Expected.DEFAULT_SHIFT);
        }

        @Override
        protected SharedLocks open(ObjectHandle handle) {
            return new SharedLocks(handle);
        }
    };

    /** In the first word of an entry: somebody waits for it. */
    private static final long WANTED = 1;
    /** Above that, numbers that tell the holdings of one process apart. */
    private static final int NUMBER_SHIFT = 1;

    private static final int NUMBER_MASK = 0x7FFF;

    /** Of this process: all of its openings count together. */
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    static final long FOREVER = Long.MAX_VALUE;
    private static final long FIRST_LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long LONGEST_LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** So long those who wait do not ask whether the holder lives, and ten times as long between two questions: the kernel answers them. */
    private static final long SUSPECT_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** So long a process that was waited for leaves a lock to others, unless one of them has had it sooner. */
    private static final long COURTESY_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final ObjectHandle handle;
    private final ShardedTable table;
    private final Memory memory;
    private final WaitRoom room;
    private final long sleepers;
    private final ConcurrentHashMap<Object, Local> locals = new ConcurrentHashMap<>();

    /** When processes had come and gone last, as this opening removed what the dead held. */
    private volatile long sweptAt;

    private volatile @Nullable Courtesy courtesy;

    /** A lock that others were rung for. */
    private record Courtesy(Object key, long until) {}

    /** A lock as the threads of this process have it; there as long as one of them does, or waits. */
    private static final class Local {
        final ReentrantLock lock = new ReentrantLock();
        /** Holds and waits. Changed by who has the key in the map. */
        int users;
        /** First word of the entry, without the mark; 0 if there is none. Changed by who has the lock. */
        volatile long owner;
    }

    private SharedLocks(ObjectHandle handle) {
        this.handle = handle;
        this.table = new ShardedTable(handle, CollectionKinds.LOCKS.code(), null);
        this.memory = handle.memory();
        this.room = handle.attachment().waitRoom();
        this.sleepers = MapLayout.base(handle.payload()) + MapLayout.SLEEPERS;
        this.sweptAt = handle.peerEpoch() - 1;
    }

    /** What {@link dev.shm.SharedMemory#openOrCreate} needs to know. */
    public static SharedType<SharedLocks> type() {
        return TYPE;
    }

    /**
     * The lock of a key. Costs nothing, and need not be given back.
     *
     * @throws IllegalArgumentException if a key of this class is none that all processes understand alike
     */
    public KeyLock get(Object key) {
        Objects.requireNonNull(key);
        if (key instanceof byte[] || !KEYS.accepts(key)) {
            throw new IllegalArgumentException(
                    "a " + key.getClass().getName()
                            + " cannot be the key of a lock among processes. Use a String, a number, a UUID or a type of java.time.");
        }
        return new KeyLock(this, key);
    }

    @Override
    public String name() {
        return handle.name();
    }

    @Override
    public boolean isOpen() {
        return handle.isOpen();
    }

    /** Gives back this opening, and all locks that threads of this process hold by it; those who wait get {@link dev.shm.error.SegmentClosedException}. */
    @Override
    public void close() {
        if (handle.isOpen()) {
            locals.forEach((key, local) -> {
                long owner = local.owner;
                if (owner != 0) {
                    giveBackIfThere(key, owner);
                }
            });
        }
        table.close();
        room.wakeAll();
    }

    /** Who holds what, in words: a process and the key of a lock that it holds. */
    public Map<Object, String> holders() {
        Map<Object, String> holders = new HashMap<>();
        forEach((key, entry) -> {
            if (!isFree(entry)) {
                holders.put(key, handle.describeOwner(entry.getMostSignificantBits()));
            }
        });
        return holders;
    }

    /** Removes the entries of processes that are gone; done by itself when a lock is taken after a process has gone. Returns how many. */
    public int removeDead() {
        long epoch = handle.peerEpoch();
        int[] removed = new int[1];
        forEach((key, entry) -> {
            if (handle.isGone(entry.getMostSignificantBits())) {
                UUID before = change(key, found -> entry.equals(found) ? null : found);
                removed[0] += entry.equals(before) ? 1 : 0;
            }
        });
        sweptAt = epoch;
        return removed[0];
    }

    private void forEach(BiConsumer<Object, UUID> action) {
        for (int shard = 0; shard < MapLayout.SHARD_COUNT; shard++) {
            ShardCopy entries;
            try {
                entries = table.copy(shard, true);
            } catch (InternalError e) {
                throw handle.failed(e);
            } finally {
                Reference.reachabilityFence(handle);
            }
            for (int i = 0; i < entries.count(); i++) {
                action.accept(
                        Objects.requireNonNull(entries.key(i, KEYS)),
                        Objects.requireNonNull(entries.value(i, ENTRIES)));
            }
        }
    }

    // ---------------------------------------------------------------------------------------------- taking

    /**
     * Takes the lock of a key for the calling thread.
     *
     * @param nanos how long to wait at most; 0 or less not at all, {@link #FOREVER} for as long as it takes
     * @param ttl for how long at most to have it, or null
     * @return false if the time was up
     */
    boolean acquire(Object key, long nanos, boolean interruptibly, @Nullable Duration ttl) throws InterruptedException {
        handle.payload();
        if (interruptibly && Thread.interrupted()) {
            throw new InterruptedException();
        }
        long deadline = System.nanoTime() + Math.max(0, Math.min(nanos, Long.MAX_VALUE / 2));
        Local local = enter(key);
        boolean taken = false;
        try {
            if (lockLocal(local.lock, nanos, interruptibly)) {
                try {
                    taken = local.lock.getHoldCount() > 1 || take(key, local, nanos, deadline, interruptibly, ttl);
                } finally {
                    if (!taken) {
                        local.lock.unlock();
                    }
                }
            }
            return taken;
        } finally {
            if (!taken) {
                leave(key);
            }
        }
    }

    private Local enter(Object key) {
        return locals.compute(key, (same, there) -> {
            Local local = there == null ? new Local() : there;
            local.users++;
            return local;
        });
    }

    private void leave(Object key) {
        locals.computeIfPresent(key, (same, local) -> --local.users == 0 ? null : local);
    }

    private static boolean lockLocal(ReentrantLock lock, long nanos, boolean interruptibly)
            throws InterruptedException {
        if (lock.tryLock()) {
            return true;
        }
        if (nanos <= 0) {
            return false;
        }
        if (!interruptibly) {
            lock.lock();
            return true;
        }
        if (nanos == FOREVER) {
            lock.lockInterruptibly();
            return true;
        }
        return lock.tryLock(nanos, TimeUnit.NANOSECONDS);
    }

    /** The calling thread has the lock within this process. */
    private boolean take(
            Object key, Local local, long nanos, long deadline, boolean interruptibly, @Nullable Duration ttl)
            throws InterruptedException {
        removeDeadIfAny();
        if (nanos > 0) {
            letOthers(key);
        }
        Taking taking = new Taking(ttl);
        if (taking.attempt(key, local, nanos > 0)) {
            return true;
        }
        return nanos > 0
                ? await(key, local, taking, nanos == FOREVER, deadline, interruptibly)
                : attemptIfDead(key, local, taking, false);
    }

    /** Whoever was refused because of a process that is dead, and that nobody has reaped, tries again. */
    private boolean attemptIfDead(Object key, Local local, Taking taking, boolean wanted) {
        return handle.isGoneOrDead(taking.heldBy) && taking.attempt(key, local, wanted);
    }

    private void removeDeadIfAny() {
        if (handle.peerEpoch() != sweptAt) {
            try {
                removeDead();
            } catch (LockTimeoutException e) {
                // Of another key, perhaps. Next time.
            }
        }
    }

    /** Others wait for a lock that this process had until now: they were rung, and have it if they are quick. */
    private void letOthers(Object key) {
        Courtesy last = courtesy;
        if (last == null || !last.key().equals(key)) {
            return;
        }
        while (System.nanoTime() - last.until() < 0 && isFreeNow(key)) {
            LockSupport.parkNanos(this, 10_000);
        }
        courtesy = null;
    }

    private boolean await(Object key, Local local, Taking taking, boolean forever, long deadline, boolean interruptibly)
            throws InterruptedException {
        Parked parked = new Parked(Thread.currentThread(), key);
        boolean interrupted = false;
        long look = FIRST_LOOK_NANOS;
        long suspectAt = System.nanoTime() + SUSPECT_AFTER_NANOS;
        room.add(parked);
        try {
            for (; ; ) {
                announce();
                if (taking.attempt(key, local, true)) {
                    return true;
                }
                if (Thread.interrupted()) {
                    if (interruptibly) {
                        throw new InterruptedException();
                    }
                    interrupted = true;
                }
                long now = System.nanoTime();
                boolean over = !forever && now - deadline >= 0;
                if (over || now - suspectAt >= 0) {
                    if (attemptIfDead(key, local, taking, true)) {
                        return true;
                    }
                    suspectAt = now + 10 * SUSPECT_AFTER_NANOS;
                }
                if (over) {
                    return false;
                }
                long nap = forever ? look : Math.min(look, deadline - now);
                if (taking.heldUntil != 0) {
                    nap = Math.max(1, Math.min(nap, taking.heldUntil - now));
                }
                parked.awaitWake(nap);
                // Rings get lost where a process has come just now and is not connected yet: so looks are near at
                // first.
                look = Math.min(LONGEST_LOOK_NANOS, look * 4);
            }
        } finally {
            room.remove(parked);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Has this process rung for. Then mark the entry, and then sleep. */
    private void announce() {
        handle.payload();
        // SYNC POINT with ring: the bit is there before the entry is looked at.
        memory.getAndOrLong(sleepers, room.ownBit());
    }

    /** Makes an entry this thread's if it is free, and marks it as wanted if it is not. */
    private final class Taking implements ShardedTable.Change<UUID> {

        private final long owner;
        private final @Nullable Duration ttl;
        private boolean mark;
        private boolean taken;
        /** First word of the entry that was in the way. */
        private long heldBy;
        /** When the time of the holder is up, or 0. */
        private long heldUntil;

        Taking(@Nullable Duration ttl) {
            this.owner = handle.ownerWord() | (NUMBERS.incrementAndGet() & NUMBER_MASK) << NUMBER_SHIFT;
            this.ttl = ttl;
        }

        boolean attempt(Object key, Local local, boolean wanted) {
            mark = wanted;
            taken = false;
            boolean known = false;
            try {
                change(key, this);
                known = true;
            } finally {
                if (taken && !known) {
                    giveBackIfThere(key, owner);
                }
            }
            if (taken) {
                local.owner = owner;
            }
            return taken;
        }

        @Override
        public @Nullable UUID apply(@Nullable UUID found) {
            if (found == null || isFree(found)) {
                taken = true;
                return new UUID(owner, until(ttl));
            }
            heldBy = found.getMostSignificantBits();
            heldUntil = found.getLeastSignificantBits();
            return mark && !isWanted(found) ? new UUID(found.getMostSignificantBits() | WANTED, heldUntil) : found;
        }
    }

    private static long until(@Nullable Duration ttl) {
        if (ttl == null) {
            return 0;
        }
        long nanos = ttl.compareTo(Duration.ofNanos(Long.MAX_VALUE / 2)) < 0 ? ttl.toNanos() : Long.MAX_VALUE / 2;
        long until = System.nanoTime() + nanos;
        return until == 0 ? 1 : until;
    }

    private boolean isFree(UUID entry) {
        long until = entry.getLeastSignificantBits();
        return handle.isGone(entry.getMostSignificantBits()) || (until != 0 && System.nanoTime() - until >= 0);
    }

    private static boolean isWanted(UUID entry) {
        return (entry.getMostSignificantBits() & WANTED) != 0;
    }

    private static boolean isOf(@Nullable UUID entry, long owner) {
        return entry != null && (entry.getMostSignificantBits() & ~WANTED) == owner;
    }

    private @Nullable UUID change(Object key, ShardedTable.Change<UUID> change) {
        Call call = table.call(KEYS, key);
        try {
            return table.change(call, ENTRIES, change);
        } finally {
            table.end(call);
        }
    }

    private @Nullable UUID find(Object key) {
        try {
            return table.get(KEYS, key, ENTRIES);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    private boolean isFreeNow(Object key) {
        UUID entry = find(key);
        return entry == null || isFree(entry);
    }

    // ---------------------------------------------------------------------------------------------- giving back

    /** Gives the lock of a key back, if the calling thread has taken it as often as it gives it. */
    void release(Object key) {
        Local local = ofThisThread(key);
        boolean done = false;
        try {
            if (local.lock.getHoldCount() == 1) {
                boolean given = giveBack(key, local.owner);
                done = true;
                if (!given) {
                    throw lost(key);
                }
            }
            done = true;
        } finally {
            // What could not be removed is held still, and may be given back again.
            if (done || !handle.isOpen()) {
                if (local.lock.getHoldCount() == 1) {
                    local.owner = 0;
                }
                local.lock.unlock();
                leave(key);
            }
        }
    }

    private Local ofThisThread(Object key) {
        Local local = locals.get(key);
        if (local == null || !local.lock.isHeldByCurrentThread()) {
            throw new IllegalMonitorStateException(
                    "the lock of '" + key + "' in '" + handle.name() + "' is not held by this thread");
        }
        return local;
    }

    private LeaseLostException lost(Object key) {
        return new LeaseLostException("the lock of '" + key + "' in '" + handle.name()
                + "' was held for longer than its time, and somebody else has had it since. What it guards may have been "
                + "changed by both. Take it for longer, or renew it in time.");
    }

    /** Removes the entry of a holding; false if it is not there any more. */
    private boolean giveBack(Object key, long owner) {
        UUID before = change(key, found -> isOf(found, owner) ? null : found);
        if (!isOf(before, owner)) {
            return false;
        }
        if (isWanted(Objects.requireNonNull(before))) {
            ring(key);
        }
        return true;
    }

    private void giveBackIfThere(Object key, long owner) {
        try {
            giveBack(key, owner);
        } catch (SharedMemoryException e) {
            // It ends with the segment, or when this process leaves that.
        }
    }

    private void ring(Object key) {
        // SYNC POINT with announce: the entry is gone before the bits are looked at.
        memory.fullFence();
        long bits = memory.getAndSetLong(sleepers, 0) & WaitRoom.EVERYBODY;
        if ((bits & ~room.ownBit()) != 0) {
            courtesy = new Courtesy(key, System.nanoTime() + COURTESY_NANOS);
        }
        room.ring(bits);
    }

    /** The calling thread has the lock for that long from now on. */
    void renew(Object key, Duration ttl) {
        if (!renew(key, ofThisThread(key).owner, ttl)) {
            throw lost(key);
        }
    }

    /** Renews what the calling thread holds, on whatever thread. */
    Predicate<Duration> renewal(Object key) {
        long owner = ofThisThread(key).owner;
        return ttl -> renew(key, owner, ttl);
    }

    private boolean renew(Object key, long owner, Duration ttl) {
        UUID before = change(
                key,
                found -> found != null && isOf(found, owner)
                        ? new UUID(found.getMostSignificantBits(), until(ttl))
                        : found);
        return isOf(before, owner);
    }

    boolean isHeldByThisThread(Object key) {
        Local local = locals.get(key);
        return local != null && local.lock.isHeldByCurrentThread();
    }

    /** How often the calling thread has taken the lock and not given it back. */
    int holds(Object key) {
        Local local = locals.get(key);
        return local == null ? 0 : local.lock.getHoldCount();
    }

    String holder(Object key) {
        UUID entry = find(key);
        return entry == null || isFree(entry) ? "nobody" : handle.describeOwner(entry.getMostSignificantBits());
    }

    /** Locks that threads of this process have or wait for. */
    int inUse() {
        return locals.size();
    }

    // ---------------------------------------------------------------------------------------------- sleeping

    /** A thread that sleeps until a lock may be had. */
    private final class Parked implements WaitRoom.Sleeper {

        private final Thread thread;
        private final Object key;
        private volatile boolean woken;

        Parked(Thread thread, Object key) {
            this.thread = thread;
            this.key = key;
        }

        void awaitWake(long nanos) {
            room.sleep(() -> woken, nanos);
            woken = false;
        }

        @Override
        public boolean hasReason() {
            try {
                UUID entry = find(key);
                // One that does not say that it is wanted must be told: by the one who waits, since that takes a lock.
                return entry == null || !isWanted(entry) || isFree(entry);
            } catch (RuntimeException e) {
                // For the one who waits to report, not for whoever rang.
                return true;
            }
        }

        @Override
        public void stay() {
            memory.getAndOrLong(sleepers, room.ownBit());
            if (hasReason()) {
                wake();
            }
        }

        @Override
        public void wake() {
            woken = true;
            room.wake(thread);
        }
    }
}
