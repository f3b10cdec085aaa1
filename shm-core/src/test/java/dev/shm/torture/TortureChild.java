package dev.shm.torture;

import dev.shm.HeapAccess;
import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.memory.Memory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.Content;
import dev.shm.torture.SeatLog.Block;
import dev.shm.torture.SeatLog.ThreadLog;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/** Does random operations in several threads, and writes down each before and after, until it is killed or told to leave. */
public final class TortureChild {

    private static final int LARGEST_BLOCK = 200 << 10;
    private static final int MANY = 24;
    /** One after another they spend much of their time between a journal's commit and its end, so a kill finds some there. */
    private static final int SMALL_SETS = 300;

    private static final int FAILED = 70;

    private final int seat;
    private final SeatLog log;
    private final SharedMemory memory;
    private final Heap heap;
    private final Memory bytes;
    private final List<SharedLong> counters = new ArrayList<>();
    private final List<SharedBytes> values = new ArrayList<>();

    private TortureChild(int seat, SeatLog log, SharedMemory memory) {
        this.seat = seat;
        this.log = log;
        this.memory = memory;
        this.heap = HeapAccess.heap(memory);
        this.bytes = HeapAccess.memory(memory);
        for (int i = 0; i < SeatLog.COUNTERS; i++) {
            counters.add(memory.open(TortureNames.counter(i), SharedLong.type()));
        }
        for (int i = 0; i < SeatLog.VALUES; i++) {
            values.add(memory.open(TortureNames.value(i), SharedBytes.type()));
        }
    }

