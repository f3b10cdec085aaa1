package dev.shm.boot.autoconfigure;

import dev.shm.boot.autoconfigure.ShmProperties.Ack;
import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.integration.channel.AbstractShmChannel;
import dev.shm.integration.channel.AbstractSubscribableShmChannel;
import dev.shm.integration.channel.PollableShmChannel;
import dev.shm.integration.channel.PublishSubscribeShmChannel;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.inbound.ShmMessageProducer;
import dev.shm.integration.outbound.ShmMessageHandler;
import dev.shm.integration.support.ShmAckMode;
import java.util.List;
import java.util.Objects;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.integration.config.ConsumerEndpointFactoryBean;

/** Makes the beans of the channels that are configured; the context initialises them. */
final class ChannelFactory {

    private final DestinationFactory destinations;
    private final boolean virtualThreads;
    private final List<ShmChannelCustomizer> customizers;

    ChannelFactory(DestinationFactory destinations, boolean virtualThreads, List<ShmChannelCustomizer> customizers) {
        this.destinations = destinations;
        this.virtualThreads = virtualThreads;
        this.customizers = customizers;
    }

    SubscribableShmChannel subscribable(String name, Channel channel) {
        SubscribableShmChannel made = new SubscribableShmChannel(destinations.create(name, channel));
        configure(name, channel, made);
        return made;
    }

    PublishSubscribeShmChannel publishSubscribe(String name, Channel channel) {
        PublishSubscribeShmChannel made = new PublishSubscribeShmChannel(destinations.create(name, channel));
        configure(name, channel, made);
        return made;
    }

    PollableShmChannel pollable(String name, Channel channel) {
        PollableShmChannel made = new PollableShmChannel(destinations.create(name, channel));
        made.setMaxDeliveries(channel.maxDeliveries());
        finish(name, channel, made);
        return made;
    }

    private void configure(String name, Channel channel, AbstractSubscribableShmChannel made) {
        made.setConcurrency(channel.concurrency());
        made.setBatchSize(channel.batchSize());
        made.setAckMode(ackMode(channel));
        made.setMaxDeliveries(channel.maxDeliveries());
        made.setRedeliveryDelay(channel.redeliveryDelay());
        made.setMaxRedeliveryDelay(channel.maxRedeliveryDelay());
        if (virtualThreads) {
            made.setTaskExecutor(new VirtualThreadTaskExecutor(name + "-"));
        }
        finish(name, channel, made);
    }

    private void finish(String name, Channel channel, AbstractShmChannel made) {
        made.setSendTimeout(channel.offerTimeout().toMillis());
        customizers.forEach(customizer -> customizer.customizeChannel(name, made));
    }

    /** Receives for a channel that the application has. */
    ShmMessageProducer producer(String name, Channel channel) {
        ShmMessageProducer producer = new ShmMessageProducer(destinations.create(name, channel));
        producer.setOutputChannelName(Objects.requireNonNull(channel.channel()));
        producer.setConcurrency(channel.concurrency());
        producer.setBatchSize(channel.batchSize());
        producer.setAckMode(ackMode(channel));
        producer.setMaxDeliveries(channel.maxDeliveries());
        setRedelivery(channel, producer);
        useVirtualThreads(name, producer);
        customizers.forEach(customizer -> customizer.customizeProducer(name, producer));
        return producer;
    }

    /** Sends what a channel that the application has gets. */
    ShmMessageHandler handler(String name, Channel channel) {
        ShmMessageHandler handler = new ShmMessageHandler(destinations.create(name, channel));
        handler.setSendTimeout(channel.offerTimeout().toMillis());
        customizers.forEach(customizer -> customizer.customizeHandler(name, handler));
        return handler;
    }

    /** Gives the handler what that channel gets. */
    static ConsumerEndpointFactoryBean endpoint(Channel channel, ShmMessageHandler handler) {
        ConsumerEndpointFactoryBean endpoint = new ConsumerEndpointFactoryBean();
        endpoint.setInputChannelName(Objects.requireNonNull(channel.channel()));
        endpoint.setHandler(handler);
        return endpoint;
    }

    /** Sends dead letters on to the channel that is to get them, until it takes them. */
    ShmMessageProducer deadLetters(String name, Channel channel) {
        ShmMessageProducer producer =
                new ShmMessageProducer(destinations.create(name, channel).deadLetters());
        producer.setOutputChannelName(Objects.requireNonNull(channel.deadLetter()));
        producer.setMaxDeliveries(0);
        setRedelivery(channel, producer);
        useVirtualThreads(name + "-dead-letters", producer);
        return producer;
    }

    private static void setRedelivery(Channel channel, ShmMessageProducer producer) {
        producer.setRedeliveryDelay(channel.redeliveryDelay());
        producer.setMaxRedeliveryDelay(channel.maxRedeliveryDelay());
    }

    private void useVirtualThreads(String name, ShmMessageProducer producer) {
        if (virtualThreads) {
            producer.setTaskExecutor(new VirtualThreadTaskExecutor(name + "-"));
        }
    }

    private static ShmAckMode ackMode(Channel channel) {
        return channel.ack() == Ack.MANUAL ? ShmAckMode.MANUAL : ShmAckMode.AUTO;
    }
}
