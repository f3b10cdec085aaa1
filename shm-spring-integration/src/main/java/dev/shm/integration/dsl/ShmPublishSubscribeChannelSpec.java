package dev.shm.integration.dsl;

import dev.shm.integration.channel.PublishSubscribeShmChannel;
import dev.shm.integration.support.ShmDestination;

/** Describes a {@link PublishSubscribeShmChannel}. */
public class ShmPublishSubscribeChannelSpec
        extends AbstractSubscribableShmChannelSpec<ShmPublishSubscribeChannelSpec, PublishSubscribeShmChannel> {

    ShmPublishSubscribeChannelSpec(ShmDestination topic) {
        super(new PublishSubscribeShmChannel(topic));
    }

    /** See {@link PublishSubscribeShmChannel#setIgnoreFailures}. */
    public ShmPublishSubscribeChannelSpec ignoreFailures(boolean ignore) {
        channel.setIgnoreFailures(ignore);
        return this;
    }

    /** See {@link PublishSubscribeShmChannel#setApplySequence}. */
    public ShmPublishSubscribeChannelSpec applySequence(boolean apply) {
        channel.setApplySequence(apply);
        return this;
    }
}
