package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.queue.Claim;
import dev.shm.queue.MessageHandler;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a message costs the processor, there and back on one thread, and what garbage it makes: run it with {@code -prof gc}. Between
 * processes the way of the cache lines comes on top, see {@code run-queues}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Thread)
public class QueueOperationBenchmark {

    private static final int BATCH = 256;
    private static final int BYTES = 32;

    /** What carries the messages. */
    public enum Carrier {
        QUEUE,
        STAMPED_QUEUE,
        SINGLE_CONSUMER,
        SINGLE_PRODUCER,
        TOPIC
    }

    @Param
    public Carrier carrier;

    private Path directory;
    private SharedMemory memory;
    private SharedQueue<byte[]> queue;
    private SharedTopic<byte[]> topic;
    private Subscription<byte[]> subscription;
    private long sum;
    private final MessageHandler reader = message -> sum += message.getLong(0) + message.getLong(BYTES - 8);

    /** Opens one of them, in a segment of its own. */
    @Setup
    public void open() throws IOException {
        directory = BenchmarkSegment.newDirectory();
        memory = SharedMemory.named("benchmark").directory(directory).openOrCreate();
        if (carrier == Carrier.TOPIC) {
            topic = memory.create("topic", SharedTopic.of(Codecs.bytes()).timestamps(false));
            subscription = topic.subscribe();
            return;
        }
        QueueType<byte[]> type = SharedQueue.of(Codecs.bytes()).timestamps(carrier == Carrier.STAMPED_QUEUE);
        queue = memory.create(
                "queue",
                switch (carrier) {
                    case SINGLE_CONSUMER -> type.singleConsumer();
                    case SINGLE_PRODUCER -> type.singleProducer();
                    default -> type;
                });
    }

    /** Closes it and removes the segment. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        memory.close();
        Files.delete(directory);
    }

    /** Claims, writes and commits messages, then reads them in place. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long claimAndDrain() {
        for (int i = 0; i < BATCH; i++) {
            Claim claim = topic == null ? queue.tryClaim(BYTES) : topic.tryClaim(BYTES);
            if (claim == null) {
                throw new IllegalStateException("full");
            }
            claim.putLong(0, i).putLong(BYTES - 8, i);
            claim.commit();
        }
        int read = topic == null ? queue.drain(reader, BATCH) : subscription.drain(reader, BATCH);
        if (read != BATCH) {
            throw new IllegalStateException(read + " read");
        }
        return sum;
    }

    /** One message at a time. */
    @Benchmark
    public long claimAndDrainOne() {
        Claim claim = topic == null ? queue.tryClaim(BYTES) : topic.tryClaim(BYTES);
        if (claim == null) {
            throw new IllegalStateException("full");
        }
        claim.putLong(0, 1).putLong(BYTES - 8, 1);
        claim.commit();
        if ((topic == null ? queue.drain(reader, 1) : subscription.drain(reader, 1)) != 1) {
            throw new IllegalStateException("nothing read");
        }
        return sum;
    }
}
