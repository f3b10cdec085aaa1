package dev.shm.benchmark.queue;

import dev.shm.benchmark.crew.ChronicleOptions;
import java.util.List;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Chronicle Queue in shared memory. Senders write into a document in place; receivers read in place. It keeps every message: a
 * sender never finds it full, and every page is a new one.
 */
final class Chronicle implements Transport {

    private static final int LONGEST_MESSAGE = 1 << 20;
    private static final long ROOM = 6L << 30;
    private static final String DIRECTORY = "chronicle";

    @Override
    public String name() {
        return "chronicle";
    }

    @Override
    public List<String> jvmOptions() {
        return ChronicleOptions.ALL;
    }

    @Override
    public boolean can(Scenario scenario, int bytes) {
        return bytes <= LONGEST_MESSAGE
                && switch (scenario) {
                    case ONE_TO_ONE, ROUND_TRIP, WAKE_UP, IDLE -> true;
                    case MANY_TO_ONE, TWO_TO_TWO, FAN_OUT -> false;
                };
    }

    @Override
    public long roomNeeded() {
        return ROOM;
    }

    @Override
    public Receiver receiver(Place place) {
        ExcerptTailer tailer = queue(place).createTailer();
        BytesMessage message = new BytesMessage();
        return (handler, limit) -> {
            int messages = 0;
            while (messages < limit) {
                try (DocumentContext document = tailer.readingDocument()) {
                    if (!document.isPresent()) {
                        return messages;
                    }
                    handler.onMessage(message.of(document.wire().bytes()));
                    messages++;
                }
            }
            return messages;
        };
    }

    @Override
    public Sender sender(Place place) {
        ExcerptAppender appender = queue(place).createAppender();
        return (sequence, payload) -> {
            try (DocumentContext document = appender.writingDocument()) {
                Bytes<?> bytes = document.wire().bytes();
                bytes.writeLong(sequence);
                bytes.write(payload, Long.BYTES, payload.length - Long.BYTES);
            }
            return true;
        };
    }

    private static ChronicleQueue queue(Place place) {
        return ChronicleQueue.single(place.file(DIRECTORY).toString());
    }

    private static final class BytesMessage implements Message {

        private Bytes<?> bytes;

        BytesMessage of(Bytes<?> document) {
            bytes = document;
            return this;
        }

        @Override
        public int length() {
            return (int) bytes.readRemaining();
        }

        @Override
        public long getLong(int offset) {
            return bytes.readLong(bytes.readPosition() + offset);
        }

        @Override
        public void copyTo(byte[] destination) {
            bytes.read(bytes.readPosition(), destination, 0, length());
        }
    }
}
