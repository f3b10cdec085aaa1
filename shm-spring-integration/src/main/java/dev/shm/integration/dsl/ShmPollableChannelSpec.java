package dev.shm.integration.dsl;

import dev.shm.integration.channel.PollableShmChannel;
import dev.shm.integration.support.ShmDestination;

/** Describes a {@link PollableShmChannel}. */
public class ShmPollableChannelSpec extends AbstractShmChannelSpec<ShmPollableChannelSpec, PollableShmChannel> {

    ShmPollableChannelSpec(ShmDestination queue) {
        super(new PollableShmChannel(queue));
    }

    /** See {@link PollableShmChannel#setMaxDeliveries}. */
    public ShmPollableChannelSpec maxDeliveries(int deliveries) {
        channel.setMaxDeliveries(deliveries);
        return this;
    }
}
