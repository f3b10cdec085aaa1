package dev.shm.integration.inbound;

import dev.shm.PeerInfo;
import dev.shm.SegmentListener;
import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.error.SharedMemoryException;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmErrorMessageStrategy;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmListener;
import dev.shm.integration.support.ShmListenerContainer;
import dev.shm.integration.support.ShmMessageConversionException;
import dev.shm.integration.support.ShmRemoteFailure;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.context.OrderlyShutdownCapable;
import org.springframework.integration.core.Pausable;
import org.springframework.integration.gateway.MessagingGatewaySupport;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/**
 * Takes requests from a queue, sends each to a flow, and sends what the flow replies to whoever asked: an inbound gateway. At the other
 * end is a {@link dev.shm.integration.outbound.ShmOutboundGateway}. Several of them, in several processes, share the work.
 *
 * <p>A request is acknowledged when its reply has been sent. If the flow throws and there is no error channel, it goes back and is
 * delivered again, to this or another process; after {@link #setMaxDeliveries} deliveries who asked is told that it could not be handled.
 * Who wants that at once sets one delivery. Where the queue has dead letters, it becomes one of these, and who asked hears nothing.
 *
 * <p>If who asked is gone, or does not take its replies, the reply is dropped, counted, and in the log. Any thread may start, stop and
 * pause it.
 */
public class ShmInboundGateway extends MessagingGatewaySupport implements Pausable, OrderlyShutdownCapable {

    private static final long DEFAULT_REPLY_SEND_TIMEOUT = 5_000;

    private final ShmDestination requests;
    private final ShmListenerContainer container;
    private final AtomicLong lostReplies = new AtomicLong();
    private final ReplySenders replySenders;
    private long replySendTimeout = DEFAULT_REPLY_SEND_TIMEOUT;
    private final ReentrantLock listening = new ReentrantLock();
    private boolean listens;
    private @Nullable SharedMemory listenedTo;

    /** A gateway that takes requests from that queue. */
    @SuppressWarnings("this-escape")
    public ShmInboundGateway(ShmDestination requests) {
        if (requests.isTopic()) {
            throw new IllegalArgumentException("requests come from a queue, and " + requests + " is a topic");
        }
        this.requests = requests;
        this.container = new ShmListenerContainer(requests, new Requests());
        this.container.setReopened(this::listenTo);
        this.replySenders = new ReplySenders(requests.codec());
        setErrorMessageStrategy(new ShmErrorMessageStrategy());
    }

    /** How replies are written; as requests if not said. The other side must say the same. */
    public void setReplyCodec(Codec<Message<?>> codec) {
        replySenders.setCodec(Objects.requireNonNull(codec));
    }

    /** How long to wait for room for a reply, in milliseconds; 5,000 if not said. */
    public void setReplySendTimeout(long millis) {
        this.replySendTimeout = millis;
    }

    /** How many requests are handled at once; 1 if not said. */
    public void setConcurrency(int threads) {
        container.setConcurrency(threads);
    }

    /** How often a request that fails is delivered where there are no dead letters; 10 if not said, 0 for as often as it takes. */
    public void setMaxDeliveries(int deliveries) {
        container.setMaxDeliveries(deliveries);
    }

    /** Runs the receiving threads, each of them until this stops. Threads of its own if not said; virtual ones will do. */
    public void setTaskExecutor(Executor executor) {
        container.setExecutor(executor);
    }

    /** How long stopping waits for requests that are being handled; 5 seconds if not said. */
    public void setShutdownTimeout(Duration timeout) {
        container.setShutdownTimeout(timeout);
    }

    /** How long to wait between attempts to open what cannot be received from; a second if not said. */
    public void setRecoveryInterval(Duration interval) {
        container.setRecoveryInterval(interval);
    }

    /** How long a request that has failed is kept before it goes back, doubled each time; 10 milliseconds if not said, 0 for at once. */
    public void setRedeliveryDelay(Duration delay) {
        container.setRedeliveryDelay(delay);
    }

    /** How long a request that has failed is kept at most before it goes back; a second if not said. */
    public void setMaxRedeliveryDelay(Duration delay) {
        container.setMaxRedeliveryDelay(delay);
    }

    /** How many replies nobody took. */
    public long getLostReplies() {
        return lostReplies.get();
    }

    @Override
    public String getComponentType() {
        return "shm:inbound-gateway";
    }

    @Override
    protected void onInit() {
        super.onInit();
        if (getComponentName() != null) {
            container.setName(getComponentName());
        }
    }

    @Override
    protected void doStart() {
        super.doStart();
        boolean started = false;
        try {
            listening.lock();
            try {
                listens = true;
            } finally {
                listening.unlock();
            }
            container.start();
            listenTo(requests.memory());
            started = true;
        } finally {
            if (!started) {
                container.stop();
                close();
            }
        }
    }

