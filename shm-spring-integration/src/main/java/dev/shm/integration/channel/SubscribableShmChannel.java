package dev.shm.integration.channel;

import dev.shm.integration.support.ShmDestination;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.dispatcher.LoadBalancingStrategy;
import org.springframework.integration.dispatcher.RoundRobinLoadBalancingStrategy;
import org.springframework.integration.dispatcher.UnicastingDispatcher;
import org.springframework.util.Assert;

/**
 * A channel that is a queue in shared memory: each message goes to one subscriber of one of the processes that have it. Processes
 * compete for messages; within a process, subscribers take turns, and if one throws, the next one is tried.
 *
 * <pre>{@code
 * @Bean
 * SubscribableShmChannel orders(SharedMemory desk) {
 *     return new SubscribableShmChannel(ShmDestination.queue(desk, "orders", Order.class));
 * }
 * }</pre>
 */
public class SubscribableShmChannel extends AbstractSubscribableShmChannel {

    private final UnicastingDispatcher dispatcher;

    /** A channel on that queue. */
    public SubscribableShmChannel(ShmDestination queue) {
        this(queue, new UnicastingDispatcher());
    }

    private SubscribableShmChannel(ShmDestination queue, UnicastingDispatcher dispatcher) {
        super(checkQueue(queue), dispatcher);
        this.dispatcher = dispatcher;
        this.dispatcher.setLoadBalancingStrategy(new RoundRobinLoadBalancingStrategy());
    }

    static ShmDestination checkQueue(ShmDestination destination) {
        Assert.isTrue(
                !destination.isTopic(),
                () -> destination + " needs a PublishSubscribeShmChannel: this channel is for a queue");
        return destination;
    }

    /** Whether the next subscriber of this process is tried if one throws; it is if not said. */
    public void setFailover(boolean failover) {
        dispatcher.setFailover(failover);
    }

    /** After which exceptions the next subscriber of this process is tried. */
    public void setFailoverStrategy(Predicate<Exception> strategy) {
        dispatcher.setFailoverStrategy(strategy);
    }

    /** In which order the subscribers of this process are tried; round-robin if not said, always the first for null. */
    public void setLoadBalancingStrategy(@Nullable LoadBalancingStrategy strategy) {
        dispatcher.setLoadBalancingStrategy(strategy);
    }

    @Override
    public String getComponentType() {
        return "shm:channel";
    }
}
