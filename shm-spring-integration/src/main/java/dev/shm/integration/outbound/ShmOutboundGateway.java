package dev.shm.integration.outbound;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.error.SharedMemoryException;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmListener;
import dev.shm.integration.support.ShmListenerContainer;
import dev.shm.integration.support.ShmMessageConversionException;
import dev.shm.integration.support.ShmRemoteFailure;
import dev.shm.integration.support.ShmReplyQueues;
import dev.shm.integration.support.ShmSender;
import dev.shm.queue.SharedQueue;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.MessageTimeoutException;
import org.springframework.integration.handler.AbstractReplyProducingMessageHandler;
import org.springframework.integration.support.management.ManageableLifecycle;
import org.springframework.integration.support.management.observation.MessageSenderObservationConvention;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageDeliveryException;
import org.springframework.messaging.MessageHandlingException;
import org.springframework.messaging.MessagingException;

/**
 * Sends requests to a queue, from which some process takes each and answers, and waits for the replies: an outbound gateway. At the other
 * end is a {@link dev.shm.integration.inbound.ShmInboundGateway}. Any thread may use it.
 *
 * <p>Replies come on a queue of this gateway's own in the same segment, which is there while it runs; if the process dies, others remove
 * it. A reply belongs to its request by a number. One that comes after the time was up is dropped, counted, and in the log as a
 * warning.
 *
 * <p>If there is no reply in time, the sender gets a {@link MessageTimeoutException}, unless no reply is {@linkplain
 * #setRequiresReply required}; if the other side says that it could not handle the request, a {@link MessageHandlingException}. With
 * {@link #setAsync} no thread waits: the flow goes on with the reply on the thread that receives replies.
 *
 * <p>It starts and stops with the endpoint that it belongs to, and refuses requests before. Who waits when it stops gets an exception.
 */
public class ShmOutboundGateway extends AbstractReplyProducingMessageHandler implements ManageableLifecycle {

    private static final long DEFAULT_TIMEOUT = 30_000;
    private static final long DEFAULT_REPLY_CAPACITY = 256 << 10;

    private final ShmDestination requests;
    private final ReentrantLock lifecycle = new ReentrantLock();
    private final Map<Long, Request> pending = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong lateReplies = new AtomicLong();
    private Codec<Message<?>> replyCodec;
    private long replyCapacity = DEFAULT_REPLY_CAPACITY;
    private long sendTimeout = DEFAULT_TIMEOUT;
    private long replyTimeout = DEFAULT_TIMEOUT;
    private int concurrency = 1;
    private @Nullable Executor executor;
    private @Nullable MessageSenderObservationConvention senderConvention;
    private volatile @Nullable Connection connection;

    /** A gateway that sends requests to that queue. */
    public ShmOutboundGateway(ShmDestination requests) {
        if (requests.isTopic()) {
            throw new IllegalArgumentException("requests go to a queue, and " + requests + " is a topic");
        }
        this.requests = requests;
        this.replyCodec = requests.codec();
        setRequiresReply(true);
    }

    /** How replies are written; as requests if not said. The other side must say the same. */
    public void setReplyCodec(Codec<Message<?>> codec) {
        this.replyCodec = Objects.requireNonNull(codec);
    }

    /** Bytes of ring of the queue for replies; 256 KiB if not said. See {@link dev.shm.queue.QueueType#capacityBytes}. */
    public void setReplyCapacity(long bytes) {
        this.replyCapacity = bytes;
    }

    /** How long to wait for room for a request, in milliseconds; 30,000 if not said, -1 for as long as it takes. */
    public void setRequestTimeout(long millis) {
        this.sendTimeout = millis;
    }

    /** How long to wait for a reply, in milliseconds; 30,000 if not said, -1 for as long as it takes. */
    public void setReplyTimeout(long millis) {
        this.replyTimeout = millis;
    }

    /** How many threads receive replies; 1 if not said. Matters if the flow goes on with the reply on them, see {@link #setAsync}. */
    public void setConcurrency(int threads) {
        this.concurrency = threads;
    }

    /** Runs the threads that receive replies. Threads of its own if not said; virtual ones will do. */
    public void setTaskExecutor(Executor executor) {
        this.executor = Objects.requireNonNull(executor);
    }

