package dev.shm.integration.dsl;

import dev.shm.integration.inbound.ShmMessageSource;
import dev.shm.integration.support.ShmDestination;
import java.time.Duration;
import org.springframework.integration.dsl.MessageSourceSpec;

/** Describes a {@link ShmMessageSource}. */
public class ShmInboundChannelAdapterSpec extends MessageSourceSpec<ShmInboundChannelAdapterSpec, ShmMessageSource> {

    ShmInboundChannelAdapterSpec(ShmDestination source) {
        this.target = new ShmMessageSource(source);
    }

    /** See {@link ShmMessageSource#setReceiveTimeout}. */
    public ShmInboundChannelAdapterSpec receiveTimeout(Duration timeout) {
        target.setReceiveTimeout(timeout);
        return this;
    }

    /** See {@link ShmMessageSource#setMaxDeliveries}. */
    public ShmInboundChannelAdapterSpec maxDeliveries(int deliveries) {
        target.setMaxDeliveries(deliveries);
        return this;
    }
}
