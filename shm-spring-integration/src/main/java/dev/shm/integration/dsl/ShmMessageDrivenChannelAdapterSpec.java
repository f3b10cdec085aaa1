package dev.shm.integration.dsl;

import dev.shm.integration.inbound.ShmMessageProducer;
import dev.shm.integration.support.ShmAckMode;
import dev.shm.integration.support.ShmBatchMode;
import dev.shm.integration.support.ShmDestination;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.springframework.core.retry.RetryOperations;
import org.springframework.integration.core.RecoveryCallback;
import org.springframework.integration.dsl.MessageProducerSpec;

/** Describes a {@link ShmMessageProducer}. */
public class ShmMessageDrivenChannelAdapterSpec
        extends MessageProducerSpec<ShmMessageDrivenChannelAdapterSpec, ShmMessageProducer> {

    ShmMessageDrivenChannelAdapterSpec(ShmDestination source) {
        super(new ShmMessageProducer(source));
    }

    /** See {@link ShmMessageProducer#setConcurrency}. */
    public ShmMessageDrivenChannelAdapterSpec concurrency(int threads) {
        target.setConcurrency(threads);
        return this;
    }

    /** See {@link ShmMessageProducer#setBatchSize}. */
    public ShmMessageDrivenChannelAdapterSpec batchSize(int messages) {
        target.setBatchSize(messages);
        return this;
    }

    /** See {@link ShmMessageProducer#setBatchMode}. */
    public ShmMessageDrivenChannelAdapterSpec batchMode(ShmBatchMode mode) {
        target.setBatchMode(mode);
        return this;
    }

    /** See {@link ShmMessageProducer#setAckMode}. */
    public ShmMessageDrivenChannelAdapterSpec ackMode(ShmAckMode mode) {
        target.setAckMode(mode);
        return this;
    }

    /** See {@link ShmMessageProducer#setMaxDeliveries}. */
    public ShmMessageDrivenChannelAdapterSpec maxDeliveries(int deliveries) {
        target.setMaxDeliveries(deliveries);
        return this;
    }

    /** See {@link ShmMessageProducer#setTaskExecutor}. */
    public ShmMessageDrivenChannelAdapterSpec taskExecutor(Executor executor) {
        target.setTaskExecutor(executor);
        return this;
    }

    /** See {@link ShmMessageProducer#setShutdownTimeout}. */
    public ShmMessageDrivenChannelAdapterSpec shutdownTimeout(Duration timeout) {
        target.setShutdownTimeout(timeout);
        return this;
    }

    /** See {@link ShmMessageProducer#setRecoveryInterval}. */
    public ShmMessageDrivenChannelAdapterSpec recoveryInterval(Duration interval) {
        target.setRecoveryInterval(interval);
        return this;
    }

    /** See {@link ShmMessageProducer#setRedeliveryDelay} and {@link ShmMessageProducer#setMaxRedeliveryDelay}. */
    public ShmMessageDrivenChannelAdapterSpec redeliveryDelay(Duration first, Duration most) {
        target.setRedeliveryDelay(first);
        target.setMaxRedeliveryDelay(most);
        return this;
    }

    /** See {@link ShmMessageProducer#setRetryTemplate}. */
    public ShmMessageDrivenChannelAdapterSpec retryTemplate(RetryOperations template) {
        target.setRetryTemplate(template);
        return this;
    }

    /** See {@link ShmMessageProducer#setRecoveryCallback}. */
    public ShmMessageDrivenChannelAdapterSpec recoveryCallback(RecoveryCallback<?> callback) {
        target.setRecoveryCallback(callback);
        return this;
    }
}
