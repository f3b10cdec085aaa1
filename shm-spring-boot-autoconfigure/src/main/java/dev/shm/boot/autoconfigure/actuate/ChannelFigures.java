package dev.shm.boot.autoconfigure.actuate;

import dev.shm.ObjectFigures;
import org.jspecify.annotations.Nullable;

/** What there is to tell of a queue or topic, under the names that the core gives it. */
public enum ChannelFigures {
    /** Messages in it. */
    DEPTH("depth"),
    /** Bytes of ring. */
    CAPACITY("capacityBytes"),
    /** Bytes of ring in use. */
    USED("usedBytes"),
    /** The most bytes of ring ever in use. */
    HIGH_WATER("highWaterBytes"),
    /** Messages sent. */
    SENT("sent"),
    /** Messages acknowledged. */
    RECEIVED("received"),
    /** Bytes of the payloads of these. */
    RECEIVED_BYTES("receivedBytes"),
    /** Deliveries of what had been delivered before. */
    REDELIVERED("redelivered"),
    /** Messages dropped. */
    DROPPED("dropped"),
    /** Messages that became dead letters; queues only. */
    DEAD_LETTERED("deadLettered"),
    /** Dead letters that are there; queues only. */
    DEAD_LETTERS("deadLetters"),
    /** Subscriptions; topics only. */
    SUBSCRIBERS("subscribers"),
    /** Subscribers put out; topics only. */
    EVICTED("evicted");

    private final String name;

    ChannelFigures(String name) {
        this.name = name;
    }

    /** Its value, or null if it is not told of that object. */
    public @Nullable Long in(ObjectFigures described) {
        return described.figures().get(name) instanceof Long value ? value : null;
    }

    /** Whether an object is a queue or topic that has its name still. */
    public static boolean isChannel(ObjectFigures described) {
        return !described.object().destroyed()
                && (described.kind().equals("queue") || described.kind().equals("topic"));
    }
}
