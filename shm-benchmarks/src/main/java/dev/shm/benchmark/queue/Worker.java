package dev.shm.benchmark.queue;

import dev.shm.benchmark.crew.Orders;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * What runs in each process that a measurement starts: orders come by standard input and are answered on standard output. It ends
 * with its input, however the other end of that came to its end.
 */
final class Worker {

    private static final int POLL_LIMIT = 256;
    private static final int POLLS_PER_LOOK = 16;
    private static final int LARGE = 16 << 10;
    private static final int MOST_WARMING_MESSAGES = 64;
    private static final long SETTLE_NANOS = 200_000_000;
    private static final long TICK_NANOS = 1_000_000;

    private final Transport transport;
    private final Place place;
    private final Reading reading;
    private final Waiting waiting;
    private final byte[] payload;
    private final List<Receiver> receivers = new ArrayList<>();
    private final List<Sender> senders = new ArrayList<>();
    private ByteBuffer mapped = ByteBuffer.allocate(0);
    private final Orders orders;

    private Worker(Orders orders, Transport transport, Place place, Reading reading, Waiting waiting) {
        this.orders = orders;
        this.transport = transport;
        this.place = place;
        this.reading = reading;
        this.waiting = waiting;
        this.payload = new byte[place.bytes()];
        Arrays.fill(payload, (byte) 7);
    }

    /** What {@link #main} is started with. */
    static List<String> arguments(Transport transport, Place place, Reading reading, Waiting waiting) {
        return List.of(
                transport.name(),
                place.directory().toString(),
                place.shape().name(),
                Integer.toString(place.bytes()),
                Integer.toString(place.index()),
                reading.name(),
                waiting.name());
    }