    /** Arguments: directory of segments, log file, seat, seed. */
    public static void main(String[] arguments) throws InterruptedException {
        ChildJvm.dieWithParent();
        SeatLog log = SeatLog.open(Path.of(arguments[1]));
        int seat = Integer.parseInt(arguments[2]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[3]));
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(FAILED);
        });
        log.phase(SeatLog.JOINING);
        try (SharedMemory memory = SharedMemory.named(TortureNames.SEGMENT)
                .directory(Path.of(arguments[0]))
                .application("seat-" + seat)
                .open()) {
            TortureChild child = new TortureChild(seat, log, memory);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < SeatLog.THREADS; i++) {
                Worker worker = child.new Worker(i, random.split());
                threads.add(new Thread(worker::run, "worker-" + i));
            }
            log.phase(SeatLog.WORKING);
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            log.phase(SeatLog.CLOSING);
        }
    }

    private final class Worker {

        private final int number;
        private final ThreadLog mine;
        private final RandomGenerator random;
        private final SharedBytes own;

        Worker(int number, RandomGenerator random) {
            this.number = number;
            this.mine = log.thread(number);
            this.random = random;
            this.own = memory.open(TortureNames.own(seat, number), SharedBytes.type());
        }

        void run() {
            for (; ; ) {
                if (mine.enter()) {
                    operation();
                    mine.exit();
                } else {
                    mine.exit();
                    if (log.command() == SeatLog.LEAVE) {
                        return;
                    }
                    LockSupport.parkNanos(100_000);
                }
            }
        }

        private void operation() {
            switch (random.nextInt(16)) {
                case 0, 1 -> increment(random.nextInt(SeatLog.COUNTERS));
                case 2 -> replaceValue(random.nextInt(SeatLog.VALUES));
                case 3 -> {
                    for (int i = 0; i < SMALL_SETS; i++) {
                        setOwn(random.nextInt(64));
                    }
                    setOwn(random.nextInt(LARGEST_BLOCK / 4));
                }
                case 4 -> named(random.nextInt(SeatLog.NAMES));
                case 5 -> contended(TortureNames.contended(random.nextInt(TortureNames.CONTENDED)));
                case 6 -> allocateAndFreeMany();
                default -> block(random.nextInt(SeatLog.BLOCKS));
            }
        }

        // -------------------------------------------------------------------------------------- heap

        private void block(int index) {
            Block block = mine.block(index);
            switch (block.state()) {
                case SeatLog.NO_BLOCK -> allocate(index);
                case SeatLog.HELD -> publish(index, block, randomState());
                default -> {
                    if (random.nextInt(3) == 0) {
                        read(block);
                    } else {
                        free(index, block);
                    }
                }
            }
        }

        private int randomState() {
            return random.nextInt(4) == 0 ? SeatLog.QUEUED : SeatLog.LIVE;
        }

        private int randomSize() {
            int limit = switch (random.nextInt(10)) {
                case 0 -> 1;
                case 1, 2, 3 -> 200;
                case 4, 5, 6 -> 4 << 10;
                case 7, 8 -> 40 << 10;
                default -> LARGEST_BLOCK + 1;
            };
            return random.nextInt(limit);
        }

        private void allocate(int index) {
            int size = randomSize();
            long seed = random.nextInt(1 << 16);
            int state = random.nextInt(5) == 0 ? SeatLog.HELD : randomState();
            mine.beginPublishing(index, 0, size, seed, state);
            try {
                long reference = heap.allocate(size, 7);
                bytes.putBytes(BlockLayout.payload(reference), Content.of(seed, size), 0, size);
                mine.allocated(reference);
                become(index, new Block(reference, size, seed, SeatLog.HELD), state);
            } catch (OutOfSharedMemoryException e) {
                // It is small on purpose.
            }
            mine.complete();
        }

        private void publish(int index, Block held, int state) {
            mine.beginPublishing(index, held.reference(), held.size(), held.seed(), state);
            become(index, held, state);
            mine.complete();
        }

        private void become(int index, Block held, int state) {
            if (state == SeatLog.LIVE) {
                heap.commit(held.reference());
            } else if (state == SeatLog.QUEUED) {
                heap.enqueue(held.reference());
            }
            mine.block(index, held.as(state));
        }

        private void read(Block block) {
            byte[] found = new byte[heap.length(block.reference())];
            bytes.getBytes(heap.payload(block.reference()), found, 0, found.length);
            if (found.length != block.size() || !Content.matches(found, block.seed())) {
                throw new AssertionError("somebody wrote into " + block);
            }
        }

        private void free(int index, Block block) {
            mine.begin(SeatLog.FREE, index, 0);
            long reference = block.state() == SeatLog.QUEUED ? heap.dequeue(block.reference()) : block.reference();
            heap.free(reference);
            mine.block(index, Block.NONE);
            mine.complete();
        }

        /** So that slabs are cut and given back all the time. */
        private void allocateAndFreeMany() {
            mine.begin(SeatLog.UNRECORDED, 0, 0);
            int size = randomSize();
            List<Long> many = new ArrayList<>();
            try {
                for (int i = random.nextInt(MANY); i >= 0; i--) {
                    many.add(heap.allocate(size, 8));
                }
            } catch (OutOfSharedMemoryException e) {
                // It is small on purpose.
            }
            many.forEach(heap::free);
            mine.complete();
        }

        // -------------------------------------------------------------------------------------- values

        private void increment(int counter) {
            mine.begin(SeatLog.INCREMENT, counter, 0);
            counters.get(counter).incrementAndGet();
            mine.incremented(counter);
            mine.complete();
        }

        private void replaceValue(int index) {
            SharedBytes value = values.get(index);
            mine.begin(SeatLog.REPLACE, index, 0);
            try {
                byte[] before = value.get();
                byte[] after = Content.selfChecking(
                        Content.version(before) + 1, seat * SeatLog.THREADS + number, random.nextInt(8 << 10));
                if (value.compareAndSet(before, after)) {
                    mine.replaced(index);
                }
            } catch (OutOfSharedMemoryException e) {
                // It stays as it was.
            }
            mine.complete();
        }

        private void setOwn(int filling) {
            long version = mine.ownVersion() + 1;
            mine.begin(SeatLog.SET, 0, version);
            try {
                own.set(Content.selfChecking(version, number, filling));
                mine.ownVersion(version);
            } catch (OutOfSharedMemoryException e) {
                // It stays as it was.
            }
            mine.complete();
        }

        // -------------------------------------------------------------------------------------- names

        private void named(int index) {
            if (mine.named(index) == 0) {
                createNamed(index);
            } else {
                destroyNamed(index);
            }
        }

        private void createNamed(int index) {
            long content = random.nextLong(1, 1 << 30);
            mine.begin(SeatLog.CREATE, index, content);
            String name = TortureNames.named(seat, number, index);
            try (SharedObject named = memory.create(name, TortureNames.typeOfNamed(index))) {
                store(named, content);
                mine.named(index, content);
            } catch (OutOfSharedMemoryException e) {
                memory.destroy(name);
            }
            mine.complete();
        }

        private void store(SharedObject named, long content) {
            TortureNames.store(named, content);
            if (TortureNames.content(named) != content) {
                throw new AssertionError("somebody else writes to " + named.name());
            }
        }

        private void destroyNamed(int index) {
            mine.begin(SeatLog.DESTROY, index, 0);
            String name = TortureNames.named(seat, number, index);
            boolean destroyed;
            if (random.nextBoolean()) {
                try (SharedObject open = memory.open(name, TortureNames.typeOfNamed(index))) {
                    destroyed = memory.destroy(name);
                    if (TortureNames.content(open) != mine.named(index)) {
                        throw new AssertionError("the destroyed " + name + " lost its content while it was open");
                    }
                }
            } else {
                destroyed = memory.destroy(name);
            }
            if (!destroyed) {
                throw new AssertionError(name + " was gone already");
            }
            mine.named(index, 0);
            mine.complete();
        }

        private void contended(String name) {
            mine.begin(SeatLog.UNRECORDED, 0, 0);
            switch (random.nextInt(3)) {
                case 0 -> memory.destroy(name);
                case 1 -> {
                    Optional<SharedLong> found = memory.find(name, SharedLong.type());
                    found.ifPresent(SharedObject::close);
                }
                default -> {
                    try (SharedLong number = memory.openOrCreate(name, SharedLong.type())) {
                        number.incrementAndGet();
                    } catch (OutOfSharedMemoryException e) {
                        // It is small on purpose.
                    }
                }
            }
            mine.complete();
        }
    }
}
