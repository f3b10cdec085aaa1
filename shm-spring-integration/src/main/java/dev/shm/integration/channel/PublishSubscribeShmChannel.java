package dev.shm.integration.channel;

import dev.shm.integration.support.ShmDestination;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.integration.dispatcher.BroadcastingDispatcher;
import org.springframework.util.Assert;

/**
 * A channel that is a topic in shared memory: each message goes to all subscribers of all processes that have it.
 *
 * <p>A process subscribes to the topic when the channel starts and has a subscriber, and gets what is sent from then on. If the
 * destination names a {@linkplain ShmDestination#subscription subscription}, it is kept while the process is away, and one process at
 * a time has it. A message is acknowledged when all subscribers of this process have handled it; if one throws, those after it do not
 * get it, and it is delivered to all of them again, unless failures are {@linkplain #setIgnoreFailures ignored}. In a topic that
 * drops the oldest, messages are acknowledged when they are received, and one whose handler throws is lost.
 */
public class PublishSubscribeShmChannel extends AbstractSubscribableShmChannel {

    private final BroadcastingDispatcher dispatcher;

    /** A channel on that topic. */
    public PublishSubscribeShmChannel(ShmDestination topic) {
        this(topic, new BroadcastingDispatcher());
    }

    private PublishSubscribeShmChannel(ShmDestination topic, BroadcastingDispatcher dispatcher) {
        super(checkTopic(topic), dispatcher);
        this.dispatcher = dispatcher;
    }

    private static ShmDestination checkTopic(ShmDestination destination) {
        Assert.isTrue(
                destination.isTopic(),
                () -> destination
                        + " needs a SubscribableShmChannel or a PollableShmChannel: this channel is for a topic");
        return destination;
    }

    /** Whether a subscriber that throws is only logged, so that the others get the message all the same; it is not if not said. */
    public void setIgnoreFailures(boolean ignore) {
        dispatcher.setIgnoreFailures(ignore);
    }

    /** Whether the subscribers of this process get sequence numbers; they do not if not said. */
    public void setApplySequence(boolean apply) {
        dispatcher.setApplySequence(apply);
    }

    @Override
    protected void onInit() {
        super.onInit();
        if (getBeanFactory() != null) {
            dispatcher.setBeanFactory(getBeanFactory());
        }
    }

    @Override
    public IntegrationPatternType getIntegrationPatternType() {
        return IntegrationPatternType.publish_subscribe_channel;
    }

    @Override
    public String getComponentType() {
        return "shm:publish-subscribe-channel";
    }
}
