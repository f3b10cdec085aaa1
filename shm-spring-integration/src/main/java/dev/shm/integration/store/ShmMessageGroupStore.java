package dev.shm.integration.store;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.collection.SharedMap;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SharedMemoryException;
import dev.shm.integration.lock.ShmLockRegistry;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.support.ShmObject;
import dev.shm.value.SharedLong;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.store.AbstractMessageGroupStore;
import org.springframework.integration.store.MessageGroup;
import org.springframework.integration.store.MessageGroupMetadata;
import org.springframework.integration.store.MessageMetadata;
import org.springframework.integration.store.MessageStore;
import org.springframework.integration.store.SimpleMessageGroup;
import org.springframework.integration.support.locks.LockRegistry;
import org.springframework.messaging.Message;
import org.springframework.util.Assert;

/**
 * Messages and groups of messages in a segment: an aggregator or a resequencer on it goes on where its process was killed, in the
 * next one or in another that runs already, as long as the segment is there. Also a message store, for claim checks.
 *
 * <pre>{@code
 * @Bean
 * ShmMessageGroupStore groups(SharedMemory desk) {
 *     return new ShmMessageGroupStore(desk, OrderLine.class);
 * }
 *
 * @Bean
 * IntegrationFlow completeOrders(ShmMessageGroupStore groups, ShmLockRegistry locks) {
 *     return IntegrationFlow.from("lines")
 *             .aggregate(a -> a.messageStore(groups).lockRegistry(locks).expireGroupsUponCompletion(true))
 *             .channel("orders")
 *             .get();
 * }
 * }</pre>
 *
 * <p>Any thread of any process may use it. Groups are locked among all processes while they are changed, by a {@link ShmLockRegistry} of the
 * store; so several processes can fill one group. Where several are the same aggregator, that also needs a lock registry
 * which all of them share, since it looks at a group and then changes it.
 *
 * <p>Messages come back equal to what they were: payload by the codec, headers as {@link ShmMessageMapper#forStore()} has it, id and time stamp
 * included. What a {@code DelayHandler} stores is an object that only Java's serialization knows, and is refused. A message is in a group once: adding it again changes nothing. An id of a group is kept as it is if it is a string, a number, a
 * boolean, a UUID, an {@link Instant}, a {@link LocalDate} or a {@link LocalDateTime}; of any other, its {@code toString} is the id.
 *
 * <p>Nothing expires by itself: see {@link #expireMessageGroups}, and {@code MessageGroupStoreReaper}. When the segment is full, {@link
 * OutOfSharedMemoryException} is thrown, and what was to be added is not there; removing goes on. As a store of a channel's messages it
 * does, but a {@code PollableShmChannel} is made for that: here, each message that is added or polled has the list of its group written anew, 24 bytes
 * for each message in it.
 *
 * <p>Spring closes it; the segment is closed after it, by whoever opened that.
 *
 * <p><b>When a process is killed.</b> A group is one entry of a map, which lists the messages that it has; the messages are entries of
 * another map. A change of the list is one change of one entry, so there is one moment at which messages join or leave a group:
 *
 * <ul>
 *   <li>Adding writes the messages first, under numbers that the list has not given yet, then the list. A death in between leaves messages
 *       from the next number on that nobody lists. Whoever changes the group next removes them.
 *   <li>Removing writes the list first, with the numbers that are to go, then removes the messages. A death in between leaves some of them,
 *       and whoever changes the group next removes them.
 *   <li>A new group, and one that is removed, is marked as not being there until all is done, or while anything is left. After a death
 *       in between, whoever goes through the groups, or wants one of that name, removes what is left.
 * </ul>
 *
 * So a group is always as it was before or after a call, and nothing is left behind that is not found again. Only when the segment
 * is so full that the shorter list has no room, messages are removed before the list is: then a death in between leaves the group
 * without some of those that were to go, and the list is put right by the next one who removes.
 */
public class ShmMessageGroupStore extends AbstractMessageGroupStore implements MessageStore, AutoCloseable {

