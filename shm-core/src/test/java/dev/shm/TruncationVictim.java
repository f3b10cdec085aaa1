package dev.shm;

import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.error.SegmentFailedException;
import dev.shm.error.SharedMemoryException;
import dev.shm.testing.TestDirectory;
import dev.shm.value.MappedArray;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedBoolean;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedInt;
import dev.shm.value.SharedLong;
import dev.shm.value.SharedVector;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What {@link TruncationIT} runs in a JVM of its own. Ends with 0 if every call answered as it should. */
final class TruncationVictim {

    private final TestDirectory directory;

    private TruncationVictim(TestDirectory directory) {
        this.directory = directory;
    }

    public static void main(String[] args) throws Exception {
        try (TestDirectory directory = TestDirectory.create()) {
            TruncationVictim victim = new TruncationVictim(directory);
            switch (args[0]) {
                case "everyOperation" -> victim.everyOperation();
                case "compiledLoops" -> victim.compiledLoops();
                case "looksAnswerNothing" -> victim.looksAnswerNothing();
                case "closing" -> victim.closing();
                case "mappedArrays" -> victim.mappedArrays();
                default -> throw new IllegalArgumentException(args[0]);
            }
        }
        System.out.println("unharmed");
    }

    /** An operation on a segment with one object of each type. */
    private interface Operation {
        void run(Victim victim);
    }

    private static final class Victim implements AutoCloseable {
        private final SharedMemory memory;
        private final SharedLong sharedLong;
        private final SharedInt sharedInt;
        private final SharedBoolean sharedBoolean;
        private final SharedBytes sharedBytes;
        private final SharedArray sharedArray;
        private final SharedVector sharedVector;

        Victim(SharedMemory memory) {
            this.memory = memory;
            this.sharedLong = memory.create("long", SharedLong.type());
            this.sharedInt = memory.create("int", SharedInt.type());
            this.sharedBoolean = memory.create("boolean", SharedBoolean.type());
            this.sharedBytes = memory.create("bytes", SharedBytes.type());
            sharedBytes.set(new byte[10_000]);
            this.sharedArray = memory.create("array", SharedArray.of(ElementType.INT32, 10, 1000));
            this.sharedVector = memory.create("vector", SharedVector.of(ElementType.INT64));
            sharedVector.extend(new long[1000]);
        }

