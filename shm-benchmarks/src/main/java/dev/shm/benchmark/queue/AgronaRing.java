package dev.shm.benchmark.queue;

import java.io.IOException;
import java.util.List;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Agrona's ring buffers over a mapped file. Senders fill a claim in place; receivers read in place.
 *
 * <p>There is no ring with two consumers: against two to two, the many-to-one ring runs with one.
 */
final class AgronaRing implements Transport {

    static final List<String> JVM_OPTIONS =
            List.of("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "-Dagrona.disable.bounds.checks=true");

    private static final String FILE = "ring";
    private static final int TYPE = 1;

    private final boolean manyProducers;

    AgronaRing(boolean manyProducers) {
        this.manyProducers = manyProducers;
    }

    @Override
    public String name() {
        return manyProducers ? "agrona-many-to-one" : "agrona-one-to-one";
    }

    @Override
    public List<String> jvmOptions() {
        return JVM_OPTIONS;
    }

    @Override
    public boolean can(Scenario scenario, int bytes) {
        return switch (scenario) {
            case ONE_TO_ONE -> true;
            case MANY_TO_ONE, TWO_TO_TWO -> manyProducers;
            case FAN_OUT -> false;
            case ROUND_TRIP, WAKE_UP, IDLE -> !manyProducers;
        };
    }

    @Override
    public Shape shape(Scenario scenario) {
        return scenario == Scenario.TWO_TO_TWO ? Shape.TWO_TO_ONE : scenario.shape();
    }

    @Override
    public Receiver receiver(Place place) throws IOException {
        RingBuffer ring = ring(new UnsafeBuffer(
                MappedFile.create(place.file(FILE), place.ringBytes() + RingBufferDescriptor.TRAILER_LENGTH)));
        BufferMessage message = new BufferMessage();
        return new Receiver() {

            private Handler handler = ignored -> {};
            private final MessageHandler adapter =
                    (type, buffer, index, length) -> handler.onMessage(message.at(buffer, index, length));

            @Override
            public int poll(Handler to, int limit) {
                handler = to;
                return ring.read(adapter, limit);
            }
        };
    }

    @Override
    public Sender sender(Place place) throws IOException {
        RingBuffer ring = ring(new UnsafeBuffer(MappedFile.open(place.file(FILE))));
        return (sequence, payload) -> {
            int index = ring.tryClaim(TYPE, payload.length);
            if (index < 0) {
                return false;
            }
            ring.buffer().putLong(index, sequence);
            ring.buffer().putBytes(index + Long.BYTES, payload, Long.BYTES, payload.length - Long.BYTES);
            ring.commit(index);
            return true;
        };
    }

    private RingBuffer ring(UnsafeBuffer buffer) {
        return manyProducers ? new ManyToOneRingBuffer(buffer) : new OneToOneRingBuffer(buffer);
    }
}
