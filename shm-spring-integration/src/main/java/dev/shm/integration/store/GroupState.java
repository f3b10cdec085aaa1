package dev.shm.integration.store;

import dev.shm.error.CodecException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a store knows of a group: the value of one entry of a map, which is replaced as a whole, so that each change happens or does
 * not. Which messages the group has is said here and nowhere else; the messages are entries of another map, under the group's number
 * and a number of their own.
 *
 * <pre>
 *   version u8 | flags u8 | last released i32 | condition i32 length (-1: none), UTF-8
 *   instance i64 | created i64 | modified i64 | next i64
 *   count i32 | count * (id 2 * i64, number i64) | doomed i32 | doomed * i64
 * </pre>
 *
 * Used by one thread.
 */
final class GroupState {

    private static final byte VERSION = 1;
    private static final int COMPLETE = 1;
    private static final int GONE = 2;
    private static final int FIXED_BYTES = 2 + 2 * 4 + 4 * 8 + 2 * 4;
    private static final int MEMBER_BYTES = 3 * 8;

    /** Tells this group from one of the same name that was there before, or will be after it. */
    final long instance;

    final long created;
    long modified;
    boolean complete;
    /** There is no such group: it is being made, or was removed. What is left of it belongs to nobody. */
    boolean gone;

    int lastReleased;

    @Nullable
    String condition;
    /** Number of the next message. Where a process died that added some, there are messages from here on that belong to nobody. */
    long next;
    /** Ids of messages, and their numbers, in the order in which they came. */
    final Map<UUID, Long> members = new LinkedHashMap<>();
    /** Numbers of messages that the group has not any more, though they may still be there. */
    final List<Long> doomed = new ArrayList<>();

    GroupState(long instance, long now) {
        this(instance, now, now);
    }

    private GroupState(long instance, long created, long modified) {
        this.instance = instance;
        this.created = created;
        this.modified = modified;
    }

    UUID keyOf(long number) {
        return new UUID(instance, number);
    }

    /** Takes messages from the group; returns whether it had any of them. */
    boolean doom(Collection<UUID> ids) {
        boolean any = false;
        for (UUID id : ids) {
            Long number = members.remove(id);
            if (number != null) {
                doomed.add(number);
                any = true;
            }
        }
        return any;
    }

    byte[] encode() {
        byte[] text = condition == null ? null : condition.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(FIXED_BYTES
                + (text == null ? 0 : text.length)
                + members.size() * MEMBER_BYTES
                + doomed.size() * Long.BYTES);
        bytes.put(VERSION).put((byte) ((complete ? COMPLETE : 0) | (gone ? GONE : 0)));
        bytes.putInt(lastReleased).putInt(text == null ? -1 : text.length);
        if (text != null) {
            bytes.put(text);
        }
        bytes.putLong(instance).putLong(created).putLong(modified).putLong(next);
        bytes.putInt(members.size());
        members.forEach((id, number) -> bytes.putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .putLong(number));
        bytes.putInt(doomed.size());
        doomed.forEach(bytes::putLong);
        return bytes.array();
    }

    static GroupState decode(byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value);
        try {
            byte version = bytes.get();
            if (version != VERSION) {
                throw new CodecException("the state of a message group is of the format " + version
                        + ", and this version reads " + VERSION + ". Remove the group, or upgrade this process.");
            }
            int flags = bytes.get();
            int lastReleased = bytes.getInt();
            int length = bytes.getInt();
            String condition = null;
            if (length >= 0) {
                condition = new String(value, bytes.position(), length, StandardCharsets.UTF_8);
                bytes.position(bytes.position() + length);
            }
            GroupState state = new GroupState(bytes.getLong(), bytes.getLong(), bytes.getLong());
            state.complete = (flags & COMPLETE) != 0;
            state.gone = (flags & GONE) != 0;
            state.lastReleased = lastReleased;
            state.condition = condition;
            state.next = bytes.getLong();
            for (int i = bytes.getInt(); i > 0; i--) {
                state.members.put(new UUID(bytes.getLong(), bytes.getLong()), bytes.getLong());
            }
            for (int i = bytes.getInt(); i > 0; i--) {
                state.doomed.add(bytes.getLong());
            }
            return state;
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new CodecException("the state of a message group is damaged. Remove the group.", e);
        }
    }
}