    /** Describes the observation of a send. */
    public void setSenderObservationConvention(MessageSenderObservationConvention convention) {
        this.senderConvention = Objects.requireNonNull(convention);
    }

    /** How many replies came too late. */
    public long getLateReplies() {
        return lateReplies.get();
    }

    @Override
    public String getComponentType() {
        return "shm:outbound-gateway";
    }

    // ------------------------------------------------------------------------------------------ lifecycle

    @Override
    public void start() {
        lifecycle.lock();
        try {
            if (connection == null) {
                connection = new Connection();
            }
        } finally {
            lifecycle.unlock();
        }
    }

    @Override
    public void stop() {
        Connection stopped;
        lifecycle.lock();
        try {
            stopped = connection;
            connection = null;
        } finally {
            lifecycle.unlock();
        }
        if (stopped != null) {
            stopped.close();
        }
        pending.keySet().forEach(number -> {
            Request request = pending.remove(number);
            if (request != null) {
                request.fail(new MessageDeliveryException(
                        request.message, "the gateway was stopped before the reply to a request had come"));
            }
        });
    }

    @Override
    public boolean isRunning() {
        return connection != null;
    }

    @Override
    public void destroy() {
        stop();
        super.destroy();
    }

    /** The queues as they are now; if their segment has ended and there is another one, those in that. */
    private Connection connection(Message<?> request) {
        Connection now = connection;
        if (now != null && now.memory.isOpen()) {
            return now;
        }
        lifecycle.lock();
        try {
            now = connection;
            if (now == null) {
                throw new MessageDeliveryException(
                        request,
                        "the gateway to " + requests + " is not running: start it, or the endpoint that it belongs to");
            }
            if (!now.isGood()) {
                now.close();
                now = new Connection();
                connection = now;
            }
            return now;
        } catch (SharedMemoryException e) {
            throw new MessageDeliveryException(
                    request, "cannot send a request to " + requests + ": " + e.getMessage(), e);
        } finally {
            lifecycle.unlock();
        }
    }

    /** What is open while this runs. */
    private final class Connection {

        final SharedMemory memory;
        final String replyTo;
        final ShmSender sender;
        private final ShmListenerContainer replies;

        Connection() {
            memory = requests.memory();
            ShmReplyQueues.removeOrphans(memory);
            replyTo = ShmReplyQueues.newName(memory);
            sender = new ShmSender(requests);
            replies = new ShmListenerContainer(
                    ShmDestination.queue(
                            memory, replyTo, SharedQueue.of(replyCodec).capacityBytes(replyCapacity)),
                    new Replies());
            replies.setOriginHeaders(false);
            replies.setMaxDeliveries(1);
            replies.setConcurrency(concurrency);
            if (getComponentName() != null) {
                replies.setName(getComponentName());
            }
            if (executor != null) {
                replies.setExecutor(executor);
            }
            boolean opened = false;
            try {
                sender.open();
                replies.start();
                opened = true;
            } finally {
                if (!opened) {
                    sender.close();
                }
            }
        }

        /** Good as well if there is nothing better. */
        boolean isGood() {
            return memory.isOpen() || requests.memory() == memory;
        }

        void close() {
            sender.close();
            replies.stop();
            if (memory.isOpen()) {
                try {
                    memory.destroy(replyTo);
                } catch (SharedMemoryException e) {
                    if (logger.isDebugEnabled()) {
                        logger.debug("The queue of replies of " + ShmOutboundGateway.this + " went before: "
                                + e.getMessage());
                    }
                }
            }
        }
    }

    // ------------------------------------------------------------------------------------------ requests

    /** One that waits for its reply. */
    private static final class Request {

        final Message<?> message;
        final CompletableFuture<@Nullable Message<?>> reply = new CompletableFuture<>();

        Request(Message<?> message) {
            this.message = message;
        }

        void fail(MessagingException failure) {
            reply.completeExceptionally(failure);
        }
    }

