package dev.shm.integration.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.collection.SharedMap;
import dev.shm.error.CodecException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.integration.lock.ShmLockRegistry;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Trade;
import dev.shm.integration.testing.Watchdog;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.core.MessagingTemplate;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.history.MessageHistory;
import org.springframework.integration.store.MessageGroup;
import org.springframework.integration.store.MessageGroupMetadata;
import org.springframework.integration.store.MessageGroupQueue;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.integration.support.MutableMessage;
import org.springframework.integration.transformer.ClaimCheckInTransformer;
import org.springframework.integration.transformer.ClaimCheckOutTransformer;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.GenericMessage;

/**
 * What the framework asks of its message stores and message group stores, between two attachments of a segment. Each test of its stores has
 * one here:
 *
 * <table>
 * <tr><td><i>{@code RedisMessageStoreTests}</i></td>
 *     <td></td></tr>
 * <tr><td>{@code testGetNonExistingMessage}, {@code testGetMessageCountWhenEmpty}, {@code testAddStringMessage}, {@code
 * testAddAndGetStringMessage}, {@code testAddAndRemoveStringMessage}</td>
 *     <td>{@link #shouldKeepAMessageAsItIs}</td></tr>
 * <tr><td>{@code testAddSerializableObjectMessage}, {@code testAddNonSerializableObjectMessage}, {@code testAddAndGetWithPrefix}</td>
 *     <td>{@link #shouldKeepPayloadsOfATypeOfTheUser}</td></tr>
 * <tr><td>{@code testWithMessageHistory}</td>
 *     <td>{@link #shouldKeepTheHistoryOfAMessage}</td></tr>
 * <tr><td>{@code testAddAndRemoveMessagesFromMessageGroup}</td>
 *     <td>{@link #shouldRemoveMessages}</td></tr>
 * <tr><td><i>{@code RedisMessageGroupStoreTests}</i></td>
 *     <td></td></tr>
 * <tr><td>{@code testNonExistingEmptyMessageGroup}, {@code testRemoveNonExistingMessageFromNonExistingTheGroup}</td>
 *     <td>{@link #shouldHaveAnEmptyGroupWhereThereIsNone}</td></tr>
 * <tr><td>{@code testMessageGroupUpdatedDateChangesWithEachAddedMessage}</td>
 *     <td>{@link #shouldSayWhenAGroupWasMadeAndChanged}</td></tr>
 * <tr><td>{@code testMessageGroupWithAddedMessage}, {@code testMultipleInstancesOfGroupStore}</td>
 *     <td>{@link #shouldKeepTheOrderInWhichMessagesCame}, {@link #shouldOutliveItsProcess}</td></tr>
 * <tr><td>{@code testRemoveMessageGroup}</td>
 *     <td>{@link #shouldRemoveAGroupWithAllThatItHas}</td></tr>
 * <tr><td>{@code testCompleteMessageGroup}, {@code testLastReleasedSequenceNumber}, {@code testMessageGroupCondition}</td>
 *     <td>{@link #shouldRememberWhatElseIsKnownOfAGroup}</td></tr>
 * <tr><td>{@code testRemoveMessageFromTheGroup}, {@code testRemoveNonExistingMessageFromTheGroup}, {@code
 * testAddAndRemoveMessagesFromMessageGroup}</td>
 *     <td>{@link #shouldRemoveMessages}</td></tr>
 * <tr><td>{@code testWithMessageHistory}</td>
 *     <td>{@link #shouldKeepTheHistoryOfAMessage}</td></tr>
 * <tr><td>{@code testIteratorOfMessageGroups}</td>
 *     <td>{@link #shouldCountGroupsAndTheirMessages}, {@link #shouldKeepIdsOfGroupsAsTheyAre}</td></tr>
 * <tr><td>{@code testConcurrentModifications}, which is disabled there</td>
 *     <td>{@link #shouldLoseNothingToOthersWhoChangeTheSameGroup}</td></tr>
 * <tr><td>{@code testWithAggregatorWithShutdown}</td>
 *     <td>{@link #shouldAggregateInTwoApplicationsAsOne}, {@code StoresIT}</td></tr>
 * <tr><td>{@code sameMessageInTwoGroupsNotRemovedByFirstGroup}, {@code
 * removeMessagesFromGroupDontRemoveSameMessageInOtherGroup}</td>
 *     <td>{@link #shouldHaveAMessageOnceInAGroupAndInEachOfSeveral}</td></tr>
 * <tr><td>{@code testJsonSerialization}</td>
 *     <td>none: a codec writes payloads; those of its own are tested with it</td></tr>
 * <tr><td><i>{@code SimpleMessageStoreTests}</i>, what is not above</td>
 *     <td></td></tr>
 * <tr><td>{@code shouldExpireMessageGroup}, {@code shouldRegisterCallbacks}</td>
 *     <td>{@link #shouldExpireGroups}</td></tr>
 * <tr><td>{@code shouldCopyMessageGroup}</td>
 *     <td>{@link #shouldReadGroupsAtOnceIfToldSo}</td></tr>
 * <tr><td>{@code testRepeatedAddAndRemoveGroup}</td>
 *     <td>{@link #shouldRemoveAGroupWithAllThatItHas}</td></tr>
 * <tr><td>those of capacity</td>
 *     <td>none: the segment is the capacity, {@link #shouldStayWholeWhenTheSegmentIsFull}</td></tr>
 * </table>
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShmMessageGroupStoreTest {

    private static final Object GROUP = "group";

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private static final BlockingQueue<Message<?>> RECEIVED = new LinkedBlockingQueue<>();

    private ShmMessageGroupStore mine;
    private ShmMessageGroupStore theirs;

    @BeforeEach
    void open() {
        RECEIVED.clear();
        mine = new ShmMessageGroupStore(segment.mine(), String.class);
        theirs = new ShmMessageGroupStore(segment.theirs(), String.class);
    }

    @AfterEach
    void close() {
        assertThat(segment.problems()).isEmpty();
        mine.close();
        theirs.close();
    }

    private static Message<String> message(String payload) {
        return MessageBuilder.withPayload(payload).setHeader("foo", "bar").build();
    }

    private static List<Message<?>> messages(int count) {
        return new ArrayList<>(
                IntStream.range(0, count).mapToObj(i -> message("m" + i)).toList());
    }

    private void add(ShmMessageGroupStore store, Object group, List<Message<?>> messages) {
        store.addMessagesToGroup(group, messages.toArray(Message<?>[]::new));
    }

    private SharedMap<UUID, Message<?>> grouped() {
        return segment.mine()
                .open(
                        ShmMessageGroupStore.DEFAULT_NAME + ".grouped",
                        SharedMap.of(
                                UUID.class,
                                ShmMessageMapper.defaults().forStore().codec(String.class)));
    }

    private SharedMap<Object, byte[]> groups() {
        return segment.mine()
                .open(ShmMessageGroupStore.DEFAULT_NAME + ".groups", SharedMap.of(Object.class, byte[].class));
    }

    // ---------------------------------------------------------------------------------------------- single messages

    @Test
    void shouldKeepAMessageAsItIs() {
        Message<String> message = message("text");
        assertThat(mine.addMessage(message)).isSameAs(message);
        assertThat(theirs.getMessage(message.getHeaders().getId())).isEqualTo(message);
        assertThat(theirs.getMessageCount()).isEqualTo(1);
        assertThat(theirs.removeMessage(message.getHeaders().getId())).isEqualTo(message);
        assertThat(mine.getMessage(message.getHeaders().getId())).isNull();
        assertThat(mine.removeMessage(message.getHeaders().getId())).isNull();
        assertThat(mine.getMessageCount()).isZero();
    }

    @Test
    void shouldSayWhenAMessageWasStored() {
        long before = System.currentTimeMillis();
        Message<String> message = mine.addMessage(message("text"));
        UUID id = message.getHeaders().getId();
        assertThat(theirs.getMessageMetadata(id).getMessageId()).isEqualTo(id);
        assertThat(theirs.getMessageMetadata(id).getTimestamp()).isBetween(before, System.currentTimeMillis());
        assertThat(mine.getMessageMetadata(UUID.randomUUID())).isNull();
    }

    @Test
    void shouldKeepTheFirstMessageOfAnId() {
        Message<String> message = message("first");
        mine.addMessage(message);
        Message<String> same = new MutableMessage<>(
                "second", Map.of(MessageHeaders.ID, message.getHeaders().getId()));
        mine.addMessage(same);
        assertThat(mine.getMessage(message.getHeaders().getId())).isEqualTo(message);
        assertThat(mine.getMessageCount()).isEqualTo(1);
    }

    @Test
    void shouldKeepHeadersOfAllKindsAndTheNamesOfChannels() {
        Message<String> message = MessageBuilder.withPayload("text")
                .setReplyChannelName("replies")
                .setErrorChannelName("failures")
                .setHeader("shm_deliveryCount", 3)
                .setHeader("when", Instant.now())
                .setHeader("list", List.of(1, "two", 3.0))
                .pushSequenceDetails("a", 1, 2)
                .pushSequenceDetails("b", 2, 2)
                .build();
        mine.addMessage(message);
        assertThat(theirs.getMessage(message.getHeaders().getId())).isEqualTo(message);
        Message<String> withChannel = MessageBuilder.fromMessage(message)
                .setReplyChannel(new DirectChannel())
                .build();
        mine.addMessage(withChannel);
        assertThat(theirs.getMessage(withChannel.getHeaders().getId()).getHeaders())
                .doesNotContainKey(MessageHeaders.REPLY_CHANNEL)
                .containsEntry(MessageHeaders.ERROR_CHANNEL, "failures");
    }

    @Test
    void shouldKeepTheHistoryOfAMessage() {
        DirectChannel foo = new DirectChannel();
        foo.setBeanName("foo");
        DirectChannel bar = new DirectChannel();
        bar.setBeanName("bar");
        Message<?> message = MessageHistory.write(MessageHistory.write(message("text"), foo), bar);
        mine.addMessage(message);
        mine.addMessagesToGroup(GROUP, message);
        for (Message<?> found : List.of(
                theirs.getMessage(message.getHeaders().getId()),
                theirs.getMessagesForGroup(GROUP).iterator().next())) {
            MessageHistory history = MessageHistory.read(found);
            assertThat(history).isEqualTo(MessageHistory.read(message)).hasSize(2);
            assertThat(history.get(0)).containsEntry("name", "foo").containsEntry("type", "channel");
        }
    }

    @Test
    void shouldKeepPayloadsOfATypeOfTheUser() {
        try (ShmMessageGroupStore trades =
                new ShmMessageGroupStore(segment.mine(), "trades", Codecs.forType(Trade.class))) {
            Message<Trade> message = new GenericMessage<>(new Trade("a", 1));
            trades.addMessage(message);
            assertThat(trades.getMessage(message.getHeaders().getId())).isEqualTo(message);
            assertThatThrownBy(() -> trades.addMessage(new GenericMessage<>("no trade")))
                    .isInstanceOf(CodecException.class);
            assertThat(trades.getMessageCount()).isEqualTo(1);
            assertThat(trades).hasToString("ShmMessageGroupStore[trades]");
        }
    }

    static class ClaimChecks {
        @Bean
        IntegrationFlow in(ShmMessageGroupStore store) {
            return flow -> flow.transform(new ClaimCheckInTransformer(store));
        }

        @Bean
        IntegrationFlow out(ShmMessageGroupStore store) {
            ClaimCheckOutTransformer transformer = new ClaimCheckOutTransformer(store);
            transformer.setRemoveMessage(true);
            return flow -> flow.transform(transformer);
        }
    }

    @Test
    void shouldCheckClaims() {
        Application here = application
                .bean("store", ShmMessageGroupStore.class, () -> mine)
                .with(ClaimChecks.class)
                .start();
        MessagingTemplate template = new MessagingTemplate();
        Message<?> check = template.sendAndReceive(here.get("in.input", MessageChannel.class), message("luggage"));
        assertThat(check.getPayload()).isInstanceOf(UUID.class);
        assertThat(theirs.getMessageCount()).isEqualTo(1);
        Message<?> luggage = template.sendAndReceive(
                here.get("out.input", MessageChannel.class), new GenericMessage<>(check.getPayload()));
        assertThat(luggage.getPayload()).isEqualTo("luggage");
        assertThat(luggage.getHeaders()).containsEntry("foo", "bar");
        assertThat(theirs.getMessageCount()).isZero();
    }

    // ---------------------------------------------------------------------------------------------- groups

    @Test
    void shouldHaveAnEmptyGroupWhereThereIsNone() {
        MessageGroup group = mine.getMessageGroup(GROUP);
        assertThat(group.getGroupId()).isEqualTo(GROUP);
        assertThat(group.size()).isZero();
        assertThat(group.getMessages()).isEmpty();
        assertThat(mine.messageGroupSize(GROUP)).isZero();
        assertThat(mine.getMessagesForGroup(GROUP)).isEmpty();
        assertThat(mine.getOneMessageFromGroup(GROUP)).isNull();
        assertThat(mine.getGroupMetadata(GROUP)).isNull();
        assertThat(mine.pollMessageFromGroup(GROUP)).isNull();
        assertThat(mine.removeMessageFromGroupById(GROUP, UUID.randomUUID())).isFalse();
        mine.removeMessagesFromGroup(GROUP, message("x"));
        mine.removeMessageGroup(GROUP);
        mine.completeGroup(GROUP);
        mine.setGroupCondition(GROUP, "x");
        assertThat(mine.getMessageGroupCount()).isZero();
    }

    @Test
    void shouldKeepTheOrderInWhichMessagesCame() {
        List<Message<?>> messages = messages(50);
        for (Message<?> message : messages) {
            (messages.indexOf(message) % 2 == 0 ? mine : theirs).addMessageToGroup(GROUP, message);
        }
        for (ShmMessageGroupStore store : List.of(mine, theirs)) {
            MessageGroup group = store.getMessageGroup(GROUP);
            assertThat(group.size()).isEqualTo(50);
            assertThat(group.getMessages()).containsExactlyElementsOf(messages);
            assertThat(group.streamMessages().toList()).isEqualTo(messages);
            assertThat(group.getOne()).isEqualTo(messages.get(0));
            assertThat(store.getOneMessageFromGroup(GROUP)).isEqualTo(messages.get(0));
            assertThat(store.getMessageFromGroup(
                            GROUP, messages.get(7).getHeaders().getId()))
                    .isEqualTo(messages.get(7));
            assertThat(store.getMessageFromGroup(GROUP, UUID.randomUUID())).isNull();
        }
    }

    @Test
    void shouldHaveAMessageOnceInAGroupAndInEachOfSeveral() {
        Message<String> message = message("text");
        mine.addMessagesToGroup(GROUP, message, message);
        assertThat(mine.addMessageToGroup(GROUP, message).size()).isEqualTo(1);
        mine.addMessageToGroup("another", message);
        mine.removeMessageGroup(GROUP);
        assertThat(theirs.getMessagesForGroup("another")).containsExactly(message);
        assertThat(theirs.getMessage(message.getHeaders().getId())).isNull();
    }

    @Test
    void shouldSayWhenAGroupWasMadeAndChanged() throws Exception {
        long before = System.currentTimeMillis();
        MessageGroup group = mine.addMessageToGroup(GROUP, message("a"));
        assertThat(group.getTimestamp()).isBetween(before, System.currentTimeMillis());
        assertThat(group.getLastModified()).isEqualTo(group.getTimestamp());
        long made = group.getTimestamp();
        Thread.sleep(3);
        MessageGroup again = theirs.addMessageToGroup(GROUP, message("b"));
        assertThat(again.getTimestamp()).isEqualTo(made);
        assertThat(again.getLastModified()).isGreaterThan(made);
        assertThat(again.isComplete()).isFalse();
    }

    @Test
    void shouldRemoveMessages() {
        List<Message<?>> messages = messages(10);
        add(mine, GROUP, messages);
        theirs.removeMessagesFromGroup(GROUP, messages.get(3), messages.get(7), message("not in it"));
        assertThat(mine.removeMessageFromGroupById(
                        GROUP, messages.get(0).getHeaders().getId()))
                .isTrue();
        assertThat(mine.removeMessageFromGroupById(
                        GROUP, messages.get(0).getHeaders().getId()))
                .isFalse();
        messages.removeAll(Arrays.asList(messages.get(0), messages.get(3), messages.get(7)));
        assertThat(mine.getMessagesForGroup(GROUP)).containsExactlyElementsOf(messages);
        assertThat(theirs.messageGroupSize(GROUP)).isEqualTo(7);
        mine.removeMessagesFromGroup(GROUP, messages);
        assertThat(theirs.messageGroupSize(GROUP)).isZero();
        assertThat(theirs.getMessageGroupCount()).isEqualTo(1);
        try (SharedMap<UUID, Message<?>> grouped = grouped()) {
            assertThat(grouped).isEmpty();
        }
    }

    @Test
    void shouldPollMessages() {
        List<Message<?>> messages = messages(5);
        add(mine, GROUP, messages);
        for (int i = 0; i < 5; i++) {
            assertThat((i % 2 == 0 ? mine : theirs).pollMessageFromGroup(GROUP)).isEqualTo(messages.get(i));
            assertThat(mine.messageGroupSize(GROUP)).isEqualTo(4 - i);
        }
        assertThat(mine.pollMessageFromGroup(GROUP)).isNull();
        mine.addMessageToGroup(GROUP, messages.get(0));
        assertThat(theirs.pollMessageFromGroup(GROUP)).isEqualTo(messages.get(0));
    }

    @Test
    void shouldRemoveAGroupWithAllThatItHas() {
        add(mine, GROUP, messages(20));
        mine.addMessageToGroup("another", message("stays"));
        theirs.removeMessageGroup(GROUP);
        assertThat(mine.getMessageGroup(GROUP).size()).isZero();
        assertThat(mine.getMessageGroupCount()).isEqualTo(1);
        try (SharedMap<UUID, Message<?>> grouped = grouped();
                SharedMap<Object, byte[]> groups = groups()) {
            assertThat(grouped).hasSize(1);
            assertThat(groups).containsOnlyKeys("another");
        }
        mine.addMessageToGroup(GROUP, message("new"));
        assertThat(theirs.getMessageGroup(GROUP).size()).isEqualTo(1);
    }

    @Test
    void shouldRememberWhatElseIsKnownOfAGroup() {
        mine.addMessageToGroup(GROUP, message("a"));
        mine.setLastReleasedSequenceNumberForGroup(GROUP, 5);
        mine.setGroupCondition(GROUP, "a condition ä");
        mine.completeGroup(GROUP);
        MessageGroup group = theirs.getMessageGroup(GROUP);
        assertThat(group.getLastReleasedMessageSequenceNumber()).isEqualTo(5);
        assertThat(group.getCondition()).isEqualTo("a condition ä");
        assertThat(group.isComplete()).isTrue();
        MessageGroupMetadata metadata = theirs.getGroupMetadata(GROUP);
        assertThat(metadata.getMessageIds()).hasSize(1);
        assertThat(metadata.isComplete()).isTrue();
        assertThat(metadata.getCondition()).isEqualTo("a condition ä");
        assertThat(metadata.getLastReleasedMessageSequenceNumber()).isEqualTo(5);
        mine.addMessageToGroup(GROUP, message("b"));
        assertThat(theirs.getMessageGroup(GROUP).isComplete()).isTrue();
        mine.setLastReleasedSequenceNumberForGroup("not there yet", 7);
        assertThat(theirs.getMessageGroup("not there yet").getLastReleasedMessageSequenceNumber())
                .isEqualTo(7);
    }

    @Test
    void shouldKeepIdsOfGroupsAsTheyAre() {
        List<Object> ids = List.of("1", 1, 1L, true, new UUID(1, 2), LocalDate.EPOCH, Instant.EPOCH, 1.5);
        ids.forEach(id -> mine.addMessageToGroup(id, message("of " + id)));
        List<Object> found = new ArrayList<>();
        theirs.iterator().forEachRemaining(group -> found.add(group.getGroupId()));
        assertThat(found).containsExactlyInAnyOrderElementsOf(ids);
        mine.addMessageToGroup(new Trade("a", 1), message("x"));
        assertThat(theirs.messageGroupSize(new Trade("a", 1))).isEqualTo(1);
        assertThat(theirs.messageGroupSize(new Trade("a", 1).toString())).isEqualTo(1);
    }

    @Test
    void shouldCountGroupsAndTheirMessages() {
        for (int i = 0; i < 7; i++) {
            add(mine, i, messages(i));
        }
        assertThat(theirs.getMessageGroupCount()).isEqualTo(7);
        assertThat(theirs.getMessageCountForAllMessageGroups()).isEqualTo(21);
        Iterator<MessageGroup> groups = theirs.iterator();
        int size = 0;
        while (groups.hasNext()) {
            size += groups.next().size();
        }
        assertThat(size).isEqualTo(21);
        assertThatThrownBy(groups::next).isInstanceOf(java.util.NoSuchElementException.class);
    }

    @Test
    void shouldReadGroupsAtOnceIfToldSo() {
        theirs.setLazyLoadMessageGroups(false);
        List<Message<?>> messages = messages(3);
        add(mine, GROUP, messages);
        MessageGroup group = theirs.getMessageGroup(GROUP);
        mine.removeMessageGroup(GROUP);
        assertThat(group.getMessages()).containsExactlyElementsOf(messages);
        assertThat(theirs.getMessageGroup(GROUP).getMessages()).isEmpty();
    }

    @Test
    void shouldExpireGroups() throws Exception {
        List<Object> expired = new ArrayList<>();
        theirs.registerMessageGroupExpiryCallback((store, group) -> {
            expired.add(group.getGroupId());
            store.removeMessageGroup(group.getGroupId());
        });
        mine.addMessageToGroup("old", message("a"));
        Thread.sleep(20);
        mine.addMessageToGroup("old", message("b"));
        assertThat(theirs.expireMessageGroups(100_000)).isZero();
        theirs.setTimeoutOnIdle(true);
        assertThat(theirs.expireMessageGroups(100_000)).isZero();
        Thread.sleep(5);
        assertThat(theirs.expireMessageGroups(1)).isEqualTo(1);
        assertThat(expired).containsExactly("old");
        assertThat(mine.getMessageGroupCount()).isZero();
    }

    @Test
    void shouldLoseNothingToOthersWhoChangeTheSameGroup() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<List<Message<?>>>> adding = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                ShmMessageGroupStore store = i == 0 ? mine : theirs;
                adding.add(threads.submit(() -> {
                    List<Message<?>> added = messages(200);
                    added.forEach(message -> store.addMessageToGroup(GROUP, message));
                    return added;
                }));
            }
            List<Future<List<Message<?>>>> polling = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                ShmMessageGroupStore store = i == 0 ? mine : theirs;
                polling.add(threads.submit(() -> {
                    List<Message<?>> polled = new ArrayList<>();
                    while (polled.size() < 200) {
                        Message<?> message = store.pollMessageFromGroup(GROUP);
                        if (message != null) {
                            polled.add(message);
                        }
                        assertThat(store.getMessagesForGroup(GROUP)).hasSizeLessThanOrEqualTo(400);
                    }
                    return polled;
                }));
            }
            List<Message<?>> added = new ArrayList<>();
            for (Future<List<Message<?>>> one : adding) {
                added.addAll(one.get());
            }
            List<Message<?>> polled = new ArrayList<>();
            for (Future<List<Message<?>>> one : polling) {
                polled.addAll(one.get());
            }
            assertThat(polled).containsExactlyInAnyOrderElementsOf(added);
        } finally {
            threads.shutdownNow();
        }
        try (SharedMap<UUID, Message<?>> grouped = grouped()) {
            assertThat(grouped).isEmpty();
        }
    }

    @Test
    void shouldRefuseAMessageWithoutAnId() {
        Message<String> message =
                new GenericMessage<>("x", new MessageHeaders(null, MessageHeaders.ID_VALUE_NONE, null) {});
        assertThatThrownBy(() -> mine.addMessage(message)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mine.addMessagesToGroup(GROUP, message("fine"), message))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("without an id");
        assertThat(mine.getMessageGroupCount()).isZero();
        try (SharedMap<UUID, Message<?>> grouped = grouped();
                SharedMap<Object, byte[]> groups = groups()) {
            assertThat(grouped).isEmpty();
            assertThat(groups).isEmpty();
        }
    }

    @Test
    void shouldAddNothingToAGroupIfOneOfSeveralCannotBeStored() {
        mine.addMessageToGroup(GROUP, message("there"));
        assertThatThrownBy(() -> mine.addMessagesToGroup(GROUP, message("fine"), new GenericMessage<>(7)))
                .isInstanceOf(CodecException.class);
        assertThat(theirs.messageGroupSize(GROUP)).isEqualTo(1);
        try (SharedMap<UUID, Message<?>> grouped = grouped()) {
            assertThat(grouped).hasSize(1);
        }
    }

    @Test
    void shouldStayWholeWhenTheSegmentIsFull() {
        String large = "x".repeat(100_000);
        int added = 0;
        try {
            for (; ; added++) {
                mine.addMessageToGroup("group " + added / 10, message(large));
            }
        } catch (OutOfSharedMemoryException e) {
            assertThat(added).isPositive();
        }
        assertThat(theirs.getMessageCountForAllMessageGroups()).isEqualTo(added);
        try (SharedMap<UUID, Message<?>> grouped = grouped()) {
            assertThat(grouped).hasSize(added);
        }
        for (int i = 0; i < added; i++) {
            Message<?> polled = theirs.pollMessageFromGroup("group " + i / 10);
            assertThat(polled.getPayload()).isEqualTo(large);
        }
        for (MessageGroup group : mine) {
            mine.removeMessageGroup(group.getGroupId());
        }
        assertThat(theirs.getMessageGroupCount()).isZero();
        try (SharedMap<UUID, Message<?>> grouped = grouped();
                SharedMap<Object, byte[]> groups = groups()) {
            assertThat(grouped).isEmpty();
            assertThat(groups).isEmpty();
        }
    }

    @Test
    void shouldOutliveItsProcess() {
        List<Message<?>> messages = messages(3);
        add(mine, GROUP, messages);
        mine.close();
        assertThatThrownBy(() -> mine.getMessageGroup(GROUP)).isInstanceOf(SegmentClosedException.class);
        try (ShmMessageGroupStore another = new ShmMessageGroupStore(segment.mine(), String.class)) {
            assertThat(another.getMessagesForGroup(GROUP)).containsExactlyElementsOf(messages);
        }
        assertThatThrownBy(() -> new ShmMessageGroupStore((SharedMemory) null, String.class))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ShmMessageGroupStore(segment.mine(), "", Codecs.string()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ---------------------------------------------------------------------------------------------- what a death
    // leaves

    private GroupState state(SharedMap<Object, byte[]> groups, Object group) {
        return GroupState.decode(groups.get(group));
    }

    /** Killed after it had written some of the messages that it adds, and not the list. */
    @Test
    void shouldForgetWhatADeadProcessHadNotAddedYet() {
        List<Message<?>> messages = messages(2);
        add(mine, GROUP, messages);
        try (SharedMap<UUID, Message<?>> grouped = grouped();
                SharedMap<Object, byte[]> groups = groups()) {
            GroupState state = state(groups, GROUP);
            for (int i = 0; i < 5; i++) {
                grouped.set(state.keyOf(state.next + i), message("of the dead"));
            }
            assertThat(theirs.getMessagesForGroup(GROUP)).containsExactlyElementsOf(messages);
            assertThat(theirs.messageGroupSize(GROUP)).isEqualTo(2);
            Message<String> another = message("another");
            theirs.addMessageToGroup(GROUP, another);
            messages.add(another);
            assertThat(mine.getMessagesForGroup(GROUP)).containsExactlyElementsOf(messages);
            assertThat(grouped).hasSize(3);
        }
    }

    /** Killed after the list of a new group was written as not being there, and some of its messages. */
    @Test
    void shouldForgetAGroupThatADeadProcessWasMaking() {
        mine.messageGroupSize(GROUP);
        mine.getMessagesForGroup(GROUP);
        mine.addMessageToGroup("other", message("stays"));
        try (SharedMap<UUID, Message<?>> grouped = grouped();
                SharedMap<Object, byte[]> groups = groups()) {
            for (Object group : List.of(GROUP, "never asked for again")) {
                GroupState state = new GroupState(group.hashCode() | 1L << 40, 1);
                state.gone = true;
                groups.set(group, state.encode());
                grouped.set(state.keyOf(0), message("of the dead"));
                grouped.set(state.keyOf(1), message("of the dead"));
            }
            assertThat(theirs.messageGroupSize(GROUP)).isZero();
            assertThat(theirs.getMessageGroupCount()).isEqualTo(1);
            Message<String> first = message("first");
            theirs.addMessageToGroup(GROUP, first);
            assertThat(mine.getMessagesForGroup(GROUP)).containsExactly(first);
            assertThat(grouped).hasSize(4);
            // The other one is found by whoever goes through all groups.
            assertThat(mine.expireMessageGroups(100_000)).isZero();
            assertThat(groups).containsOnlyKeys(GROUP, "other");
            assertThat(grouped).hasSize(2);
        }
    }

    /** Killed after the list was written, while the messages were being removed. */
    @Test
    void shouldFinishWhatADeadProcessWasRemoving() {
        List<Message<?>> messages = messages(4);
        add(mine, GROUP, messages);
        add(mine, "removed", messages(4));
        try (SharedMap<UUID, Message<?>> grouped = grouped();
                SharedMap<Object, byte[]> groups = groups()) {
            GroupState state = state(groups, GROUP);
            assertThat(state.doom(List.of(
                            messages.get(1).getHeaders().getId(),
                            messages.get(2).getHeaders().getId())))
                    .isTrue();
            groups.set(GROUP, state.encode());
            grouped.remove(state.keyOf(1));
            GroupState removed = state(groups, "removed");
            removed.gone = true;
            groups.set("removed", removed.encode());
            grouped.remove(removed.keyOf(0));
            assertThat(grouped).hasSize(6);

            assertThat(theirs.getMessagesForGroup(GROUP)).containsExactly(messages.get(0), messages.get(3));
            assertThat(theirs.messageGroupSize("removed")).isZero();
            assertThat(theirs.pollMessageFromGroup(GROUP)).isEqualTo(messages.get(0));
            assertThat(grouped).hasSize(4);
            theirs.iterator()
                    .forEachRemaining(group -> assertThat(group.getGroupId()).isEqualTo(GROUP));
            assertThat(grouped).hasSize(1);
            assertThat(groups).containsOnlyKeys(GROUP);
        }
    }

    @Test
    void shouldLeaveAGroupThatALivingProcessIsMakingToIt() {
        mine.addMessageToGroup("other", message("stays"));
        try (SharedMap<Object, byte[]> groups = groups();
                ShmLockRegistry locks =
                        new ShmLockRegistry(segment.theirs(), ShmMessageGroupStore.DEFAULT_NAME + ".locks")) {
            GroupState state = new GroupState(1L << 40, 1);
            state.gone = true;
            groups.set(GROUP, state.encode());
            locks.obtain(GROUP).lock();
            mine.iterator().forEachRemaining(group -> {});
            assertThat(groups).containsKey(GROUP);
            locks.obtain(GROUP).unlock();
            mine.iterator().forEachRemaining(group -> {});
            assertThat(groups).doesNotContainKey(GROUP);
        }
    }

    @Test
    void shouldSayThatTheStateOfAGroupIsDamaged() {
        mine.addMessageToGroup(GROUP, message("a"));
        try (SharedMap<Object, byte[]> groups = groups()) {
            byte[] state = groups.get(GROUP);
            groups.set(GROUP, Arrays.copyOf(state, state.length - 9));
            assertThatThrownBy(() -> mine.getMessageGroup(GROUP))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("damaged");
            state[0] = 9;
            groups.set(GROUP, state);
            assertThatThrownBy(() -> mine.getMessageGroup(GROUP))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("format 9");
            groups.remove(GROUP);
        }
    }

    // ---------------------------------------------------------------------------------------------- who uses it

    static class Aggregator {
        @Bean
        IntegrationFlow lines(ShmMessageGroupStore store, ShmLockRegistry locks) {
            return flow -> flow.aggregate(aggregator ->
                            aggregator.messageStore(store).lockRegistry(locks).expireGroupsUponCompletion(true))
                    .handle((MessageHandler) RECEIVED::add);
        }
    }

    private Application aggregator(Application application, ShmMessageGroupStore store, SharedMemory memory) {
        return application
                .bean("store", ShmMessageGroupStore.class, () -> store)
                .bean("locks", ShmLockRegistry.class, () -> new ShmLockRegistry(memory))
                .with(Aggregator.class)
                .start();
    }

    private static Message<String> line(int group, int number, int size) {
        return MessageBuilder.withPayload(group + "/" + number)
                .setCorrelationId(group)
                .setSequenceNumber(number)
                .setSequenceSize(size)
                .build();
    }

    @Test
    void shouldAggregateInTwoApplicationsAsOne() throws Exception {
        MessageChannel here = aggregator(application, mine, segment.mine()).get("lines.input", MessageChannel.class);
        MessageChannel there =
                aggregator(application.another(), theirs, segment.theirs()).get("lines.input", MessageChannel.class);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> odd = threads.submit(() -> {
                for (int group = 0; group < 50; group++) {
                    here.send(line(group, 1, 4));
                    here.send(line(group, 3, 4));
                }
            });
            Future<?> even = threads.submit(() -> {
                for (int group = 0; group < 50; group++) {
                    there.send(line(group, 2, 4));
                    there.send(line(group, 4, 4));
                }
            });
            odd.get();
            even.get();
        } finally {
            threads.shutdownNow();
        }
        List<Object> groups = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Message<?> whole = Watchdog.take(RECEIVED);
            Object group = whole.getHeaders().get("correlationId");
            groups.add(group);
            assertThat((List<?>) whole.getPayload())
                    .map(Object::toString)
                    .containsExactlyInAnyOrder(group + "/1", group + "/2", group + "/3", group + "/4");
        }
        assertThat(groups).doesNotHaveDuplicates();
        assertThat(RECEIVED).isEmpty();
        assertThat(mine.getMessageGroupCount()).isZero();
    }

    static class Resequencer {
        @Bean
        IntegrationFlow lines(ShmMessageGroupStore store) {
            return flow -> flow.resequence(
                            resequencer -> resequencer.messageStore(store).releasePartialSequences(true))
                    .handle((MessageHandler) RECEIVED::add);
        }
    }

    @Test
    void shouldResequence() {
        Application running = application
                .bean("store", ShmMessageGroupStore.class, () -> mine)
                .with(Resequencer.class)
                .start();
        MessageChannel lines = running.get("lines.input", MessageChannel.class);
        for (int number : new int[] {3, 1, 5, 2, 4}) {
            lines.send(line(1, number, 5));
        }
        for (int number = 1; number <= 5; number++) {
            assertThat(Watchdog.take(RECEIVED).getPayload()).isEqualTo("1/" + number);
        }
    }

    @Test
    void shouldKeepTheMessagesOfAChannel() {
        QueueChannel channel = new QueueChannel(new MessageGroupQueue(mine, "channel"));
        List<Message<?>> messages = messages(3);
        messages.forEach(channel::send);
        QueueChannel successor = new QueueChannel(new MessageGroupQueue(theirs, "channel"));
        assertThat(successor.getQueueSize()).isEqualTo(3);
        for (Message<?> message : messages) {
            assertThat(successor.receive(0)).isEqualTo(message);
        }
        assertThat(channel.receive(0)).isNull();
    }
}
