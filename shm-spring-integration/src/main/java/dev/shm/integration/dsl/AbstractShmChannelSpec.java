package dev.shm.integration.dsl;

import dev.shm.integration.channel.AbstractShmChannel;
import org.springframework.integration.dsl.MessageChannelSpec;

/**
 * What the specifications of channels have in common.
 *
 * @param <S> the specification
 * @param <C> the channel
 */
public abstract class AbstractShmChannelSpec<S extends AbstractShmChannelSpec<S, C>, C extends AbstractShmChannel>
        extends MessageChannelSpec<S, C> {

    AbstractShmChannelSpec(C channel) {
        this.channel = channel;
    }

    @Override
    public S id(String id) {
        return super.id(id);
    }

    /** See {@link AbstractShmChannel#setSendTimeout}. */
    public S sendTimeout(long millis) {
        channel.setSendTimeout(millis);
        return _this();
    }
}
