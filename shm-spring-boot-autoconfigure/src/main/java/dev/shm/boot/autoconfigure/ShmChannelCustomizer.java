package dev.shm.boot.autoconfigure;

import dev.shm.integration.channel.AbstractShmChannel;
import dev.shm.integration.inbound.ShmMessageProducer;
import dev.shm.integration.outbound.ShmMessageHandler;
import dev.shm.queue.QueueType;
import dev.shm.queue.TopicType;
import org.springframework.messaging.Message;

/**
 * Changes channels of the configuration. Beans of this type are called in their order, for every channel, after the configuration has
 * been applied; so what they say counts. Override what you need.
 *
 * <pre>{@code
 * @Component
 * class OneProducer implements ShmChannelCustomizer {
 *     @Override
 *     public QueueType<Message<?>> customizeQueue(String name, QueueType<Message<?>> queue) {
 *         return name.equals("orders") ? queue.singleProducer() : queue;
 *     }
 * }
 * }</pre>
 */
public interface ShmChannelCustomizer {

    /** What the queue of that channel is opened as. */
    default QueueType<Message<?>> customizeQueue(String name, QueueType<Message<?>> queue) {
        return queue;
    }

    /** What the topic of that channel is opened as. */
    default TopicType<Message<?>> customizeTopic(String name, TopicType<Message<?>> topic) {
        return topic;
    }

    /** Called before the channel bean is initialised. */
    default void customizeChannel(String name, AbstractShmChannel channel) {}

    /** Called before the adapter that receives for a channel of the application is initialised. */
    default void customizeProducer(String name, ShmMessageProducer producer) {}

    /** Called before the handler that sends for a channel of the application is initialised. */
    default void customizeHandler(String name, ShmMessageHandler handler) {}
}
