package dev.shm.integration.dsl;

import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.support.ShmDestination;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.dispatcher.LoadBalancingStrategy;

/** Describes a {@link SubscribableShmChannel}. */
public class ShmSubscribableChannelSpec
        extends AbstractSubscribableShmChannelSpec<ShmSubscribableChannelSpec, SubscribableShmChannel> {

    ShmSubscribableChannelSpec(ShmDestination queue) {
        super(new SubscribableShmChannel(queue));
    }

    /** See {@link SubscribableShmChannel#setFailover}. */
    public ShmSubscribableChannelSpec failover(boolean failover) {
        channel.setFailover(failover);
        return this;
    }

    /** See {@link SubscribableShmChannel#setFailoverStrategy}. */
    public ShmSubscribableChannelSpec failoverStrategy(Predicate<Exception> strategy) {
        channel.setFailoverStrategy(strategy);
        return this;
    }

    /** See {@link SubscribableShmChannel#setLoadBalancingStrategy}. */
    public ShmSubscribableChannelSpec loadBalancer(@Nullable LoadBalancingStrategy strategy) {
        channel.setLoadBalancingStrategy(strategy);
        return this;
    }
}