    /** What the names of its objects begin with, if no name is given. */
    public static final String DEFAULT_NAME = "shm.messages";

    private static final Set<Class<?>> KEPT = Set.of(
            String.class,
            Integer.class,
            Long.class,
            Short.class,
            Byte.class,
            Character.class,
            Boolean.class,
            Float.class,
            Double.class,
            UUID.class,
            BigInteger.class,
            BigDecimal.class,
            Instant.class,
            LocalDate.class,
            LocalDateTime.class);

    private final String name;
    private final ShmObject<SharedMap<Object, byte[]>> groups;
    private final ShmObject<SharedMap<UUID, Message<?>>> grouped;
    private final ShmObject<SharedMap<UUID, StoredMessage>> stored;
    private final ShmObject<SharedLong> instances;
    private final ShmLockRegistry locks;

    /** A store under {@link #DEFAULT_NAME} for payloads of a type; see {@link Codecs#forType}. */
    public ShmMessageGroupStore(SharedMemory memory, Class<?> payloadType) {
        this(memory, DEFAULT_NAME, Codecs.forType(payloadType));
    }

    /** A store for payloads that a codec writes; all headers are stored that may be. */
    public ShmMessageGroupStore(SharedMemory memory, String name, Codec<?> payloads) {
        this(fixed(memory), name, ShmMessageMapper.defaults(), payloads);
    }

    /**
     * A store.
     *
     * @param memory asked when it is first used, and again when the segment has ended
     * @param name what the names of its objects in the segment begin with
     * @param mapper which headers are stored, and how
     * @param payloads writes the payloads
     */
    public ShmMessageGroupStore(
            Supplier<? extends SharedMemory> memory, String name, ShmMessageMapper mapper, Codec<?> payloads) {
        Assert.hasText(name, "'name' must not be empty");
        this.name = name;
        Codec<Message<?>> messages = mapper.forStore().codec(payloads);
        this.groups = new ShmObject<>(memory, name + ".groups", SharedMap.of(Object.class, byte[].class));
        this.grouped = new ShmObject<>(memory, name + ".grouped", SharedMap.of(UUID.class, messages));
        this.stored =
                new ShmObject<>(memory, name + ".stored", SharedMap.of(UUID.class, new StoredMessage.Bytes(messages)));
        this.instances = new ShmObject<>(memory, name + ".instances", SharedLong.type());
        this.locks = new ShmLockRegistry(memory, name + ".locks");
        LockRegistry<Lock> byKey = groupId -> locks.obtain(keyOf(groupId));
        setLockRegistry(byKey);
    }

    private static Supplier<SharedMemory> fixed(SharedMemory memory) {
        Assert.notNull(memory, "'memory' must not be null");
        return () -> memory;
    }

    private static Object keyOf(Object groupId) {
        Assert.notNull(groupId, "'groupId' must not be null");
        return KEPT.contains(groupId.getClass()) ? groupId : groupId.toString();
    }

    private static UUID idOf(Message<?> message) {
        UUID id = message.getHeaders().getId();
        Assert.state(id != null, () -> "a message without an id cannot be stored: " + message);
        return id;
    }

    /** Gives back what it has open in the segment; messages and groups stay. */
    @Override
    public void close() {
        groups.close();
        grouped.close();
        stored.close();
        instances.close();
        locks.close();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + name + "]";
    }

    // ---------------------------------------------------------------------------------------------- single messages

    @Override
    public @Nullable Message<?> getMessage(UUID id) {
        StoredMessage found = stored.get().get(id);
        return found == null ? null : found.message();
    }

    @Override
    public @Nullable MessageMetadata getMessageMetadata(UUID id) {
        StoredMessage found = stored.get().get(id);
        if (found == null) {
            return null;
        }
        MessageMetadata metadata = new MessageMetadata(id);
        metadata.setTimestamp(found.storedAt());
        return metadata;
    }

