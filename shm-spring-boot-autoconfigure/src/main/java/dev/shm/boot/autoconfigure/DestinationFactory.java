package dev.shm.boot.autoconfigure;

import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.codec.Codec;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.TopicType;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.springframework.messaging.Message;

/** Says which queue or topic a channel stands on, and of what type it is. */
final class DestinationFactory {

    private final BiFunction<String, Channel, Supplier<SharedMemory>> segments;
    private final PayloadCodecResolver codecs;
    private final ShmMessageMapper mapper;
    private final List<ShmChannelCustomizer> customizers;

    DestinationFactory(
            BiFunction<String, Channel, Supplier<SharedMemory>> segments,
            PayloadCodecResolver codecs,
            ShmMessageMapper mapper,
            List<ShmChannelCustomizer> customizers) {
        this.segments = segments;
        this.codecs = codecs;
        this.mapper = mapper;
        this.customizers = customizers;
    }

    ShmDestination create(String name, Channel channel) {
        Supplier<SharedMemory> segment = segments.apply(name, channel);
        Codec<Message<?>> codec = mapper.codec(codecs.resolve(name, channel));
        if (!channel.isTopic()) {
            return ShmDestination.queue(segment, channel.nameOr(name), queue(name, channel, codec));
        }
        ShmDestination topic = ShmDestination.topic(segment, channel.nameOr(name), topic(name, channel, codec));
        if (channel.subscription() != null) {
            topic = topic.subscription(channel.subscription());
        }
        return channel.fromOldest() ? topic.fromOldest() : topic;
    }

    private QueueType<Message<?>> queue(String name, Channel channel, Codec<Message<?>> codec) {
        QueueType<Message<?>> type = SharedQueue.of(codec)
                .capacityBytes(channel.capacity().toBytes())
                .priorities(channel.priorities())
                .full(channel.full())
                .waiting(channel.waiting());
        if (channel.deadLetter() != null) {
            type = type.deadLettersAfter(channel.maxDeliveries());
        }
        if (channel.visibilityTimeout() != null) {
            type = type.visibilityTimeout(channel.visibilityTimeout());
        }
        for (ShmChannelCustomizer customizer : customizers) {
            type = customizer.customizeQueue(name, type);
        }
        return type;
    }

    private TopicType<Message<?>> topic(String name, Channel channel, Codec<Message<?>> codec) {
        TopicType<Message<?>> type = SharedTopic.of(codec)
                .capacityBytes(channel.capacity().toBytes())
                .subscribers(channel.subscribers())
                .full(channel.full())
                .waiting(channel.waiting());
        if (channel.evictAfter() != null) {
            type = type.evictAfter(channel.evictAfter());
        }
        for (ShmChannelCustomizer customizer : customizers) {
            type = customizer.customizeTopic(name, type);
        }
        return type;
    }
}
