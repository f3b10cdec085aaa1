package dev.shm.integration.dsl;

import dev.shm.codec.Codec;
import dev.shm.integration.outbound.ShmOutboundGateway;
import dev.shm.integration.support.ShmDestination;
import java.util.concurrent.Executor;
import org.springframework.integration.dsl.MessageHandlerSpec;
import org.springframework.integration.support.management.observation.MessageSenderObservationConvention;
import org.springframework.messaging.Message;

/** Describes a {@link ShmOutboundGateway}. */
public class ShmOutboundGatewaySpec extends MessageHandlerSpec<ShmOutboundGatewaySpec, ShmOutboundGateway> {

    ShmOutboundGatewaySpec(ShmDestination requests) {
        this.target = new ShmOutboundGateway(requests);
    }

    /** See {@link ShmOutboundGateway#setReplyCodec}. */
    public ShmOutboundGatewaySpec replyCodec(Codec<Message<?>> codec) {
        target.setReplyCodec(codec);
        return this;
    }

    /** See {@link ShmOutboundGateway#setReplyCapacity}. */
    public ShmOutboundGatewaySpec replyCapacity(long bytes) {
        target.setReplyCapacity(bytes);
        return this;
    }

    /** See {@link ShmOutboundGateway#setRequestTimeout}. */
    public ShmOutboundGatewaySpec requestTimeout(long millis) {
        target.setRequestTimeout(millis);
        return this;
    }

    /** See {@link ShmOutboundGateway#setReplyTimeout}. */
    public ShmOutboundGatewaySpec replyTimeout(long millis) {
        target.setReplyTimeout(millis);
        return this;
    }

    /** See {@link ShmOutboundGateway#setConcurrency}. */
    public ShmOutboundGatewaySpec concurrency(int threads) {
        target.setConcurrency(threads);
        return this;
    }

    /** See {@link ShmOutboundGateway#setTaskExecutor}. */
    public ShmOutboundGatewaySpec taskExecutor(Executor executor) {
        target.setTaskExecutor(executor);
        return this;
    }

    /** See {@link ShmOutboundGateway#setSenderObservationConvention}. */
    public ShmOutboundGatewaySpec senderObservationConvention(MessageSenderObservationConvention convention) {
        target.setSenderObservationConvention(convention);
        return this;
    }
}