        void truncate() {
            try (RandomAccessFile file = new RandomAccessFile(memory.path().toFile(), "rw")) {
                file.setLength(0);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    private static Map<String, Operation> operations() {
        Map<String, Operation> operations = new LinkedHashMap<>(looks());
        operations.put("self", v -> v.memory.self());
        operations.put("hashSeed", v -> v.memory.hashSeed());
        operations.put("reap", v -> v.memory.reap());
        operations.put("create", v -> v.memory.create("new", SharedLong.type()));
        operations.put("open", v -> v.memory.open("long", SharedLong.type()));
        operations.put("find", v -> v.memory.find("long", SharedLong.type()));
        operations.put("openOrCreate", v -> v.memory.openOrCreate("new", SharedLong.type()));
        operations.put("destroy", v -> v.memory.destroy("long"));
        operations.put("long get", v -> v.sharedLong.get());
        operations.put("long set", v -> v.sharedLong.set(1));
        operations.put("long setRelease", v -> v.sharedLong.setRelease(1));
        operations.put("long incrementAndGet", v -> v.sharedLong.incrementAndGet());
        operations.put("long updateAndGet", v -> v.sharedLong.updateAndGet(x -> x + 1));
        operations.put("int get", v -> v.sharedInt.get());
        operations.put("int getAndAdd", v -> v.sharedInt.getAndAdd(1));
        operations.put("int compareAndSet", v -> v.sharedInt.compareAndSet(0, 1));
        operations.put("boolean get", v -> v.sharedBoolean.get());
        operations.put("boolean compareAndSet", v -> v.sharedBoolean.compareAndSet(false, true));
        operations.put("bytes get", v -> v.sharedBytes.get());
        operations.put("bytes length", v -> v.sharedBytes.length());
        operations.put("bytes set", v -> v.sharedBytes.set(new byte[100_000]));
        operations.put("bytes compareAndSet", v -> v.sharedBytes.compareAndSet(new byte[1], new byte[2]));
        operations.put("array get", v -> v.sharedArray.getLong(9, 999));
        operations.put("array set", v -> v.sharedArray.setLong(9, 999, 1));
        operations.put("array getAndAdd", v -> v.sharedArray.asInts().getAndAdd(5, 1));
        operations.put("array getVolatile", v -> v.sharedArray.asInts().getVolatile(9_000));
        operations.put("array fill", v -> v.sharedArray.fill(3));
        operations.put("array toNdArray", v -> v.sharedArray.toNdArray());
        operations.put("array copyFrom", v -> v.sharedArray.at(3).copyFrom(NdArray.of(new int[1000])));
        operations.put("vector append", v -> v.sharedVector.append(1));
        operations.put("vector reverse", v -> v.sharedVector.reverse());
        return operations;
    }

    /** Those that look at a segment. */
    private static Map<String, Operation> looks() {
        Map<String, Operation> looks = new LinkedHashMap<>();
        looks.put("statistics", v -> v.memory.statistics());
        looks.put("deepStatistics", v -> v.memory.deepStatistics());
        looks.put("figures", v -> v.memory.figures());
        looks.put("counters", v -> v.memory.counters());
        looks.put("heapMap", v -> v.memory.heapMap());
        looks.put("verify", v -> v.memory.verify());
        looks.put("objects", v -> v.memory.objects());
        looks.put("peers", v -> v.memory.peers());
        return looks;
    }

    /** Whoever looks gets no answer from missing bytes, not even from code that the compiler has made of the look. */
    private void looksAnswerNothing() throws InterruptedException {
        for (int warm : new int[] {0, 3_000}) {
            for (Map.Entry<String, Operation> look : looks().entrySet()) {
                try (Victim victim = new Victim(directory.segment("victim").create())) {
                    for (int i = 0; i < warm; i++) {
                        look.getValue().run(victim);
                    }
                    victim.truncate();
                    Answer answer = new Answer(look.getValue(), victim);
                    answer.start();
                    answer.join();
                    check(!answer.given, look.getKey() + " answered");
                }
                removeByHand("victim");
            }
        }
    }

    /** Asks once. An error that comes late, in the frame around, ends the thread without an answer. */
    private static final class Answer extends Thread {

        private final Operation look;
        private final Victim victim;
        private volatile boolean given;

        Answer(Operation look, Victim victim) {
            this.look = look;
            this.victim = victim;
        }

        @Override
        public void run() {
            try {
                look.run(victim);
                given = true;
            } catch (SegmentFailedException | InternalError e) {
                // As it should.
            }
        }
    }

    /** Each operation is the first to meet the missing bytes; then every other one fails in the same way. */
    private void everyOperation() throws InterruptedException {
        Map<String, Operation> operations = operations();
        try (SharedMemory other = directory.segment("other").create()) {
            SharedLong survivor = other.create("long", SharedLong.type());
            for (Map.Entry<String, Operation> first : operations.entrySet()) {
                try (Victim victim = new Victim(directory.segment("victim").create())) {
                    victim.truncate();
                    Loop loop = new Loop(first.getKey(), first.getValue(), victim);
                    loop.expectFailure();
                    check(!victim.memory.isOpen(), first.getKey() + ": still open");
                    for (Map.Entry<String, Operation> next : operations.entrySet()) {
                        new Loop(first.getKey() + ", then " + next.getKey(), next.getValue(), victim).expectFailure();
                    }
                }
                survivor.incrementAndGet();
                removeByHand("victim");
            }
            check(survivor.get() == operations.size(), "another segment was harmed");
            check(other.verify().isEmpty(), "another segment was damaged");
        }
    }

    /** Code that the JIT compiler has inlined meets the missing bytes in the middle of a loop. */
    private void compiledLoops() throws InterruptedException {
        Map<String, Operation> operations = operations();
        for (String inALoop : List.of(
                "long get",
                "long incrementAndGet",
                "int get",
                "bytes get",
                "bytes length",
                "bytes set",
                "statistics",
                "objects")) {
            try (Victim victim = new Victim(directory.segment("victim").create())) {
                Loop loop = new Loop(inALoop, operations.get(inALoop), victim);
                while (loop.rounds < 50_000 && loop.isAlive()) {
                    Thread.sleep(10);
                }
                victim.truncate();
                loop.expectFailure();
            }
            removeByHand("victim");
        }
    }

    /** What a file of elements alone answers whose end is missing, before and after its code is compiled. */
    private void mappedArrays() throws IOException, InterruptedException {
        Map<String, Consumer<MappedArray>> operations = Map.of(
                "get", array -> array.getLong(99_999),
                "set", array -> array.setLong(99_999, 1),
                "get of elements", array -> array.asLongs().get(99_999),
                "getAndAdd", array -> array.asLongs().getAndAdd(99_999, 1),
                "compareAndSet", array -> array.asLongs().compareAndSet(99_999, 0, 1));
        for (int warm : new int[] {0, 3_000}) {
            for (Map.Entry<String, Consumer<MappedArray>> operation : operations.entrySet()) {
                Path file = directory.file("array");
                MappedArray array = MappedArray.create(file, ElementType.INT64, 100_000);
                for (int i = 0; i < warm; i++) {
                    operation.getValue().accept(array);
                }
                try (RandomAccessFile truncated = new RandomAccessFile(file.toFile(), "rw")) {
                    truncated.setLength(8);
                }
                Touch touch;
                do {
                    // An error that is raised too late, in the frame around, ends the thread: then another one goes on.
                    touch = new Touch(array, operation.getValue());
                    touch.start();
                    touch.join();
                } while (touch.failure == null);
                check(
                        touch.failure instanceof SegmentFailedException
                                && String.valueOf(touch.failure.getMessage()).contains("truncated"),
                        operation.getKey() + ": " + touch.failure);
                check(!array.isOpen(), operation.getKey() + ": still open");
                check(file.toFile().delete(), "no file of an array");
            }
        }
    }

    /** Does something with an array whose end is missing until it fails as it should; see {@link Loop} for why more than once. */
    private static final class Touch extends Thread {

        private final MappedArray array;
        private final Consumer<MappedArray> operation;
        private volatile Throwable failure;

        Touch(MappedArray array, Consumer<MappedArray> operation) {
            this.array = array;
            this.operation = operation;
        }

        @Override
        public void run() {
            while (failure == null) {
                try {
                    repeat();
                } catch (InternalError e) {
                    // Raised too late for the library to see it.
                }
            }
        }

        private void repeat() {
            while (failure == null) {
                try {
                    operation.accept(array);
                } catch (RuntimeException e) {
                    failure = e;
                }
            }
        }
    }

    /** Closing is the first to meet the missing bytes. */
    private void closing() {
        for (Role role : new Role[] {Role.PEER, Role.CREATOR}) {
            Victim objectsFirst =
                    new Victim(directory.segment("victim").role(role).create());
            objectsFirst.truncate();
            objectsFirst.sharedLong.close();
            objectsFirst.sharedBytes.close();
            objectsFirst.close();
            objectsFirst.close();
            removeByHand("victim");
            Victim segmentOnly =
                    new Victim(directory.segment("victim").role(role).create());
            segmentOnly.truncate();
            segmentOnly.close();
            removeByHand("victim");
        }
        try (SharedMemory successor = directory.segment("victim").create()) {
            check(successor.verify().isEmpty(), "the successor is damaged");
        }
    }

    /** As the exception of a truncated segment says. */
    private void removeByHand(String name) {
        check(directory.path().resolve(name).toFile().delete(), "no file of segment " + name);
    }

    /**
     * Repeats an operation until it fails as it should. For an access to missing bytes the JVM raises its error at that time or
     * at some later time, as {@link java.nio.MappedByteBuffer} says; until then what is read means nothing.
     */
    private static final class Loop extends Thread {

        private final String what;
        private final Operation operation;
        private final Victim victim;
        private volatile int rounds;
        private volatile Throwable thrown;

        Loop(String what, Operation operation, Victim victim) {
            this.what = what;
            this.operation = operation;
            this.victim = victim;
            start();
        }

        @Override
        public void run() {
            while (thrown == null) {
                try {
                    repeat();
                } catch (InternalError e) {
                    // Raised too late for the library to see it.
                }
            }
        }

        private void repeat() {
            while (thrown == null) {
                try {
                    rounds++;
                    operation.run(victim);
                } catch (SegmentFailedException e) {
                    thrown = e;
                } catch (SharedMemoryException e) {
                    // What was read meant nothing.
                } catch (RuntimeException e) {
                    thrown = e;
                }
            }
        }

        void expectFailure() throws InterruptedException {
            join();
            if (!(thrown instanceof SegmentFailedException)) {
                throw new AssertionError(what + " threw " + thrown, thrown);
            }
            check(String.valueOf(thrown.getMessage()).contains("truncated"), what + " says: " + thrown.getMessage());
        }
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
