package dev.shm.integration.dsl;

import dev.shm.integration.channel.AbstractSubscribableShmChannel;
import dev.shm.integration.support.ShmAckMode;
import dev.shm.integration.support.ShmBatchMode;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.springframework.integration.support.ErrorMessageStrategy;
import org.springframework.messaging.MessageChannel;

/**
 * What the specifications of channels with subscribers have in common.
 *
 * @param <S> the specification
 * @param <C> the channel
 */
public abstract class AbstractSubscribableShmChannelSpec<
                S extends AbstractSubscribableShmChannelSpec<S, C>, C extends AbstractSubscribableShmChannel>
        extends AbstractShmChannelSpec<S, C> {

    AbstractSubscribableShmChannelSpec(C channel) {
        super(channel);
    }

    /** See {@link AbstractSubscribableShmChannel#setConcurrency}. */
    public S concurrency(int threads) {
        channel.setConcurrency(threads);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setBatchSize}. */
    public S batchSize(int messages) {
        channel.setBatchSize(messages);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setBatchMode}. */
    public S batchMode(ShmBatchMode mode) {
        channel.setBatchMode(mode);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setAckMode}. */
    public S ackMode(ShmAckMode mode) {
        channel.setAckMode(mode);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setTaskExecutor}. */
    public S taskExecutor(Executor executor) {
        channel.setTaskExecutor(executor);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setMaxDeliveries}. */
    public S maxDeliveries(int deliveries) {
        channel.setMaxDeliveries(deliveries);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setMaxSubscribers}. */
    public S maxSubscribers(int most) {
        channel.setMaxSubscribers(most);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setShutdownTimeout}. */
    public S shutdownTimeout(Duration timeout) {
        channel.setShutdownTimeout(timeout);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setRecoveryInterval}. */
    public S recoveryInterval(Duration interval) {
        channel.setRecoveryInterval(interval);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setRedeliveryDelay} and {@link AbstractSubscribableShmChannel#setMaxRedeliveryDelay}. */
    public S redeliveryDelay(Duration first, Duration most) {
        channel.setRedeliveryDelay(first);
        channel.setMaxRedeliveryDelay(most);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setErrorChannel}. */
    public S errorChannel(MessageChannel errorChannel) {
        channel.setErrorChannel(errorChannel);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setErrorChannelName}. */
    public S errorChannel(String errorChannel) {
        channel.setErrorChannelName(errorChannel);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setErrorMessageStrategy}. */
    public S errorMessageStrategy(ErrorMessageStrategy strategy) {
        channel.setErrorMessageStrategy(strategy);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setAutoStartup}. */
    public S autoStartup(boolean wanted) {
        channel.setAutoStartup(wanted);
        return _this();
    }

    /** See {@link AbstractSubscribableShmChannel#setPhase}. */
    public S phase(int phase) {
        channel.setPhase(phase);
        return _this();
    }
}
