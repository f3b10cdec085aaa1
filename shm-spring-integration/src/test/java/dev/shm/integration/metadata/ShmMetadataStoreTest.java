package dev.shm.integration.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.error.SegmentClosedException;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.handler.advice.IdempotentReceiverInterceptor;
import org.springframework.integration.metadata.MetadataStoreListener;
import org.springframework.integration.selector.MetadataStoreSelector;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.GenericMessage;

/**
 * What the framework asks of its metadata stores, between two attachments of a segment. Each test of its {@code RedisMetadataStoreTests},
 * whose store is shared by processes as well, has one here; those of what is concurrent and listened to are ours.
 *
 * <table>
 * <tr><td>{@code testGetNonExistingKeyValue}</td>
 *     <td>{@link #shouldSayNullForWhatIsNotThere}</td></tr>
 * <tr><td>{@code testPersistKeyValue}, {@code testGetValueFromMetadataStore}, {@code testRemoveFromMetadataStore}</td>
 *     <td>{@link #shouldShowOthersWhatWasPut}</td></tr>
 * <tr><td>{@code testPersistEmptyStringToMetadataStore}, {@code testPersistWithEmptyKeyToMetadataStore}</td>
 *     <td>{@link #shouldShowOthersWhatWasPut}</td></tr>
 * <tr><td>{@code testPersistNullStringToMetadataStore}, {@code testPersistWithNullKeyToMetadataStore}, {@code
 * testGetValueWithNullKeyFromMetadataStore}</td>
 *     <td>{@link #shouldRefuseNull}</td></tr>
 * </table>
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShmMetadataStoreTest {

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private static final BlockingQueue<Message<?>> RECEIVED = new LinkedBlockingQueue<>();

    private ShmMetadataStore mine;
    private ShmMetadataStore theirs;

    @BeforeEach
    void open() {
        mine = new ShmMetadataStore(segment.mine());
        theirs = new ShmMetadataStore(segment.theirs());
    }

    @AfterEach
    void close() {
        mine.close();
        theirs.close();
    }

    @Test
    void shouldSayNullForWhatIsNotThere() {
        assertThat(mine.get("absent")).isNull();
        assertThat(mine.remove("absent")).isNull();
        assertThat(mine.replace("absent", "a", "b")).isFalse();
        assertThat(mine.get("absent")).isNull();
    }

    @Test
    void shouldShowOthersWhatWasPut() {
        mine.put("key", "value");
        assertThat(theirs.get("key")).isEqualTo("value");
        theirs.put("key", "another");
        assertThat(mine.get("key")).isEqualTo("another");
        mine.put("", "");
        assertThat(theirs.get("")).isEmpty();
        assertThat(mine.remove("key")).isEqualTo("another");
        assertThat(theirs.get("key")).isNull();
    }

    @Test
    void shouldKeepLongAndStrangeTexts() {
        String text = "ä€𝄞\n".repeat(10_000);
        mine.put(text, text);
        assertThat(theirs.get(text)).isEqualTo(text);
        assertThat(theirs.remove(text)).isEqualTo(text);
    }

    @Test
    void shouldPutOnlyIfAbsent() {
        assertThat(mine.putIfAbsent("key", "first")).isNull();
        assertThat(theirs.putIfAbsent("key", "second")).isEqualTo("first");
        assertThat(mine.get("key")).isEqualTo("first");
    }

    @Test
    void shouldReplaceOnlyWhatIsExpected() {
        mine.put("key", "old");
        assertThat(theirs.replace("key", "other", "new")).isFalse();
        assertThat(mine.get("key")).isEqualTo("old");
        assertThat(theirs.replace("key", "old", "new")).isTrue();
        assertThat(mine.get("key")).isEqualTo("new");
        assertThat(mine.replace("key", "new", "new")).isTrue();
    }

    @Test
    void shouldRefuseNull() {
        assertThatThrownBy(() -> mine.put(null, "value")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.put("key", null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.get(null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.remove(null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.putIfAbsent("key", null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.replace("key", null, "value")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.replace("key", "value", null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ShmMetadataStore((SharedMemory) null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ShmMetadataStore(segment.mine(), " "))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldHaveOneWinnerAndCountExactly() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> counts = new ArrayList<>();
            mine.put("sum", "0");
            for (int i = 0; i < 4; i++) {
                ShmMetadataStore store = i % 2 == 0 ? mine : theirs;
                Callable<Integer> work = () -> {
                    int won = 0;
                    for (int number = 0; number < 500; number++) {
                        if (store.putIfAbsent(
                                        "message " + number,
                                        Thread.currentThread().getName())
                                == null) {
                            won++;
                        }
                        String before = store.get("sum");
                        while (!store.replace("sum", before, Integer.toString(Integer.parseInt(before) + 1))) {
                            before = store.get("sum");
                        }
                    }
                    return won;
                };
                counts.add(threads.submit(work));
            }
            int won = 0;
            for (Future<Integer> count : counts) {
                won += count.get();
            }
            assertThat(won).isEqualTo(500);
            assertThat(mine.get("sum")).isEqualTo("2000");
        } finally {
            threads.shutdownNow();
        }
    }

    private static final class Heard implements MetadataStoreListener {

        final List<String> events = new ArrayList<>();

        @Override
        public void onAdd(String key, String value) {
            events.add("add " + key + " " + value);
        }

        @Override
        public void onRemove(String key, String oldValue) {
            events.add("remove " + key + " " + oldValue);
        }

        @Override
        public void onUpdate(String key, String newValue) {
            events.add("update " + key + " " + newValue);
        }
    }

    @Test
    void shouldTellListenersOfItsOwnChangesOnly() {
        Heard heard = new Heard();
        mine.addListener(heard);
        mine.put("a", "1");
        mine.put("a", "2");
        mine.putIfAbsent("a", "3");
        mine.putIfAbsent("b", "1");
        mine.replace("b", "0", "2");
        mine.replace("b", "1", "2");
        mine.remove("a");
        mine.remove("a");
        theirs.put("c", "1");
        theirs.remove("b");
        assertThat(heard.events).containsExactly("add a 1", "update a 2", "add b 1", "update b 2", "remove a 2");
        mine.removeListener(heard);
        mine.put("d", "1");
        assertThat(heard.events).hasSize(5);
    }

    @Test
    void shouldOutliveItsProcess() {
        mine.put("key", "value");
        mine.close();
        assertThatThrownBy(() -> mine.get("key"))
                .isInstanceOf(SegmentClosedException.class)
                .hasMessageContaining("shm.metadata");
        try (ShmMetadataStore another = new ShmMetadataStore(segment.mine())) {
            assertThat(another.get("key")).isEqualTo("value");
        }
        assertThat(theirs.get("key")).isEqualTo("value");
    }

    @Test
    void shouldKeepStoresOfOtherNamesApart() {
        try (ShmMetadataStore other = new ShmMetadataStore(segment.mine(), "other")) {
            mine.put("key", "mine");
            assertThat(other.get("key")).isNull();
            assertThat(other).hasToString("ShmMetadataStore[other]");
        }
    }

    @Test
    void shouldGoOnInTheSuccessorOfItsSegment() {
        AtomicReference<SharedMemory> current = new AtomicReference<>(segment.theirs());
        try (ShmMetadataStore store = new ShmMetadataStore(current::get, "metadata")) {
            store.put("key", "value");
            segment.theirs().close();
            assertThatThrownBy(() -> store.get("key")).isInstanceOf(SegmentClosedException.class);
            current.set(segment.mine());
            assertThat(store.get("key")).isEqualTo("value");
        }
    }

    static class Idempotent {
        @Bean
        IdempotentReceiverInterceptor once(ShmMetadataStore store) {
            IdempotentReceiverInterceptor interceptor = new IdempotentReceiverInterceptor(
                    new MetadataStoreSelector(message -> message.getPayload().toString(), store));
            interceptor.setThrowExceptionOnRejection(false);
            interceptor.setDiscardChannelName("nullChannel");
            return interceptor;
        }

        @Bean
        IntegrationFlow flow(IdempotentReceiverInterceptor once) {
            return flow -> flow.handle(
                    (MessageHandler) message -> {
                        if (!Boolean.TRUE.equals(message.getHeaders().get("duplicateMessage"))) {
                            RECEIVED.add(message);
                        }
                    },
                    endpoint -> endpoint.advice(once));
        }
    }

    @Test
    void shouldLetAnIdempotentReceiverOfTwoApplicationsHandleAMessageOnce() {
        RECEIVED.clear();
        Application here = application
                .bean("store", ShmMetadataStore.class, () -> new ShmMetadataStore(segment.mine()))
                .with(Idempotent.class)
                .start();
        Application there = application
                .another()
                .bean("store", ShmMetadataStore.class, () -> new ShmMetadataStore(segment.theirs()))
                .with(Idempotent.class)
                .start();
        for (Application one : List.of(here, there, here)) {
            one.get("flow.input", MessageChannel.class).send(new GenericMessage<>("a"));
        }
        there.get("flow.input", MessageChannel.class).send(new GenericMessage<>("b"));
        assertThat(Watchdog.take(RECEIVED).getPayload()).isEqualTo("a");
        assertThat(Watchdog.take(RECEIVED).getPayload()).isEqualTo("b");
        assertThat(RECEIVED).isEmpty();
    }
}