    public static void main(String[] arguments) throws Exception {
        Orders orders = Orders.listen();
        Worker worker = new Worker(
                orders,
                Transports.named(arguments[0]),
                new Place(
                        Path.of(arguments[1]),
                        0,
                        Shape.valueOf(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        Integer.parseInt(arguments[4])),
                Reading.valueOf(arguments[5]),
                Waiting.valueOf(arguments[6]));
        orders.obey(worker::obey);
    }

    private String obey(String[] words) throws IOException, InterruptedException {
        return switch (words[0]) {
            case "receiver" -> {
                receivers.add(transport.receiver(place.of(Integer.parseInt(words[1]))));
                yield "";
            }
            case "sender" -> {
                senders.add(transport.sender(place.of(Integer.parseInt(words[1]))));
                yield "";
            }
            case "produce" -> Long.toString(produce());
            case "consume" -> consume(nanos(words[1]), nanos(words[2]));
            case "ping" -> percentiles(ping(nanos(words[1]), nanos(words[2]), Integer.parseInt(words[3])));
            case "pong" -> pong();
            case "tick" -> tick(Integer.parseInt(words[1]));
            case "listen" -> percentiles(listen(Integer.parseInt(words[1]), Integer.parseInt(words[2])));
            case "idle" -> Double.toString(idle(Long.parseLong(words[1]), Long.parseLong(words[2])));
            case "map" -> {
                Path file = place.file("copy");
                mapped = place.index() == 0 ? MappedFile.create(file, place.ringBytes()) : MappedFile.open(file);
                yield "";
            }
            case "copy" -> Double.toString(copy(words[1], nanos(words[2]), nanos(words[3])));
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private static long nanos(String millis) {
        return Long.parseLong(millis) * 1_000_000;
    }

    private static String percentiles(Histogram histogram) {
        return histogram.getValueAtPercentile(50) + " " + histogram.getValueAtPercentile(99);
    }

    /** Sends until the next order comes; answers how many. */
    private long produce() throws InterruptedException {
        Sender sender = senders.get(0);
        boolean crowded = place.shape().crowded();
        long first = Checker.firstSequence(place.index());
        long sent = 0;
        int looks = 0;
        int batch = place.bytes() >= LARGE ? 1 : 64;
        while (orders.isEmpty()) {
            for (int i = 0; i < batch; i++) {
                if (sender.offer(first + sent, payload)) {
                    sent++;
                } else {
                    Idle.gently(crowded, ++looks);
                    break;
                }
            }
        }
        orders.take();
        sendAndFlush(sender, Checker.last(first + sent));
        return sent + 1;
    }

    /**
     * Counts for as long as that after warming up, from one message to another; then goes on to the last message of every producer
     * or, where another consumer may get that, until nothing comes any more. Two answers: how many a second, and how many came in
     * all.
     */
    private String consume(long warmNanos, long measureNanos) throws InterruptedException {
        Receiver receiver = receivers.get(0);
        boolean shared = place.shape() == Shape.TWO_TO_TWO;
        boolean crowded = place.shape().crowded();
        boolean large = place.bytes() >= LARGE;
        int limit = large ? 1 : POLL_LIMIT;
        int mask = large ? 0 : POLLS_PER_LOOK - 1;
        long warming = large ? Math.min(MOST_WARMING_MESSAGES, 2L * place.ringBytes() / place.bytes()) : 1;
        Checker checker = new Checker(place.bytes(), reading, shared);

        long received = 0;
        int looks = 0;
        int polls = 0;
        boolean measuring = false;
        long from = System.nanoTime() + warmNanos;
        long receivedBefore = 0;
        while (true) {
            int messages = receiver.poll(checker, limit);
            if (messages == 0) {
                Idle.gently(crowded, ++looks);
                continue;
            }
            received += messages;
            if ((++polls & mask) != 0) {
                continue;
            }
            long now = System.nanoTime();
            if (!measuring) {
                if (now - from >= 0 && received >= warming) {
                    measuring = true;
                    from = now;
                    receivedBefore = received;
                }
            } else if (now - from >= measureNanos) {
                Orders.answer((received - receivedBefore) * 1e9 / (now - from));
                break;
            }
        }

        long lastMessage = System.nanoTime();
        while (shared
                ? orders.isEmpty() || System.nanoTime() - lastMessage < SETTLE_NANOS
                : checker.ends() < place.shape().producers) {
            int messages = receiver.poll(checker, limit);
            if (messages == 0) {
                Idle.gently(crowded, ++looks);
            } else {
                received += messages;
                lastMessage = System.nanoTime();
            }
        }
        orders.take();
        if (checker.digest() == -1) {
            System.out.println("That is a coincidence.");
        }
        return Long.toString(received);
    }

    private Histogram ping(long warmNanos, long measureNanos, int least) {
        Sender sender = senders.get(0);
        Receiver receiver = receivers.get(0);
        Checker checker = new Checker(place.bytes(), reading, false);
        Histogram histogram = new Histogram(3);
        long before = System.nanoTime();
        long measureFrom = before + warmNanos;
        long end = measureFrom + measureNanos;
        for (long exchange = 0; ; exchange++) {
            sendAndFlush(sender, exchange);
            pollOne(receiver, checker);
            long now = System.nanoTime();
            if (before - measureFrom >= 0) {
                histogram.recordValue(now - before);
                if (now - end >= 0 && histogram.getTotalCount() >= least) {
                    return histogram;
                }
            }
            before = now;
        }
    }

    /** Sends back whatever comes; it ends with its process. */
    private String pong() {
        Sender sender = senders.get(0);
        Receiver receiver = receivers.get(0);
        Checker checker = new Checker(place.bytes(), reading, false);
        for (long exchange = 0; ; exchange++) {
            pollOne(receiver, checker);
            sendAndFlush(sender, exchange);
        }
    }

    private void sendAndFlush(Sender sender, long sequence) {
        for (int looks = 1; !sender.offer(sequence, payload); looks++) {
            Idle.closely(looks);
        }
        sender.flush();
    }

    private static void pollOne(Receiver receiver, Handler handler) {
        for (int looks = 1; receiver.poll(handler, 1) == 0; looks++) {
            Idle.closely(looks);
        }
    }

    /** Sends what time it is, about once a millisecond; not in step with whoever looks once a millisecond. */
    private String tick(int messages) {
        Sender sender = senders.get(0);
        for (int i = 0; i < messages; i++) {
            LockSupport.parkNanos(TICK_NANOS / 2 + ThreadLocalRandom.current().nextLong(TICK_NANOS));
            sendAndFlush(sender, System.nanoTime());
        }
        return "";
    }

    /** How old each message is when it comes: the clock is that of the machine, the same in all its processes. */
    private Histogram listen(int warm, int messages) {
        Receiver receiver = receivers.get(0);
        Histogram histogram = new Histogram(3);
        Handler handler = new Handler() {

            private long last = Long.MIN_VALUE;
            private int received;

            @Override
            public void onMessage(Message message) {
                long now = System.nanoTime();
                long sent = message.getLong(0);
                if (sent <= last) {
                    throw new IllegalStateException("out of order");
                }
                last = sent;
                if (++received > warm) {
                    histogram.recordValue(now - sent);
                }
            }
        };
        while (histogram.getTotalCount() < messages) {
            receiver.receive(handler, 1, waiting);
        }
        return histogram;
    }

    /** Waits for messages that do not come, a thread for each queue; answers the processor time as a part of the time gone by. */
    private double idle(long settleMillis, long measureMillis) throws IOException, InterruptedException {
        for (Receiver receiver : receivers) {
            Thread thread = new Thread(() -> {
                Checker checker = new Checker(place.bytes(), reading, false);
                while (true) {
                    receiver.receive(checker, 1, waiting);
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        Thread.sleep(settleMillis);
        long cpuBefore = Orders.processorNanos();
        long before = System.nanoTime();
        Thread.sleep(measureMillis);
        return (double) (Orders.processorNanos() - cpuBefore) / (System.nanoTime() - before);
    }

    /** Copies into, or out of, one message after another of a file as large as a ring; answers how many a second. */
    private double copy(String direction, long warmNanos, long measureNanos) {
        int bytes = place.bytes();
        boolean in = direction.equals("in");
        ByteBuffer ring = mapped;
        int slots = ring.capacity() / bytes;
        Checker checker = new Checker(bytes, reading, false);
        SlotMessage slot = new SlotMessage(ring, bytes);
        long from = System.nanoTime() + warmNanos;
        boolean measuring = false;
        long copied = 0;
        for (long sequence = 0; ; sequence++) {
            slot.at((int) (sequence % slots) * bytes);
            if (in) {
                slot.fill(sequence, payload);
            } else {
                slot.sequence = sequence;
                checker.onMessage(slot);
            }
            copied++;
            long now = System.nanoTime();
            if (!measuring) {
                if (now - from >= 0 && sequence >= slots) {
                    measuring = true;
                    from = now;
                    copied = 0;
                }
            } else if (now - from >= measureNanos) {
                return copied * 1e9 / (now - from);
            }
        }
    }

    /** A message at a fixed place, of which nobody says whether it is there. */
    private static final class SlotMessage implements Message {

        private final ByteBuffer buffer;
        private final int length;
        private int index;
        private long sequence;

        SlotMessage(ByteBuffer buffer, int length) {
            this.buffer = buffer;
            this.length = length;
        }

        void at(int place) {
            index = place;
        }

        void fill(long number, byte[] bytes) {
            buffer.putLong(index, number);
            buffer.put(index + Long.BYTES, bytes, Long.BYTES, length - Long.BYTES);
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public long getLong(int offset) {
            return offset == 0 ? sequence : buffer.getLong(index + offset);
        }

        @Override
        public void copyTo(byte[] destination) {
            buffer.get(index, destination, 0, length);
        }
    }
}
