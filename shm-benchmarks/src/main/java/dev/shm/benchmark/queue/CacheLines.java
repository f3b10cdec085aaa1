package dev.shm.benchmark.queue;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** What bounds every round trip: a word for each direction, each in a cache line of its own; only the sequence goes across. */
final class CacheLines implements Transport {

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final int PAIR_OF_LINES = 128;
    private static final int FILE_BYTES = 4096;

    @Override
    public String name() {
        return "bare-cache-lines";
    }

    @Override
    public Kind kind() {
        return Kind.MACHINE;
    }

    @Override
    public boolean can(Scenario scenario, int bytes) {
        return scenario == Scenario.ROUND_TRIP;
    }

    @Override
    public Receiver receiver(Place place) throws IOException {
        ByteBuffer lines = place.first() ? MappedFile.create(file(place), FILE_BYTES) : MappedFile.open(file(place));
        int word = place.queue() * PAIR_OF_LINES;
        return new Receiver() {

            private final Message message = new Message() {
                @Override
                public int length() {
                    return place.bytes();
                }

                @Override
                public long getLong(int offset) {
                    return last - 1;
                }

                @Override
                public void copyTo(byte[] destination) {}
            };
            private long last;

            @Override
            public int poll(Handler handler, int limit) {
                long now = (long) LONG.getAcquire(lines, word);
                if (now == last) {
                    return 0;
                }
                last = now;
                handler.onMessage(message);
                return 1;
            }
        };
    }

    @Override
    public Sender sender(Place place) throws IOException {
        ByteBuffer lines = MappedFile.open(file(place));
        int word = place.queue() * PAIR_OF_LINES;
        return (sequence, payload) -> {
            LONG.setRelease(lines, word, sequence + 1);
            return true;
        };
    }

    private static Path file(Place place) {
        return place.directory().resolve("lines");
    }
}
