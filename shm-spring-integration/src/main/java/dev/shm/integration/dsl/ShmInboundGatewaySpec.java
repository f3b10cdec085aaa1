package dev.shm.integration.dsl;

import dev.shm.codec.Codec;
import dev.shm.integration.inbound.ShmInboundGateway;
import dev.shm.integration.support.ShmDestination;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.springframework.integration.dsl.MessagingGatewaySpec;
import org.springframework.messaging.Message;

/** Describes a {@link ShmInboundGateway}. */
public class ShmInboundGatewaySpec extends MessagingGatewaySpec<ShmInboundGatewaySpec, ShmInboundGateway> {

    ShmInboundGatewaySpec(ShmDestination requests) {
        super(new ShmInboundGateway(requests));
    }

    /** See {@link ShmInboundGateway#setReplyCodec}. */
    public ShmInboundGatewaySpec replyCodec(Codec<Message<?>> codec) {
        target.setReplyCodec(codec);
        return this;
    }

    /** See {@link ShmInboundGateway#setReplySendTimeout}. */
    public ShmInboundGatewaySpec replySendTimeout(long millis) {
        target.setReplySendTimeout(millis);
        return this;
    }

    /** See {@link ShmInboundGateway#setConcurrency}. */
    public ShmInboundGatewaySpec concurrency(int threads) {
        target.setConcurrency(threads);
        return this;
    }

    /** See {@link ShmInboundGateway#setMaxDeliveries}. */
    public ShmInboundGatewaySpec maxDeliveries(int deliveries) {
        target.setMaxDeliveries(deliveries);
        return this;
    }

    /** See {@link ShmInboundGateway#setTaskExecutor}. */
    public ShmInboundGatewaySpec taskExecutor(Executor executor) {
        target.setTaskExecutor(executor);
        return this;
    }

    /** See {@link ShmInboundGateway#setShutdownTimeout}. */
    public ShmInboundGatewaySpec shutdownTimeout(Duration timeout) {
        target.setShutdownTimeout(timeout);
        return this;
    }

    /** See {@link ShmInboundGateway#setRecoveryInterval}. */
    public ShmInboundGatewaySpec recoveryInterval(Duration interval) {
        target.setRecoveryInterval(interval);
        return this;
    }

    /** See {@link ShmInboundGateway#setRedeliveryDelay} and {@link ShmInboundGateway#setMaxRedeliveryDelay}. */
    public ShmInboundGatewaySpec redeliveryDelay(Duration first, Duration most) {
        target.setRedeliveryDelay(first);
        target.setMaxRedeliveryDelay(most);
        return this;
    }
}
