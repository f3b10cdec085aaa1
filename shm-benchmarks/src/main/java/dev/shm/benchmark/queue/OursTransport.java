package dev.shm.benchmark.queue;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.queue.Claim;
import dev.shm.queue.MessageHandler;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.List;

/**
 * Queues and topics of this library, with their default capacity and, like the peers, without time stamps. Senders write into a claim in
 * place; receivers read in place.
 */
final class OursTransport implements Transport {

    private static final Duration LONG = Duration.ofSeconds(1);

    private final Form form;
    private SharedMemory opened;

    /** How the queue is created. */
    enum Form {
        SINGLE("shm-single"),
        SINGLE_CONSUMER("shm-single-consumer"),
        QUEUE("shm"),
        TOPIC("shm-topic");

        private final String words;

        Form(String words) {
            this.words = words;
        }
    }

    OursTransport(Form form) {
        this.form = form;
    }

    @Override
    public String name() {
        return form.words;
    }

    @Override
    public Kind kind() {
        return Kind.OURS;
    }

    @Override
    public boolean can(Scenario scenario, int bytes) {
        return switch (scenario) {
            case ONE_TO_ONE, ROUND_TRIP, WAKE_UP, IDLE -> form == Form.SINGLE || form == Form.QUEUE;
            case MANY_TO_ONE -> form == Form.SINGLE_CONSUMER || form == Form.QUEUE;
            case TWO_TO_TWO -> form == Form.QUEUE;
            case FAN_OUT -> form == Form.TOPIC;
        };
    }

    @Override
    public List<Waiting> waits() {
        return List.of(Waiting.BLOCK);
    }

    @Override
    public Receiver receiver(Place place) {
        SharedMemory memory = memory(place);
        if (form == Form.TOPIC) {
            Subscription<byte[]> subscription =
                    memory.openOrCreate(name(place), topic()).subscribe();
            return new OurReceiver() {
                @Override
                int drain(int limit) {
                    return subscription.drain(this, limit);
                }

                @Override
                int drain(int limit, Duration timeout) throws InterruptedException {
                    return subscription.drain(this, limit, timeout);
                }
            };
        }
        SharedQueue<byte[]> queue = memory.openOrCreate(name(place), queue());
        return new OurReceiver() {
            @Override
            int drain(int limit) {
                return queue.drain(this, limit);
            }

            @Override
            int drain(int limit, Duration timeout) throws InterruptedException {
                return queue.drain(this, limit, timeout);
            }
        };
    }

    @Override
    public Sender sender(Place place) {
        SharedMemory memory = memory(place);
        if (form == Form.TOPIC) {
            SharedTopic<byte[]> topic = memory.openOrCreate(name(place), topic());
            return (sequence, payload) -> send(topic.tryClaim(payload.length), sequence, payload);
        }
        SharedQueue<byte[]> queue = memory.openOrCreate(name(place), queue());
        return (sequence, payload) -> send(queue.tryClaim(payload.length), sequence, payload);
    }

    private static boolean send(Claim claim, long sequence, byte[] payload) {
        if (claim == null) {
            return false;
        }
        claim.putLong(0, sequence);
        claim.putBytes(Long.BYTES, payload, Long.BYTES, payload.length - Long.BYTES);
        claim.commit();
        return true;
    }

    /** One segment for all queues, opened once. */
    private SharedMemory memory(Place place) {
        if (opened == null) {
            opened = SharedMemory.named("benchmark")
                    .directory(place.directory())
                    .size(Math.max(128L << 20, 10L * place.bytes()))
                    .openOrCreate();
        }
        return opened;
    }

    private static String name(Place place) {
        return "queue-" + place.queue();
    }

    private QueueType<byte[]> queue() {
        QueueType<byte[]> type = SharedQueue.of(Codecs.bytes()).timestamps(false);
        return switch (form) {
            case SINGLE -> type.singleProducer();
            case SINGLE_CONSUMER -> type.singleConsumer();
            default -> type;
        };
    }

    private static TopicType<byte[]> topic() {
        return SharedTopic.of(Codecs.bytes()).timestamps(false).singleProducer();
    }

    /** Turns messages of ours into those of the harness. */
    private abstract static class OurReceiver implements Receiver, MessageHandler, Message {

        private Handler handler = ignored -> {};
        private dev.shm.queue.Message message;

        abstract int drain(int limit);

        abstract int drain(int limit, Duration timeout) throws InterruptedException;

        @Override
        public int poll(Handler to, int limit) {
            handler = to;
            return drain(limit);
        }

        @Override
        public int receive(Handler to, int limit, Waiting waiting) {
            handler = to;
            try {
                return drain(limit, LONG);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return 0;
            }
        }

        @Override
        public void onMessage(dev.shm.queue.Message lent) {
            message = lent;
            handler.onMessage(this);
        }

        @Override
        public int length() {
            return message.length();
        }

        @Override
        public long getLong(int offset) {
            return message.getLong(offset);
        }

        @Override
        public void copyTo(byte[] destination) {
            message.getBytes(0, destination, 0, message.length());
        }
    }
}
