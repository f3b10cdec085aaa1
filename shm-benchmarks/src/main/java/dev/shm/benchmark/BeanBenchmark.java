package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.value.MaxBytes;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedLong;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Fields of a bean, beside the same accesses of a plain buffer by a VarHandle ({@code buffer}: what the JDK itself needs), of an {@link
 * AtomicLong} of this process, and of a {@link SharedLong}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", "-Xmn128m", "-XX:+AlwaysPreTouch"})
public class BeanBenchmark {

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** The bean. */
    public interface Quote {
        /** A field with atomic methods. */
        long getHits();

        /** Counts. */
        long getAndAddHits(long delta);

        /** A field of updates. */
        long getSize();

        /** Sets it. */
        void setSize(long size);

        /** Another one. */
        double getPrice();

        /** Sets it. */
        void setPrice(double price);

        /** A text in the bean. */
        @MaxBytes(16)
        String getSymbol();

        /** Sets it. */
        void setSymbol(String symbol);

        /** A text in a block. */
        String getNote();

        /** Sets it. */
        void setNote(String note);
    }

    /** Its fields. */
    public record Snapshot(long size, double price, String symbol) {}

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096).order(ByteOrder.LITTLE_ENDIAN);
    private final AtomicLong atomic = new AtomicLong();
    private SharedMemory memory;
    private Path directory;
    private SharedBean<Quote> shared;
    private Quote bean;
    private SharedLong sharedLong;
    private long next;

    /** Makes one. */
    @Setup
    public void open() throws IOException {
        directory = BenchmarkSegment.newDirectory();
        memory = SharedMemory.named("beans")
                .directory(directory.resolve("segments"))
                .size(16 << 20)
                .create();
        shared = memory.create("quote", SharedBean.of(Quote.class));
        bean = shared.get();
        bean.setSymbol("ACME");
        bean.setNote("a note of some length");
        sharedLong = memory.create("long", SharedLong.type());
    }

    /** Lets go of it. */
    @TearDown
    public void close() throws IOException {
        memory.close();
        Files.deleteIfExists(directory.resolve("segments"));
        Files.deleteIfExists(directory);
    }

    /** Reads a field of updates. */
    @Benchmark
    public long getField() {
        return bean.getSize();
    }

    /** Reads a field with atomic methods. */
    @Benchmark
    public long getAtomicField() {
        return bean.getHits();
    }

    /** The same of a buffer. */
    @Benchmark
    public long getBuffer() {
        return (long) LONG.getAcquire(buffer, 64);
    }

    /** The same of an atomic. */
    @Benchmark
    public long getAtomicLong() {
        return atomic.get();
    }

    /** The same of a shared long. */
    @Benchmark
    public long getSharedLong() {
        return sharedLong.get();
    }

    /** Sets a field of updates. */
    @Benchmark
    public void setField() {
        bean.setSize(next++);
    }

    /** The same of a buffer. */
    @Benchmark
    public void setBuffer() {
        LONG.setRelease(buffer, 64, next++);
    }

    /** The same of an atomic. */
    @Benchmark
    public void setAtomicLong() {
        atomic.setRelease(next++);
    }

    /** Adds to a field. */
    @Benchmark
    public long addField() {
        return bean.getAndAddHits(1);
    }

    /** The same of a buffer. */
    @Benchmark
    public long addBuffer() {
        return (long) LONG.getAndAdd(buffer, 64, 1L);
    }

    /** The same of an atomic. */
    @Benchmark
    public long addAtomicLong() {
        return atomic.getAndAdd(1);
    }

    /** Changes two fields at once. */
    @Benchmark
    public void updateTwoFields() {
        shared.update(quote -> {
            quote.setSize(next++);
            quote.setPrice(1.5);
        });
    }

    /** Reads a text in the bean. */
    @Benchmark
    public String getShortText() {
        return bean.getSymbol();
    }

    /** Sets it. */
    @Benchmark
    public void setShortText() {
        bean.setSymbol((next++ & 1) == 0 ? "ACME" : "EMCA");
    }

    /** Reads a text in a block. */
    @Benchmark
    public String getText() {
        return bean.getNote();
    }

    /** Sets it. */
    @Benchmark
    public void setText() {
        bean.setNote("a note of some length");
    }

    /** Three fields as a record. */
    @Benchmark
    public Snapshot snapshot() {
        return shared.snapshot(Snapshot.class);
    }
}