    /** Stores a message, unless there is one of that id. */
    @Override
    public <T> Message<T> addMessage(Message<T> message) {
        stored.get().putIfAbsent(idOf(message), new StoredMessage(System.currentTimeMillis(), message));
        return message;
    }

    @Override
    public @Nullable Message<?> removeMessage(UUID id) {
        StoredMessage found = stored.get().remove(id);
        return found == null ? null : found.message();
    }

    /** How many messages are stored singly; those of groups do not count. */
    @Override
    public long getMessageCount() {
        return stored.get().mappingCount();
    }

    // ---------------------------------------------------------------------------------------------- looking at groups

    /** The state of a group, also if it is not there any more, or not yet. */
    private @Nullable GroupState load(Object key) {
        byte[] state = groups.get().get(key);
        return state == null ? null : GroupState.decode(state);
    }

    private @Nullable GroupState present(Object key) {
        GroupState state = load(key);
        return state == null || state.gone ? null : state;
    }

    /** The group, or an empty one if there is none. Its messages are read when they are asked for, if not told otherwise. */
    @Override
    public MessageGroup getMessageGroup(Object groupId) {
        GroupState state = present(keyOf(groupId));
        return state == null ? new SimpleMessageGroup(groupId) : group(groupId, state);
    }

    private MessageGroup group(Object groupId, GroupState state) {
        MessageGroup group = getMessageGroupFactory().create(this, groupId, state.created, state.complete);
        group.setLastModified(state.modified);
        group.setLastReleasedMessageSequenceNumber(state.lastReleased);
        if (state.condition != null) {
            group.setCondition(state.condition);
        }
        return group;
    }

    @Override
    public @Nullable MessageGroupMetadata getGroupMetadata(Object groupId) {
        GroupState state = present(keyOf(groupId));
        if (state == null) {
            return null;
        }
        SimpleMessageGroup group =
                new SimpleMessageGroup(getMessagesForGroup(groupId), groupId, state.created, state.complete);
        MessageGroupMetadata metadata = new MessageGroupMetadata(group);
        metadata.setLastModified(state.modified);
        metadata.setLastReleasedMessageSequenceNumber(state.lastReleased);
        if (state.condition != null) {
            metadata.setCondition(state.condition);
        }
        return metadata;
    }

    @Override
    public int messageGroupSize(Object groupId) {
        GroupState state = present(keyOf(groupId));
        return state == null ? 0 : state.members.size();
    }

    /** All messages of a group, in the order in which they came, as they are at one moment. */
    @Override
    public Collection<Message<?>> getMessagesForGroup(Object groupId) {
        Object key = keyOf(groupId);
        for (; ; ) {
            GroupState state = present(key);
            if (state == null) {
                return new ArrayList<>();
            }
            SharedMap<UUID, Message<?>> messages = grouped.get();
            List<Message<?>> found = new ArrayList<>(state.members.size());
            for (long number : state.members.values()) {
                Message<?> message = messages.get(state.keyOf(number));
                if (message != null) {
                    found.add(message);
                }
            }
            // What is listed and not there was removed meanwhile; then the list is another.
            if (found.size() == state.members.size() || isStill(key, state)) {
                return found;
            }
        }
    }

    private boolean isStill(Object key, GroupState state) {
        return Arrays.equals(state.encode(), groups.get().get(key));
    }

    @Override
    public Stream<Message<?>> streamMessagesForGroup(Object groupId) {
        return getMessagesForGroup(groupId).stream();
    }

    /** The oldest message of a group, or null if it has none. */
    @Override
    public @Nullable Message<?> getOneMessageFromGroup(Object groupId) {
        Object key = keyOf(groupId);
        for (; ; ) {
            GroupState state = present(key);
            if (state == null) {
                return null;
            }
            for (long number : state.members.values()) {
                Message<?> message = grouped.get().get(state.keyOf(number));
                if (message != null) {
                    return message;
                }
            }
            if (isStill(key, state)) {
                return null;
            }
        }
    }

