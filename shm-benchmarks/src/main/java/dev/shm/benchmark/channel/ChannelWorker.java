package dev.shm.benchmark.channel;

import dev.shm.benchmark.crew.Orders;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;

/** What runs in each process: an application context with one end of a link, or with both. */
final class ChannelWorker {

    private static final long TICK_NANOS = 1_000_000;

    private final Load load;
    private final Tally tally;
    private final Path directory;
    private final boolean sends;
    private final MessageChannel channel;
    private final Message<?>[] messages;

    private long sent;
    private final AtomicLong sentSoFar = new AtomicLong();
    private volatile boolean stopped;
    private Thread producer = Thread.currentThread();

    private long countBefore;
    private long nanosBefore;
    private Map<Long, Long> allocatedBefore = Map.of();

    private ChannelWorker(Path directory, Link link, Load load, boolean sends, boolean receives) {
        this.directory = directory;
        this.load = load;
        this.sends = sends;
        this.tally = new Tally(load);
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        link.register(context, directory, load, sends, receives);
        if (receives) {
            if (load == Load.RECORD) {
                context.registerBean(Desk.OfTrades.class, () -> new Desk.OfTrades(tally));
            } else {
                context.registerBean(Desk.OfBytes.class, () -> new Desk.OfBytes(load, tally));
            }
        }
        context.refresh();
        context.start();
        this.channel = context.getBean(Desk.CHANNEL, MessageChannel.class);
        this.messages = load.messages();
    }

    public static void main(String[] arguments) throws Exception {
        Orders orders = Orders.listen();
        ChannelWorker worker = new ChannelWorker(
                Path.of(arguments[0]),
                Link.named(arguments[1]),
                Load.valueOf(arguments[2]),
                Boolean.parseBoolean(arguments[3]),
                Boolean.parseBoolean(arguments[4]));
        orders.obey(worker::obey);
    }

    private String obey(String[] words) throws Exception {
        return switch (words[0]) {
            case "ready" -> "";
            case "produce" -> {
                stopped = false;
                boolean built = Boolean.parseBoolean(words[1]);
                producer = new Thread(() -> produce(built), "producer");
                producer.start();
                yield "";
            }
            case "begin" -> {
                allocatedBefore = Allocated.byThread();
                countBefore = count();
                nanosBefore = System.nanoTime();
                yield "";
            }
            case "end" -> {
                long count = count() - countBefore;
                long nanos = System.nanoTime() - nanosBefore;
                long bytes = Allocated.since(allocatedBefore);
                yield count * 1e9 / nanos + " " + (double) bytes / Math.max(1, count);
            }
            case "stop" -> {
                stopped = true;
                producer.join();
                yield Long.toString(sent);
            }
            case "last" -> {
                send(load.message(sent & (load.different - 1), true));
                yield Long.toString(sent);
            }
            case "received" -> {
                tally.await(Long.parseLong(words[1]));
                yield Long.toString(tally.received());
            }
            case "tick" -> {
                tick(Integer.parseInt(words[1]));
                yield "";
            }
            case "times" -> {
                tally.keepTimes(Integer.parseInt(words[1]));
                yield "";
            }
            case "ages" -> ages();
            case "idle" -> Double.toString(idle(Long.parseLong(words[1]), Long.parseLong(words[2])));
            case "payload" -> Long.toString(load.heapBytes());
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private long count() {
        return sends ? sentSoFar.get() : tally.received();
    }

    private void send(Message<?> message) {
        if (!channel.send(message)) {
            throw new IllegalStateException("was not sent");
        }
        sent++;
        sentSoFar.lazySet(sent);
    }

    private void produce(boolean built) {
        int mask = messages.length - 1;
        while (!stopped) {
            for (int i = 0; i < 16; i++) {
                send(built ? load.message(sent & mask, false) : messages[(int) sent & mask]);
            }
        }
    }

    /** Sends about once a millisecond, not in step with anything, and writes down when. */
    private void tick(int count) throws Exception {
        ByteBuffer times = ByteBuffer.allocate(count * Long.BYTES);
        for (int i = 0; i < count; i++) {
            LockSupport.parkNanos(TICK_NANOS / 2 + ThreadLocalRandom.current().nextLong(TICK_NANOS));
            Message<?> message = messages[(int) sent & (messages.length - 1)];
            times.putLong(System.nanoTime());
            send(message);
        }
        Files.write(directory.resolve("sent"), times.array());
    }

    /** How old messages were when they came: the clock is that of the machine, the same in all its processes. */
    private String ages() throws Exception {
        ByteBuffer from = ByteBuffer.wrap(Files.readAllBytes(directory.resolve("sent")));
        Histogram histogram = new Histogram(3);
        for (long to : tally.times()) {
            histogram.recordValue(to - from.getLong());
        }
        return histogram.getValueAtPercentile(50) + " " + histogram.getValueAtPercentile(99);
    }

    private static double idle(long settleMillis, long measureMillis) throws Exception {
        Thread.sleep(settleMillis);
        long before = Orders.processorNanos();
        long from = System.nanoTime();
        Thread.sleep(measureMillis);
        return (double) (Orders.processorNanos() - before) / (System.nanoTime() - from);
    }
}
