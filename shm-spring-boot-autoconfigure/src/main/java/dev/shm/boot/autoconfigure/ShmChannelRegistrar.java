package dev.shm.boot.autoconfigure;

import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.boot.autoconfigure.ShmProperties.Direction;
import dev.shm.integration.channel.PollableShmChannel;
import dev.shm.integration.channel.PublishSubscribeShmChannel;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.inbound.ShmMessageProducer;
import dev.shm.integration.outbound.ShmMessageHandler;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;
import org.springframework.integration.config.ConsumerEndpointFactoryBean;

/** Registers the beans of each channel of the configuration, under the names that the framework gives to such beans. */
final class ShmChannelRegistrar implements BeanRegistrar {

    static final String ADAPTER = ".adapter";
    static final String HANDLER = ".handler";
    static final String DEAD_LETTERS = ".deadLetters";

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        ShmPropertiesReader.read(environment).channels().forEach((name, channel) -> register(registry, name, channel));
    }

    private static void register(BeanRegistry registry, String name, Channel channel) {
        if (channel.channel() == null) {
            registerChannel(registry, name, channel);
        } else if (channel.direction() == Direction.INBOUND) {
            register(registry, name + ADAPTER, ShmMessageProducer.class, name, channel, ChannelFactory::producer);
        } else {
            String handler = name + HANDLER;
            register(registry, handler, ShmMessageHandler.class, name, channel, ChannelFactory::handler);
            registry.registerBean(
                    name + ADAPTER,
                    ConsumerEndpointFactoryBean.class,
                    spec -> spec.description(ShmProperties.channelKey(name))
                            .supplier(context ->
                                    ChannelFactory.endpoint(channel, context.bean(handler, ShmMessageHandler.class))));
        }
        if (channel.deadLetter() != null && receives(channel)) {
            register(
                    registry,
                    name + DEAD_LETTERS,
                    ShmMessageProducer.class,
                    name,
                    channel,
                    ChannelFactory::deadLetters);
        }
    }

    /** Names of the beans that are registered for a channel. */
    static List<String> beans(String name, Channel channel) {
        List<String> beans = new ArrayList<>();
        if (channel.channel() == null) {
            beans.add(name);
        } else {
            beans.add(name + ADAPTER);
            if (channel.direction() == Direction.OUTBOUND) {
                beans.add(name + HANDLER);
            }
        }
        if (channel.deadLetter() != null && receives(channel)) {
            beans.add(name + DEAD_LETTERS);
        }
        return beans;
    }

    /** Whether this process receives from it; who only sends has no dead letters. */
    static boolean receives(Channel channel) {
        return channel.channel() == null || channel.direction() == Direction.INBOUND;
    }

    private static void registerChannel(BeanRegistry registry, String name, Channel channel) {
        if (channel.isTopic()) {
            register(registry, name, PublishSubscribeShmChannel.class, name, channel, ChannelFactory::publishSubscribe);
        } else if (channel.pollable()) {
            register(registry, name, PollableShmChannel.class, name, channel, ChannelFactory::pollable);
        } else {
            register(registry, name, SubscribableShmChannel.class, name, channel, ChannelFactory::subscribable);
        }
    }

    private static <T> void register(
            BeanRegistry registry, String bean, Class<T> type, String name, Channel channel, Maker<T> maker) {
        registry.registerBean(
                bean,
                type,
                spec -> spec.description(ShmProperties.channelKey(name))
                        .supplier(context -> maker.make(context.bean(ChannelFactory.class), name, channel)));
    }

    private interface Maker<T> {
        T make(ChannelFactory factory, String name, Channel channel);
    }
}