    /** Hears from now on of processes that leave the segment that the requests are in, and of those of no other one. */
    private void listenTo(SharedMemory memory) {
        listening.lock();
        try {
            if (!listens || memory == listenedTo) {
                return;
            }
            stopListening();
            memory.addListener(peers);
            listenedTo = memory;
        } finally {
            listening.unlock();
        }
        replySenders.removeOrphans(memory);
    }

    private void stopListening() {
        SharedMemory memory = listenedTo;
        if (memory != null) {
            memory.removeListener(peers);
            listenedTo = null;
        }
    }

    @Override
    protected void doStop() {
        super.doStop();
        container.stop();
        close();
    }

    @Override
    protected void doStop(Runnable callback) {
        super.doStop();
        container.stop(() -> {
            close();
            callback.run();
        });
    }

    private void close() {
        listening.lock();
        try {
            listens = false;
            stopListening();
        } finally {
            listening.unlock();
        }
        replySenders.close();
    }

    @Override
    public void pause() {
        container.pause();
    }

    @Override
    public void resume() {
        container.resume();
    }

    @Override
    public boolean isPaused() {
        return container.isPaused();
    }

    @Override
    public int beforeShutdown() {
        stop();
        return 0;
    }

    @Override
    public int afterShutdown() {
        return 0;
    }

    /** Removes the queues of those that are gone. */
    private final SegmentListener peers = new SegmentListener() {
        @Override
        public void peerDied(SharedMemory memory, PeerInfo peer) {
            replySenders.removeOrphans(memory);
        }

        @Override
        public void peerLeft(SharedMemory memory, PeerInfo peer) {
            replySenders.removeOrphans(memory);
        }
    };

    private final class Requests implements ShmListener {

        @Override
        public void onMessage(Message<?> request) {
            Message<?> stripped = getMessageBuilderFactory()
                    .fromMessage(request)
                    .removeHeaders(ShmHeaders.REPLY_TO, ShmHeaders.CORRELATION_ID)
                    .build();
            Message<?> reply = sendAndReceiveMessage(stripped);
            if (reply != null) {
                reply(request, reply);
            } else if (isLoggingEnabled() && logger.isDebugEnabled()) {
                logger.debug("There is no reply to " + request);
            }
        }

        @Override
        public boolean onUnreadable(ShmMessageConversionException failure) {
            MessageChannel errors = getErrorChannel();
            Message<?> request = failure.getFailedMessage();
            if (errors != null) {
                messagingTemplate.send(errors, buildErrorMessage(request, failure));
                return true;
            }
            return request != null && fail(request, failure);
        }

        @Override
        public boolean onExhausted(Message<?> request, Throwable failure) {
            return fail(request, failure);
        }

        /** Tells whoever asked; whether anybody did. */
        private boolean fail(Message<?> request, Throwable failure) {
            if (!(request.getHeaders().get(ShmHeaders.REPLY_TO) instanceof String)) {
                return false;
            }
            if (logger.isErrorEnabled()) {
                logger.error(failure, "A request from " + requests + " could not be handled, and who asked is told so");
            }
            reply(request, new GenericMessage<>(new ShmRemoteFailure(reason(failure))));
            return true;
        }

        private static String reason(Throwable failure) {
            if (failure instanceof ShmMessageConversionException) {
                return String.valueOf(failure.getMessage());
            }
            Throwable root = failure;
            while (root.getCause() != null && root.getCause() != root) {
                root = root.getCause();
            }
            return root.toString();
        }

        private void reply(Message<?> request, Message<?> reply) {
            Object replyTo = request.getHeaders().get(ShmHeaders.REPLY_TO);
            Object number = request.getHeaders().get(ShmHeaders.CORRELATION_ID);
            if (!(replyTo instanceof String name) || number == null) {
                if (logger.isDebugEnabled()) {
                    logger.debug("Nobody asked for a reply to " + request);
                }
                return;
            }
            Message<?> numbered = getMessageBuilderFactory()
                    .fromMessage(reply)
                    .setHeader(ShmHeaders.CORRELATION_ID, number)
                    .removeHeader(ShmHeaders.REPLY_TO)
                    .build();
            String problem;
            try {
                problem = replySenders.send(requests.memory(), name, numbered, replySendTimeout);
            } catch (SharedMemoryException e) {
                problem = e.getMessage();
            }
            if (problem != null) {
                lostReplies.incrementAndGet();
                if (logger.isWarnEnabled()) {
                    logger.warn("A reply to a request from " + requests + " is dropped: " + problem);
                }
            }
        }
    }
}
