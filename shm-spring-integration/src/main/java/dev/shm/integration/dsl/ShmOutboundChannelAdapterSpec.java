package dev.shm.integration.dsl;

import dev.shm.integration.outbound.ShmMessageHandler;
import dev.shm.integration.support.ShmDestination;
import java.util.Map;
import java.util.function.Function;
import org.springframework.expression.Expression;
import org.springframework.integration.dsl.MessageHandlerSpec;
import org.springframework.integration.support.management.observation.MessageSenderObservationConvention;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;

/** Describes a {@link ShmMessageHandler}. */
public class ShmOutboundChannelAdapterSpec
        extends MessageHandlerSpec<ShmOutboundChannelAdapterSpec, ShmMessageHandler> {

    ShmOutboundChannelAdapterSpec(ShmDestination destination) {
        this.target = new ShmMessageHandler(destination);
    }

    ShmOutboundChannelAdapterSpec(Map<String, ShmDestination> destinations) {
        this.target = new ShmMessageHandler(destinations);
    }

    /** See {@link ShmMessageHandler#setDestinationExpressionString}. */
    public ShmOutboundChannelAdapterSpec destinationExpression(String expression) {
        target.setDestinationExpressionString(expression);
        return this;
    }

    /** See {@link ShmMessageHandler#setDestinationExpression}. */
    public ShmOutboundChannelAdapterSpec destinationExpression(Expression expression) {
        target.setDestinationExpression(expression);
        return this;
    }

    /** See {@link ShmMessageHandler#setDestinationFunction}. */
    public ShmOutboundChannelAdapterSpec destination(Function<Message<?>, ?> function) {
        target.setDestinationFunction(function);
        return this;
    }

    /** See {@link ShmMessageHandler#setSendTimeout}. */
    public ShmOutboundChannelAdapterSpec sendTimeout(long millis) {
        target.setSendTimeout(millis);
        return this;
    }

    /** See {@link ShmMessageHandler#setDiscardChannel}. */
    public ShmOutboundChannelAdapterSpec discardChannel(MessageChannel channel) {
        target.setDiscardChannel(channel);
        return this;
    }

    /** See {@link ShmMessageHandler#setDiscardChannelName}. */
    public ShmOutboundChannelAdapterSpec discardChannel(String channelName) {
        target.setDiscardChannelName(channelName);
        return this;
    }

    /** See {@link ShmMessageHandler#setSenderObservationConvention}. */
    public ShmOutboundChannelAdapterSpec senderObservationConvention(MessageSenderObservationConvention convention) {
        target.setSenderObservationConvention(convention);
        return this;
    }
}