    @Override
    public @Nullable Message<?> getMessageFromGroup(Object groupId, UUID messageId) {
        GroupState state = present(keyOf(groupId));
        Long number = state == null ? null : state.members.get(messageId);
        return state == null || number == null ? null : grouped.get().get(state.keyOf(number));
    }

    @Override
    public int getMessageGroupCount() {
        return sum(state -> 1);
    }

    @Override
    public int getMessageCountForAllMessageGroups() {
        return sum(state -> state.members.size());
    }

    private int sum(ToIntFunction<GroupState> figure) {
        int sum = 0;
        for (byte[] value : groups.get().values()) {
            GroupState state = GroupState.decode(value);
            sum += state.gone ? 0 : figure.applyAsInt(state);
        }
        return sum;
    }

    /** Goes through all groups; those that come or go meanwhile may be left out. Removes what is left of groups whose process died. */
    @Override
    public Iterator<MessageGroup> iterator() {
        return new Groups(groups.get().keySet().iterator());
    }

    private final class Groups implements Iterator<MessageGroup> {

        private final Iterator<Object> keys;
        private @Nullable MessageGroup next;

        Groups(Iterator<Object> keys) {
            this.keys = keys;
        }

        @Override
        public boolean hasNext() {
            while (next == null && keys.hasNext()) {
                Object key = keys.next();
                GroupState state = load(key);
                if (state != null && !state.gone) {
                    next = group(key, state);
                } else if (state != null) {
                    finishIfAbandoned(key);
                }
            }
            return next != null;
        }

