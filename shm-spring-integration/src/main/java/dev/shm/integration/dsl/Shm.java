package dev.shm.integration.dsl;

import dev.shm.integration.support.ShmDestination;
import java.util.Map;

/**
 * Channels, adapters and gateways on shared memory for the Java DSL.
 *
 * <pre>{@code
 * IntegrationFlow.from(Shm.messageDrivenChannelAdapter(orders).concurrency(2))
 *         .handle(Order.class, (order, headers) -> desk.book(order))
 *         .handle(Shm.outboundChannelAdapter(bookings))
 *         .get();
 * }</pre>
 */
public final class Shm {

    private Shm() {}

    /** A channel that is a queue, with subscribers. */
    public static ShmSubscribableChannelSpec subscribableChannel(ShmDestination queue) {
        return new ShmSubscribableChannelSpec(queue);
    }

    /** As {@link #subscribableChannel(ShmDestination)}, with the name of its bean. */
    public static ShmSubscribableChannelSpec subscribableChannel(String id, ShmDestination queue) {
        return subscribableChannel(queue).id(id);
    }

    /** A channel that is a queue, to be polled. */
    public static ShmPollableChannelSpec pollableChannel(ShmDestination queue) {
        return new ShmPollableChannelSpec(queue);
    }

    /** As {@link #pollableChannel(ShmDestination)}, with the name of its bean. */
    public static ShmPollableChannelSpec pollableChannel(String id, ShmDestination queue) {
        return pollableChannel(queue).id(id);
    }

    /** A channel that is a topic. */
    public static ShmPublishSubscribeChannelSpec publishSubscribeChannel(ShmDestination topic) {
        return new ShmPublishSubscribeChannelSpec(topic);
    }

    /** As {@link #publishSubscribeChannel(ShmDestination)}, with the name of its bean. */
    public static ShmPublishSubscribeChannelSpec publishSubscribeChannel(String id, ShmDestination topic) {
        return publishSubscribeChannel(topic).id(id);
    }

    /** Receives from a queue or topic as soon as there is something. */
    public static ShmMessageDrivenChannelAdapterSpec messageDrivenChannelAdapter(ShmDestination source) {
        return new ShmMessageDrivenChannelAdapterSpec(source);
    }

    /** Receives from a queue or topic when it is polled. */
    public static ShmInboundChannelAdapterSpec inboundChannelAdapter(ShmDestination source) {
        return new ShmInboundChannelAdapterSpec(source);
    }

    /** Sends to a queue or topic. */
    public static ShmOutboundChannelAdapterSpec outboundChannelAdapter(ShmDestination destination) {
        return new ShmOutboundChannelAdapterSpec(destination);
    }

    /** Sends to one of several queues or topics, which must be chosen by an expression or a function. */
    public static ShmOutboundChannelAdapterSpec outboundChannelAdapter(Map<String, ShmDestination> destinations) {
        return new ShmOutboundChannelAdapterSpec(destinations);
    }

    /** Answers requests from a queue. */
    public static ShmInboundGatewaySpec inboundGateway(ShmDestination requests) {
        return new ShmInboundGatewaySpec(requests);
    }

    /** Sends requests to a queue and waits for the replies. */
    public static ShmOutboundGatewaySpec outboundGateway(ShmDestination requests) {
        return new ShmOutboundGatewaySpec(requests);
    }
}
