package dev.shm.benchmark.queue;

import io.aeron.Aeron;
import io.aeron.FragmentAssembler;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.protocol.DataHeaderFlyweight;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Aeron over shared memory. Its driver runs in the first consumer's process, with one thread, as its embedded form does. Senders
 * fill a claim in place, and receivers read in place, what fits into a fragment, which is as large as Aeron allows; anything
 * larger is offered, and put together by Aeron's assembler.
 */
final class AeronIpc implements Transport {

    private static final String CHANNEL = "aeron:ipc";
    private static final int STREAM = 1000;
    private static final int FRAGMENT_BYTES = 65504;
    private static final int LEAST_TERM_BYTES = 16 << 20;
    private static final int LONGEST_MESSAGE = 16 << 20;

    private Aeron aeron;

    @Override
    public String name() {
        return "aeron";
    }

    @Override
    public List<String> jvmOptions() {
        return AgronaRing.JVM_OPTIONS;
    }

    @Override
    public boolean can(Scenario scenario, int bytes) {
        return bytes <= LONGEST_MESSAGE && scenario != Scenario.TWO_TO_TWO;
    }

    @Override
    public Receiver receiver(Place place) {
        if (place.first()) {
            MediaDriver.launch(new MediaDriver.Context()
                    .aeronDirectoryName(directory(place))
                    .threadingMode(ThreadingMode.SHARED)
                    .ipcTermBufferLength(termBytes(place.bytes()))
                    .ipcMtuLength(FRAGMENT_BYTES)
                    .termBufferSparseFile(false));
        }
        Subscription subscription = connect(place).addSubscription(CHANNEL, STREAM + place.queue());
        BufferMessage message = new BufferMessage();
        return new Receiver() {

            private Handler handler = ignored -> {};
            private int messages;
            private final FragmentHandler adapter = (buffer, offset, length, header) -> {
                messages++;
                handler.onMessage(message.at(buffer, offset, length));
            };
            private final FragmentHandler fragments =
                    place.bytes() > largestFragment() ? new FragmentAssembler(adapter) : adapter;

            @Override
            public int poll(Handler to, int limit) {
                handler = to;
                messages = 0;
                subscription.poll(fragments, limit);
                return messages;
            }
        };
    }

    @Override
    public Sender sender(Place place) {
        Publication publication = place.shape().producers == 1
                ? connect(place).addExclusivePublication(CHANNEL, STREAM + place.queue())
                : connect(place).addPublication(CHANNEL, STREAM + place.queue());
        while (!publication.isConnected()) {
            Thread.onSpinWait();
        }
        if (place.bytes() > publication.maxPayloadLength()) {
            UnsafeBuffer message = new UnsafeBuffer(0, 0);
            return (sequence, payload) -> {
                if (message.byteArray() != payload) {
                    message.wrap(payload);
                }
                message.putLong(0, sequence);
                return sent(publication.offer(message));
            };
        }
        BufferClaim claim = new BufferClaim();
        return (sequence, payload) -> {
            if (!sent(publication.tryClaim(payload.length, claim))) {
                return false;
            }
            claim.buffer().putLong(claim.offset(), sequence);
            claim.buffer().putBytes(claim.offset() + Long.BYTES, payload, Long.BYTES, payload.length - Long.BYTES);
            claim.commit();
            return true;
        };
    }

    private static boolean sent(long result) {
        if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
            throw new IllegalStateException(Publication.errorString(result));
        }
        return result > 0;
    }

    private Aeron connect(Place place) {
        if (aeron == null) {
            aeron = Aeron.connect(new Aeron.Context()
                    .aeronDirectoryName(directory(place))
                    .keepAliveIntervalNs(TimeUnit.SECONDS.toNanos(1)));
        }
        return aeron;
    }

    private static String directory(Place place) {
        return place.directory().resolve("aeron").toString();
    }

    private static int largestFragment() {
        return FRAGMENT_BYTES - DataHeaderFlyweight.HEADER_LENGTH;
    }

    /**
     * Half of a term is what a sender may be ahead, until the driver looks again; a message may have an eighth of it. Of 1, 4, 16 and
     * 64 MiB, 16 was the fastest or as fast as any at every size.
     */
    private static int termBytes(int messageBytes) {
        return Math.max(LEAST_TERM_BYTES, 16 * Integer.highestOneBit(2 * messageBytes - 1));
    }
}
