package dev.shm;

import dev.shm.error.ObjectExistsException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.memory.Memory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.Content;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/** One process of {@link MultiProcessStressIT}: works in several threads, gives everything back, and says what it has done. */
public final class StressChild {

    static final String SEGMENT = "stress";
    static final String READY = "ready";
    static final String RESULT = "result ";
    static final int NAMES = 4;

    private static final int THREADS = 4;
    private static final int OPERATIONS = 60_000;
    private static final int BLOCKS = 48;

    private final SharedMemory memory;
    private final Heap heap;
    private final Memory bytes;
    private final Map<String, Long> done = new ConcurrentHashMap<>();

    private StressChild(SharedMemory memory) {
        this.memory = memory;
        this.heap = memory.heap();
        this.bytes = HeapAccess.memory(memory);
    }

    /** Arguments: directory of segments, seed. */
    public static void main(String[] arguments) throws InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[1]));
        try (SharedMemory memory =
                SharedMemory.named(SEGMENT).directory(Path.of(arguments[0])).open()) {
            System.out.println(READY);
            Scanner input = new Scanner(System.in, StandardCharsets.UTF_8);
            input.nextLine();
            ChildJvm.dieWithParent();
            StressChild child = new StressChild(memory);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Worker worker = child.new Worker(random.split());
                threads.add(new Thread(worker::run));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            StringBuilder result = new StringBuilder(RESULT);
            child.done.forEach((what, count) ->
                    result.append(what).append('=').append(count).append(' '));
            System.out.println(result);
        }
    }

    private void count(String what) {
        done.merge(what, 1L, Long::sum);
    }

    private final class Worker {

        private final SplittableRandom random;
        private final long[] references = new long[BLOCKS];
        private final long[] seeds = new long[BLOCKS];

        Worker(SplittableRandom random) {
            this.random = random;
        }

        void run() {
            try (SharedLong counter = memory.open("counter", SharedLong.type());
                    SharedBytes value = memory.open("value", SharedBytes.type())) {
                for (int i = 0; i < OPERATIONS; i++) {
                    switch (random.nextInt(10)) {
                        case 0 -> {
                            counter.incrementAndGet();
                            count("increments");
                        }
                        case 1 -> replace(value);
                        case 2 -> createOrDestroy(random.nextInt(NAMES));
                        default -> allocateOrFree(random.nextInt(BLOCKS));
                    }
                }
            }
            for (int i = 0; i < BLOCKS; i++) {
                free(i);
            }
        }

        private void allocateOrFree(int index) {
            if (references[index] != 0) {
                free(index);
                return;
            }
            int size = random.nextInt(random.nextInt(6) == 0 ? 60_000 : 4_000);
            long seed = random.nextInt();
            try {
                long reference = heap.allocate(size, 1);
                bytes.putBytes(BlockLayout.payload(reference), Content.of(seed, size), 0, size);
                if (random.nextBoolean()) {
                    heap.commit(reference);
                }
                references[index] = reference;
                seeds[index] = seed;
            } catch (OutOfSharedMemoryException e) {
                count("full");
            }
        }

        private void free(int index) {
            long reference = references[index];
            if (reference == 0) {
                return;
            }
            byte[] found = new byte[heap.length(reference)];
            bytes.getBytes(heap.payload(reference), found, 0, found.length);
            if (!Content.matches(found, seeds[index])) {
                throw new AssertionError("somebody wrote into a block of " + found.length + " bytes");
            }
            heap.free(reference);
            references[index] = 0;
        }

        private void replace(SharedBytes value) {
            try {
                byte[] before = value.get();
                long version = Content.version(before) + 1;
                if (value.compareAndSet(before, Content.selfChecking(version, 0, random.nextInt(5_000)))) {
                    count("replacements");
                }
            } catch (OutOfSharedMemoryException e) {
                count("full");
            }
        }

        private void createOrDestroy(int name) {
            if (random.nextBoolean()) {
                if (memory.destroy("contended-" + name)) {
                    count("destroyed-" + name);
                }
                return;
            }
            try (SharedLong created = memory.create("contended-" + name, SharedLong.type())) {
                count("created-" + name);
                created.incrementAndGet();
            } catch (ObjectExistsException e) {
                count("taken");
            } catch (OutOfSharedMemoryException e) {
                count("full");
            }
        }
    }
}
