package dev.shm.integration.outbound;

import dev.shm.error.QueueFullException;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmSender;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.integration.MessageTimeoutException;
import org.springframework.integration.expression.ExpressionUtils;
import org.springframework.integration.handler.AbstractMessageHandler;
import org.springframework.integration.support.management.observation.MessageSenderObservationConvention;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageDeliveryException;
import org.springframework.util.Assert;

/**
 * Sends messages to a queue or topic, or to one of several that is chosen for each message: an outbound channel adapter. Any thread
 * may use it.
 *
 * <p>When the destination is full, its {@link dev.shm.queue.FullPolicy} says what happens. One that waits does so for the {@linkplain
 * #setSendTimeout send time-out}; then the message goes to the {@linkplain #setDiscardChannel discard channel}, and if there is none,
 * the sender gets a {@link MessageTimeoutException}. One that fails does either at once. A message that cannot be written, or could
 * never fit, is a {@link MessageDeliveryException} in any case.
 *
 * <p>A destination is opened, and created if need be, when the bean is initialised if it is the only one, else with its first message.
 * All are closed when the bean is destroyed.
 */
public class ShmMessageHandler extends AbstractMessageHandler {

    private static final long DEFAULT_SEND_TIMEOUT = 30_000;

    private final Map<String, ShmDestination> destinations = new HashMap<>();
    private final Map<ShmDestination, ShmSender> senders = new ConcurrentHashMap<>();
    private final @Nullable ShmSender only;
    private @Nullable Function<Message<?>, ?> choice;
    private @Nullable Expression expression;
    private @Nullable EvaluationContext evaluationContext;
    private long sendTimeout = DEFAULT_SEND_TIMEOUT;
    private @Nullable MessageChannel discardChannel;
    private @Nullable String discardChannelName;
    private @Nullable MessageSenderObservationConvention senderConvention;
    private volatile boolean destroyed;

    /** An adapter that sends there. */
    public ShmMessageHandler(ShmDestination destination) {
        this.only = new ShmSender(destination);
        this.destinations.put(destination.name(), destination);
    }

    /**
     * An adapter that sends to one of these; which, a {@linkplain #setDestinationExpression expression} or {@linkplain
     * #setDestinationFunction function} says, by the key here or the destination itself.
     */
    public ShmMessageHandler(Map<String, ShmDestination> destinations) {
        Assert.notEmpty(destinations, "'destinations' must not be empty");
        this.only = null;
        this.destinations.putAll(destinations);
    }

    /** Chooses the destination of each message: the key of one, or a {@link ShmDestination}. */
    public void setDestinationExpression(Expression destination) {
        this.expression = Objects.requireNonNull(destination);
    }

    /** As {@link #setDestinationExpression(Expression)}, in SpEL: {@code headers['region']}. */
    public void setDestinationExpressionString(String destination) {
        setDestinationExpression(EXPRESSION_PARSER.parseExpression(destination));
    }

    /** Chooses the destination of each message: the key of one, or a {@link ShmDestination}. */
    public void setDestinationFunction(Function<Message<?>, ?> destination) {
        this.choice = Objects.requireNonNull(destination);
    }

    /** How long to wait for room, in milliseconds; 30,000 if not said, -1 for as long as it takes. */
    public void setSendTimeout(long millis) {
        this.sendTimeout = millis;
    }

    /** Gets what there is no room for, instead of an exception. */
    public void setDiscardChannel(MessageChannel channel) {
        this.discardChannel = Objects.requireNonNull(channel);
    }

    /** As {@link #setDiscardChannel}, by the name of the bean. */
    public void setDiscardChannelName(String name) {
        Assert.hasText(name, "'discardChannelName' must not be empty");
        this.discardChannelName = name;
    }

    /** Describes the observation of a send. */
    public void setSenderObservationConvention(MessageSenderObservationConvention convention) {
        this.senderConvention = Objects.requireNonNull(convention);
    }

    @Override
    public String getComponentType() {
        return "shm:outbound-channel-adapter";
    }

    @Override
    public IntegrationPatternType getIntegrationPatternType() {
        return IntegrationPatternType.outbound_channel_adapter;
    }

    @Override
    protected void onInit() {
        super.onInit();
        boolean chooses = expression != null || choice != null;
        Assert.state(expression == null || choice == null, "give a destination expression or a function, not both");
        Assert.state(
                only != null || chooses, "with several destinations, a destinationExpression or Function must choose");
        Assert.state(only == null || !chooses, "there is one destination: nothing is to be chosen");
        if (expression != null) {
            evaluationContext = ExpressionUtils.createStandardEvaluationContext(getBeanFactory());
        }
        if (only != null) {
            only.open();
        }
    }

    @Override
    protected void handleMessageInternal(Message<?> message) {
        ShmSender sender = only != null ? only : sender(message);
        if (isObserved()) {
            ObservedSend.send(
                    message,
                    sender.destination().name(),
                    senderConvention,
                    getObservationRegistry(),
                    carrier -> send(carrier, sender));
        } else {
            send(message, sender);
        }
    }

    private void send(Message<?> message, ShmSender sender) {
        RuntimeException full = null;
        try {
            if (sender.sendAsPolicySays(message, sendTimeout)) {
                return;
            }
        } catch (QueueFullException e) {
            full = e;
        } catch (RuntimeException e) {
            throw new MessageDeliveryException(
                    message, "cannot send to " + sender.destination() + ": " + e.getMessage(), e);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new MessageDeliveryException(
                    message, "the thread was interrupted while it waited for room in " + sender.destination());
        }
        MessageChannel discards = findDiscardChannel();
        if (discards == null) {
            throw full(message, sender, full);
        }
        if (isLoggingEnabled() && logger.isDebugEnabled()) {
            logger.debug(sender.destination() + " is full, so a message is discarded: " + message);
        }
        if (!discards.send(message)) {
            throw full(message, sender, full);
        }
    }

    private MessageDeliveryException full(Message<?> message, ShmSender sender, @Nullable RuntimeException cause) {
        String what = sender.destination() + " is full"
                + (cause == null ? ", and there was no room for " + sendTimeout + " ms" : "")
                + ". Receive faster, create it with a larger capacityBytes(...), wait longer, or give a discard channel.";
        return cause == null
                ? new MessageTimeoutException(message, what)
                : new MessageDeliveryException(message, what, cause);
    }

    private ShmSender sender(Message<?> message) {
        Object chosen = choice != null
                ? choice.apply(message)
                : Objects.requireNonNull(expression).getValue(Objects.requireNonNull(evaluationContext), message);
        ShmDestination destination = chosen instanceof ShmDestination given
                ? given
                : chosen == null ? null : destinations.get(chosen.toString());
        if (destination == null) {
            throw new MessageDeliveryException(
                    message,
                    "there is no destination '" + chosen + "'. There are " + new TreeSet<>(destinations.keySet())
                            + ".");
        }
        ShmSender sender = senders.computeIfAbsent(destination, ShmSender::new);
        if (destroyed) {
            sender.close();
        }
        return sender;
    }

    private @Nullable MessageChannel findDiscardChannel() {
        String name = discardChannelName;
        if (discardChannel == null && name != null) {
            discardChannel = getChannelResolver().resolveDestination(name);
        }
        return discardChannel;
    }

    @Override
    public void destroy() {
        destroyed = true;
        if (only != null) {
            only.close();
        }
        senders.values().forEach(ShmSender::close);
        super.destroy();
    }
}