    @Override
    protected @Nullable Object handleRequestMessage(Message<?> message) {
        Connection used = connection(message);
        long number = numbers.incrementAndGet();
        Request request = new Request(message);
        Message<?> toSend = getMessageBuilderFactory()
                .fromMessage(message)
                .setHeader(ShmHeaders.REPLY_TO, used.replyTo)
                .setHeader(ShmHeaders.CORRELATION_ID, number)
                .build();
        pending.put(number, request);
        boolean sent = false;
        try {
            if (isObserved()) {
                ObservedSend.send(
                        toSend,
                        requests.name(),
                        senderConvention,
                        getObservationRegistry(),
                        carrier -> send(carrier, message, used.sender));
            } else {
                send(toSend, message, used.sender);
            }
            sent = true;
        } finally {
            if (!sent) {
                pending.remove(number);
            }
        }
        return isAsync() ? later(request, number) : await(request, number);
    }

    private void send(Message<?> toSend, Message<?> request, ShmSender sender) {
        boolean sent;
        try {
            sent = sender.sendAsPolicySays(toSend, sendTimeout);
        } catch (RuntimeException e) {
            throw new MessageDeliveryException(
                    request, "cannot send a request to " + requests + ": " + e.getMessage(), e);
        }
        if (!sent) {
            throw new MessageTimeoutException(
                    request, requests + " is full, and there was no room for a request for " + sendTimeout + " ms");
        }
    }

    private @Nullable Message<?> await(Request request, long number) {
        try {
            return replyTimeout < 0 ? request.reply.get() : request.reply.get(replyTimeout, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return noReply(request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MessageHandlingException(
                    request.message, "the thread was interrupted while it waited for a reply", e);
        } catch (ExecutionException e) {
            // That it was thrown on another thread helps nobody.
            throw e.getCause() instanceof MessagingException failure
                    ? failure
                    : new MessageHandlingException(request.message, "waiting for a reply failed", e);
        } finally {
            pending.remove(number);
        }
    }

    private @Nullable Message<?> noReply(Request request) {
        if (getRequiresReply()) {
            throw timeout(request);
        }
        return null;
    }

    private MessageTimeoutException timeout(Request request) {
        return new MessageTimeoutException(
                request.message, "no reply to a request to " + requests + " within " + replyTimeout + " ms");
    }

    @SuppressWarnings("FutureReturnValueIgnored") // What it comes to is in the other one.
    private CompletableFuture<@Nullable Message<?>> later(Request request, long number) {
        CompletableFuture<@Nullable Message<?>> later = new CompletableFuture<>();
        if (replyTimeout >= 0) {
            request.reply.orTimeout(replyTimeout, TimeUnit.MILLISECONDS);
        }
        request.reply.whenComplete((reply, failure) -> {
            pending.remove(number);
            if (failure == null) {
                later.complete(reply);
            } else if (!(failure instanceof TimeoutException)) {
                later.completeExceptionally(failure);
            } else if (getRequiresReply()) {
                later.completeExceptionally(timeout(request));
            } else {
                later.complete(null);
            }
        });
        return later;
    }

    // ------------------------------------------------------------------------------------------ replies

    private final class Replies implements ShmListener {

        @Override
        public void onMessage(Message<?> reply) {
            Request request = requestOf(reply);
            if (request == null) {
                late(reply);
            } else if (reply.getPayload() instanceof ShmRemoteFailure failure) {
                request.fail(new MessageHandlingException(
                        request.message, "a request to " + requests + " could not be handled: " + failure.reason()));
            } else {
                Message<?> stripped = getMessageBuilderFactory()
                        .fromMessage(reply)
                        .removeHeaders(ShmHeaders.CORRELATION_ID, ShmHeaders.DELIVERY_COUNT)
                        .build();
                if (!request.reply.complete(stripped)) {
                    late(reply);
                }
            }
        }

        private @Nullable Request requestOf(@Nullable Message<?> reply) {
            Object number = reply == null ? null : reply.getHeaders().get(ShmHeaders.CORRELATION_ID);
            return number instanceof Long known ? pending.get(known) : null;
        }

        private void late(Message<?> reply) {
            lateReplies.incrementAndGet();
            if (logger.isWarnEnabled()) {
                logger.warn("A reply from " + requests
                        + " came when nobody waited for it any more, and is dropped: request "
                        + reply.getHeaders().get(ShmHeaders.CORRELATION_ID));
            }
        }

        @Override
        public boolean onUnreadable(ShmMessageConversionException failure) {
            Request request = requestOf(failure.getFailedMessage());
            if (request == null) {
                return false;
            }
            request.fail(failure);
            return true;
        }
    }
}
