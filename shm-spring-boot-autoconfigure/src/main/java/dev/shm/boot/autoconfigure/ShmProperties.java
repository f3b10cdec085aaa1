package dev.shm.boot.autoconfigure;

import dev.shm.OnCreatorLost;
import dev.shm.OnStale;
import dev.shm.Role;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.util.unit.DataSize;

/**
 * What is configured under {@code shm}. Immutable. It is read from the environment when beans are registered, and is not a bean.
 *
 * @param directory Directory that holds the segments, on a local file system and open to this user alone.
 * @param segments Segments by name. Each is a SharedMemory bean of that name.
 * @param channels Channels by name. Each is a MessageChannel bean of that name.
 */
@ConfigurationProperties("shm")
public record ShmProperties(
        @Nullable String directory,
        @DefaultValue Map<String, Segment> segments,
        @DefaultValue Map<String, Channel> channels) {

    static final String PREFIX = "shm";
    static final String SEGMENTS = "shm.segments";
    static final String CHANNELS = "shm.channels";

    /** The key of that segment. */
    static String segmentKey(String segment) {
        return SEGMENTS + "." + segment;
    }

    /** The key of that channel. */
    static String channelKey(String channel) {
        return CHANNELS + "." + channel;
    }

    /**
     * A segment.
     *
     * @param size Size, all of it taken from the file system at once. Who finds the segment made already accepts a larger one.
     * @param role What this process is to the segment.
     * @param hashSeed Seed of hashes over keys. A new segment gets it, and one that exists must have it.
     * @param onStale What a creator does with the segment of a dead one.
     * @param onCreatorLost What a consumer does when the creator dies.
     * @param attachTimeout How long a consumer waits for the creator, and anybody for others that open or close the segment.
     * @param closeGrace How long a creator that closes waits for the others to leave.
     * @param slots How many processes can be attached at once.
     * @param group Group whose members may use the directory and the segment too.
     */
    public record Segment(
            @Nullable DataSize size,
            @DefaultValue("peer") Role role,
            @Nullable Long hashSeed,
            @DefaultValue("recreate") OnStale onStale,
            @DefaultValue("keep") OnCreatorLost onCreatorLost,
            @DefaultValue("30s") Duration attachTimeout,
            @DefaultValue("1s") Duration closeGrace,
            @DefaultValue("64") int slots,
            @Nullable String group) {}

    /**
     * A channel.
     *
     * @param segment Segment that holds the queue or topic. May be left out if there is one segment only.
     * @param name Name of the queue or topic in the segment.
     * @param kind Whether each message goes to one consumer or to every subscriber.
     * @param pollable Whether messages are fetched by pollers, instead of being handed to subscribers.
     * @param capacity Size of the ring, for each priority.
     * @param priorities How many priorities there are.
     * @param payloadType Class of the payloads.
     * @param registeredTypes Further classes that may be in a payload, for the codec kryo.
     * @param codec How payloads are written. One of kryo, json, string, bytes and ndarray, or the name of a Codec bean.
     * @param full What sending does when there is no room.
     * @param offerTimeout How long sending waits for room, where it waits.
     * @param ack Who acknowledges messages.
     * @param maxDeliveries How often a message that fails is delivered; 0 for as often as it takes.
     * @param redeliveryDelay How long a message that has failed is kept before it is delivered again, doubled each time.
     * @param maxRedeliveryDelay How long a message that has failed is kept at most before it is delivered again.
     * @param deadLetter Channel that gets the messages that failed too often.
     * @param visibilityTimeout How long a consumer may keep a message before it is given to another one.
     * @param concurrency How many threads receive.
     * @param batchSize How many messages a subscriber gets at once.
     * @param waiting How threads wait for messages and for room.
     * @param subscription Name of the subscription, which is kept with what it has not read while the process is away.
     * @param fromOldest Whether a new subscription begins with the oldest message that is still there.
     * @param subscribers The most subscribers of a topic.
     * @param evictAfter How long a subscriber may hold the others up before it is put out.
     * @param channel Channel of the application that is wired to the queue or topic, instead of a new one.
     * @param direction Whether that channel gets the messages that are received, or sends those that it gets.
     */
    public record Channel(
            @Nullable String segment,
            @Nullable String name,
            @DefaultValue("queue") Kind kind,
            @DefaultValue("false") boolean pollable,
            @DefaultValue("4MB") DataSize capacity,
            @DefaultValue("1") int priorities,
            @Nullable String payloadType,
            @DefaultValue List<String> registeredTypes,
            @DefaultValue("kryo") String codec,
            @DefaultValue("block") FullPolicy full,
            @DefaultValue("5s") Duration offerTimeout,
            @DefaultValue("auto") Ack ack,
            @DefaultValue("10") int maxDeliveries,
            @DefaultValue("10ms") Duration redeliveryDelay,
            @DefaultValue("1s") Duration maxRedeliveryDelay,
            @Nullable String deadLetter,
            @Nullable Duration visibilityTimeout,
            @DefaultValue("1") int concurrency,
            @DefaultValue("1") int batchSize,
            @Name("wait") @DefaultValue("block") Waiting waiting,
            @Nullable String subscription,
            @DefaultValue("false") boolean fromOldest,
            @DefaultValue("64") int subscribers,
            @Nullable Duration evictAfter,
            @Nullable String channel,
            @DefaultValue("inbound") Direction direction) {

        boolean isTopic() {
            return kind == Kind.TOPIC;
        }

        /** Its name in the segment, where that of the bean counts if nothing else is said. */
        String nameOr(String bean) {
            return name == null ? bean : name;
        }
    }

    /** Who gets a message. */
    public enum Kind {
        /** One consumer. */
        QUEUE,
        /** Every subscriber. */
        TOPIC
    }

    /** Who acknowledges. */
    public enum Ack {
        /** The channel, when the flow has returned. */
        AUTO,
        /** The flow, by the header {@code acknowledgmentCallback}. */
        MANUAL
    }

    /** Which way messages go between a queue or topic and a channel of the application. */
    public enum Direction {
        /** What is received goes to the channel. */
        INBOUND,
        /** What the channel gets is sent. */
        OUTBOUND
    }
}