        @Override
        public MessageGroup next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            MessageGroup group = Objects.requireNonNull(next);
            next = null;
            return group;
        }
    }

    private void finishIfAbandoned(Object key) {
        Lock lock = getLockRegistry().obtain(key);
        if (lock.tryLock()) {
            try {
                settled(key);
            } finally {
                lock.unlock();
            }
        }
    }

    // ---------------------------------------------------------------------------------------------- changing groups

    /** Under the group's lock: its state, after what a death may have left was removed. Null if there is no such group. */
    private @Nullable GroupState settled(Object key) {
        GroupState state = load(key);
        if (state == null) {
            return null;
        }
        if (state.gone) {
            finish(key, state);
            return null;
        }
        drop(state, state.doomed);
        state.doomed.clear();
        dropUnlisted(state);
        return state;
    }

    private void drop(GroupState state, Collection<Long> numbers) {
        Set<UUID> keys = grouped.get().keySet();
        numbers.forEach(number -> keys.remove(state.keyOf(number)));
    }

    /** Messages are added in the order of their numbers, so they are removed from the end: then a death leaves no gap before others. */
    private void dropUnlisted(GroupState state) {
        SharedMap<UUID, Message<?>> messages = grouped.get();
        long end = state.next;
        while (messages.containsKey(state.keyOf(end))) {
            end++;
        }
        for (long number = end - 1; number >= state.next; number--) {
            messages.keySet().remove(state.keyOf(number));
        }
    }

    /** Under the group's lock: removes all that is left of a group that is not there. */
    private void finish(Object key, GroupState state) {
        drop(state, state.doomed);
        drop(state, state.members.values());
        dropUnlisted(state);
        groups.get().keySet().remove(key);
    }

    private void commit(Object key, GroupState state) {
        groups.get().set(key, state.encode());
    }

    private void commitRemoval(Object key, GroupState state) {
        try {
            commit(key, state);
        } catch (OutOfSharedMemoryException e) {
            // The list is written before the old one goes, and there is no room for both.
            drop(state, state.doomed);
            commit(key, state);
        }
        drop(state, state.doomed);
    }

    private GroupState created() {
        return new GroupState(instances.get().getAndAdd(1), System.currentTimeMillis());
    }

    @Override
    protected void doAddMessagesToGroup(Object groupId, Message<?>... messages) {
        Object key = keyOf(groupId);
        GroupState found = settled(key);
        GroupState state = found == null ? created() : found;
        if (found == null) {
            // So that what is written now can be found by its number.
            state.gone = true;
            commit(key, state);
        }
        long first = state.next;
        boolean added = false;
        try {
            for (Message<?> message : messages) {
                UUID id = idOf(message);
                if (!state.members.containsKey(id)) {
                    grouped.get().set(state.keyOf(state.next), message);
                    state.members.put(id, state.next++);
                }
            }
            state.gone = false;
            state.modified = found == null ? state.created : System.currentTimeMillis();
            commit(key, state);
            added = true;
        } finally {
            if (!added) {
                undo(key, state, first, found == null);
            }
        }
    }

    /** Nothing was added after all, since something was thrown. */
    private void undo(Object key, GroupState state, long first, boolean fresh) {
        try {
            // The next one as well: what throws when it has stored has stored.
            for (long number = state.next; number >= first; number--) {
                grouped.get().keySet().remove(state.keyOf(number));
            }
            if (fresh) {
                groups.get().keySet().remove(key);
            }
        } catch (SharedMemoryException e) {
            // As after a death: whoever changes the group next, or goes through all of them, does it.
            logger.debug("What was not added to the group is left for later", e);
        }
    }

    @Override
    protected void doRemoveMessagesFromGroup(Object groupId, Collection<Message<?>> messages) {
        doRemove(groupId, messages.stream().map(ShmMessageGroupStore::idOf).toList());
    }

    @Override
    protected boolean doRemoveMessageFromGroupById(Object groupId, UUID messageId) {
        return doRemove(groupId, List.of(messageId));
    }

    private boolean doRemove(Object groupId, Collection<UUID> ids) {
        Object key = keyOf(groupId);
        GroupState state = settled(key);
        if (state == null) {
            return false;
        }
        boolean removed = state.doom(ids);
        if (removed) {
            state.modified = System.currentTimeMillis();
            commitRemoval(key, state);
        }
        return removed;
    }

    @Override
    protected @Nullable Message<?> doPollMessageFromGroup(Object groupId) {
        Object key = keyOf(groupId);
        GroupState state = settled(key);
        if (state == null) {
            return null;
        }
        Message<?> polled = null;
        List<UUID> ids = new ArrayList<>();
        for (Iterator<Map.Entry<UUID, Long>> members = state.members.entrySet().iterator();
                polled == null && members.hasNext(); ) {
            Map.Entry<UUID, Long> member = members.next();
            ids.add(member.getKey());
            polled = grouped.get().get(state.keyOf(member.getValue()));
        }
        if (state.doom(ids)) {
            state.modified = System.currentTimeMillis();
            commitRemoval(key, state);
        }
        return polled;
    }

    @Override
    protected void doRemoveMessageGroup(Object groupId) {
        Object key = keyOf(groupId);
        GroupState state = settled(key);
        if (state == null) {
            return;
        }
        state.gone = true;
        try {
            commit(key, state);
        } catch (OutOfSharedMemoryException e) {
            // Then without the mark: what follows takes no room.
            logger.debug("Removing a group from a segment that is full", e);
        }
        finish(key, state);
    }

    @Override
    protected void doSetLastReleasedSequenceNumberForGroup(Object groupId, int sequenceNumber) {
        Object key = keyOf(groupId);
        GroupState found = settled(key);
        GroupState state = found == null ? created() : found;
        state.lastReleased = sequenceNumber;
        state.modified = System.currentTimeMillis();
        commit(key, state);
    }

    @Override
    protected void doCompleteGroup(Object groupId) {
        Object key = keyOf(groupId);
        GroupState state = settled(key);
        if (state != null) {
            state.complete = true;
            state.modified = System.currentTimeMillis();
            commit(key, state);
        }
    }

    @Override
    protected void doSetGroupCondition(Object groupId, String condition) {
        Object key = keyOf(groupId);
        GroupState state = settled(key);
        if (state != null) {
            state.condition = condition;
            commit(key, state);
        }
    }
}
