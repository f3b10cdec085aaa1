package dev.shm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.collection.SharedLocks;
import dev.shm.collection.SharedMap;
import dev.shm.integration.lock.ShmLockRegistry;
import dev.shm.integration.metadata.ShmMetadataStore;
import dev.shm.integration.store.ShmMessageGroupStore;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.ChildJvm;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.store.MessageGroup;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.GenericMessage;

/** Locks, metadata and groups of messages between two JVMs, one of which is killed in the middle of its work. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoresIT {

    private static final int KILLS = Math.min(40, Math.max(5, Integer.getInteger("shm.torture.kills", 300) / 20));

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private static final BlockingQueue<Message<?>> RECEIVED = new LinkedBlockingQueue<>();

    /** The other process: {@code Worker <directory> locks|locksForATime|waits|counts|wins|aggregates|makes|<seed of changes>}. */
    static final class Worker {

        private final SharedMemory desk;
        private final ShmLockRegistry locks;
        private final ShmMetadataStore metadata;

        private Worker(SharedMemory desk) {
            this.desk = desk;
            this.locks = new ShmLockRegistry(desk);
            this.metadata = new ShmMetadataStore(desk);
        }

        public static void main(String[] arguments) throws Exception {
            SharedMemory desk =
                    SharedMemory.named("test").directory(Path.of(arguments[0])).open();
            Worker worker = new Worker(desk);
            Thread work = new Thread(() -> {
                try {
                    worker.run(arguments[1]);
                } catch (Exception e) {
                    e.printStackTrace(System.out);
                }
            });
            work.setDaemon(true);
            work.start();
            while (System.in.read() >= 0) {
                // Until the parent lets go.
            }
            Runtime.getRuntime().halt(0);
        }

        private void run(String role) throws Exception {
            switch (role) {
                case "locks" -> {
                    for (String key : List.of("a", "b", "a key that has a block of its own")) {
                        locks.obtain(key).lock();
                    }
                    System.out.println("locked");
                    new CountDownLatch(1).await();
                }
                case "locksForATime" -> {
                    locks.obtain("for ever").lock();
                    locks.obtain("for a time").lock(Duration.ofMillis(300));
                    System.out.println("locked");
                    new CountDownLatch(1).await();
                }
                case "waits" -> {
                    locks.obtain("warm").lock();
                    locks.obtain("warm").unlock();
                    long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                    System.out.println("waiting");
                    locks.obtain("a").lock();
                    long used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
                    System.out.println("got it");
                    locks.obtain("a").unlock();
                    System.out.println("gave it back");
                    System.out.println("cpu millis " + TimeUnit.NANOSECONDS.toMillis(used));
                }
                case "counts" -> {
                    System.out.println("ready");
                    count(locks, desk);
                }
                case "wins" -> {
                    System.out.println("ready");
                    for (int i = 0; ; i++) {
                        metadata.putIfAbsent(
                                "key " + i % 10_000,
                                Long.toString(ProcessHandle.current().pid()));
                    }
                }
                case "aggregates" -> aggregate();
                case "makes" ->
                    new ShmMessageGroupStore(desk, ShmMessageGroupStore.DEFAULT_NAME, new StoppingCodec())
                            .addMessagesToGroup(
                                    "group", new GenericMessage<>("first"), new GenericMessage<>(StoppingCodec.STOP));
                default -> change(Long.parseLong(role));
            }
        }

        private void aggregate() {
            Application application = start(new Application(), desk);
            MessageChannel lines = application.get("lines.input", MessageChannel.class);
            for (int number = 1; number <= 2; number++) {
                lines.send(line("order", number, 4));
            }
            System.out.println("half full");
        }

        /** Adds to groups, takes from them and removes them, and says what it has done. */
        private void change(long seed) {
            ShmMessageGroupStore store = new ShmMessageGroupStore(desk, String.class);
            Random random = new Random(seed);
            System.out.println("ready");
            for (int i = 0; ; i++) {
                Object group = "group " + random.nextInt(4);
                switch (random.nextInt(6)) {
                    case 0, 1, 2 -> {
                        Message<?>[] messages = new Message<?>[1 + random.nextInt(4)];
                        for (int m = 0; m < messages.length; m++) {
                            messages[m] = new GenericMessage<>("x".repeat(random.nextInt(300)) + i);
                        }
                        store.addMessagesToGroup(group, messages);
                    }
                    case 3 -> store.pollMessageFromGroup(group);
                    case 4 ->
                        store.removeMessagesFromGroup(
                                group,
                                store.getMessagesForGroup(group).stream()
                                        .filter(message -> random.nextBoolean())
                                        .toList());
                    default -> store.removeMessageGroup(group);
                }
            }
        }
    }

    /** Strings, and one that is never written to its end. */
    private static final class StoppingCodec implements Codec<String> {

        static final String STOP = "stop";

        private final Codec<String> strings = Codecs.string();

        @Override
        public String name() {
            return strings.name();
        }

        @Override
        public int size(String value) {
            return strings.size(value);
        }

        @Override
        public void encode(String value, ByteBuffer target) {
            if (value.equals(STOP)) {
                System.out.println("in the middle");
                new Semaphore(0).acquireUninterruptibly();
            }
            strings.encode(value, target);
        }

        @Override
        public String decode(ByteBuffer source) {
            return strings.decode(source);
        }
    }

    /** Two words that are equal whenever nobody has the lock, if nobody was killed between them; the second one is never ahead. */
    private static void count(ShmLockRegistry locks, SharedMemory memory) {
        SharedMap<String, Long> counts = memory.openOrCreate("counts", SharedMap.of(String.class, Long.class));
        for (; ; ) {
            Lock lock = locks.obtain("counts");
            lock.lock();
            try {
                long first = counts.getOrDefault("first", 0L);
                counts.put("first", first + 1);
                counts.put("second", first + 1);
            } finally {
                lock.unlock();
            }
        }
    }

    static class Aggregator {
        @Bean
        IntegrationFlow lines(ShmMessageGroupStore store, ShmLockRegistry locks) {
            return flow -> flow.aggregate(aggregator ->
                            aggregator.messageStore(store).lockRegistry(locks).expireGroupsUponCompletion(true))
                    .handle((MessageHandler) RECEIVED::add);
        }
    }

    private static Application start(Application application, SharedMemory memory) {
        return application
                .bean("store", ShmMessageGroupStore.class, () -> new ShmMessageGroupStore(memory, String.class))
                .bean("locks", ShmLockRegistry.class, () -> new ShmLockRegistry(memory))
                .with(Aggregator.class)
                .start();
    }

    private static Message<String> line(String group, int number, int size) {
        return MessageBuilder.withPayload(group + "/" + number)
                .setCorrelationId(group)
                .setSequenceNumber(number)
                .setSequenceSize(size)
                .build();
    }

    private ChildJvm child(Object role, String ready) {
        ChildJvm child = ChildJvm.start(Worker.class, segment.directory(), role);
        child.await(ready);
        return child;
    }

    @Test
    void shouldFreeTheLocksOfAProcessThatIsKilled() throws Exception {
        ShmLockRegistry locks = new ShmLockRegistry(segment.mine());
        try (ChildJvm child = child("locks", "locked")) {
            assertThat(locks.holders()).hasSize(3);
            assertThat(locks.holders().get("a")).contains(Long.toString(child.pid()));
            assertThat(locks.obtain("a").tryLock(20, TimeUnit.MILLISECONDS)).isFalse();
        }
        locks.obtain("a").lock();
        Lock other = locks.obtain("b");
        assertThat(other.tryLock(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(locks.holders()).containsOnlyKeys("a", "b");
        other.unlock();
        locks.obtain("a").unlock();
        locks.expireUnusedOlderThan(0);
        try (SharedLocks entries = segment.mine().open(ShmLockRegistry.DEFAULT_NAME, SharedLocks.type())) {
            assertThat(entries.removeDead()).isZero();
        }
        assertThat(segment.problems()).isEmpty();
        locks.close();
    }

    @Test
    void shouldWakeWhoWaitsWhenTheHolderIsKilled() throws Exception {
        ShmLockRegistry locks = new ShmLockRegistry(segment.mine());
        CountDownLatch got = new CountDownLatch(1);
        Thread waits;
        try (ChildJvm child = child("locks", "locked")) {
            waits = new Thread(() -> {
                locks.obtain("a").lock();
                got.countDown();
            });
            waits.start();
            // It sleeps by then; if not, it finds the lock free later, which is as good.
            Thread.sleep(100);
            assertThat(got.getCount()).isEqualTo(1);
            assertThat(child.pid()).isPositive();
        }
        assertThat(got.await(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        waits.join();
        locks.close();
    }

    @Test
    void shouldGetALockFromAnotherProcessAndUseNoCpuWhileItWaits() throws Exception {
        ShmLockRegistry locks = new ShmLockRegistry(segment.mine());
        locks.obtain("a").lock();
        try (ChildJvm child = child("waits", "waiting")) {
            Thread.sleep(3_000);
            assertThat(locks.holders()).containsOnlyKeys("a");
            locks.obtain("a").unlock();
            child.await("got it");
            child.await("gave it back");
            // Of the processor's time, not of the clock's: of three seconds it has slept nearly all.
            assertThat(Long.parseLong(child.await("cpu millis"))).isLessThan(750);
        }
        assertThat(locks.obtain("a").tryLock()).isTrue();
        locks.close();
    }

    @Test
    void shouldExcludeOthersWhileProcessesAreKilledAgainAndAgain() {
        ShmLockRegistry locks = new ShmLockRegistry(segment.mine());
        Random random = new Random(5);
        try (SharedMap<String, Long> counts =
                segment.mine().openOrCreate("counts", SharedMap.of(String.class, Long.class))) {
            for (int round = 0; round < KILLS; round++) {
                long before = counts.getOrDefault("first", 0L);
                try (ChildJvm one = child("counts", "ready");
                        ChildJvm other = child("counts", "ready")) {
                    assertThat(one.pid()).isNotEqualTo(other.pid());
                    Watchdog.await("some work", () -> counts.getOrDefault("first", 0L) > before + 100);
                    Watchdog.await("a moment", () -> random.nextInt(5) == 0);
                }
                Lock lock = locks.obtain("counts");
                lock.lock();
                try {
                    long first = counts.getOrDefault("first", 0L);
                    // The last one may have been killed between the two, and the next then began where it had begun.
                    assertThat(counts.getOrDefault("second", 0L)).isBetween(first - 1, first);
                    counts.put("second", first);
                } finally {
                    lock.unlock();
                }
            }
        }
        locks.expireUnusedOlderThan(0);
        assertThat(locks.holders()).isEmpty();
        assertThat(segment.problems()).isEmpty();
        locks.close();
    }

    @Test
    void shouldHaveOneWinnerForAKeyAlsoIfProcessesAreKilled() {
        try (ShmMetadataStore metadata = new ShmMetadataStore(segment.mine());
                ChildJvm one = child("wins", "ready");
                ChildJvm other = child("wins", "ready")) {
            Watchdog.await("some work", () -> metadata.get("key 2000") != null);
            List<String> first = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                first.add(metadata.get("key " + i));
            }
            one.close();
            Watchdog.await("the rest", () -> metadata.get("key 9999") != null);
            assertThat(metadata.putIfAbsent("key 9999", "late")).isIn("" + one.pid(), "" + other.pid());
            for (int i = 0; i < 2_000; i++) {
                assertThat(metadata.get("key " + i)).isEqualTo(first.get(i));
            }
        }
        assertThat(segment.problems()).isEmpty();
    }

    @Test
    void shouldCompleteInANewProcessWhatAKilledAggregatorHadBegun() {
        RECEIVED.clear();
        try (ChildJvm child = child("aggregates", "half full")) {
            assertThat(child.pid()).isPositive();
        }
        Application here = start(application, segment.mine());
        ShmMessageGroupStore store = here.get("store", ShmMessageGroupStore.class);
        assertThat(store.messageGroupSize("order")).isEqualTo(2);
        MessageChannel lines = here.get("lines.input", MessageChannel.class);
        lines.send(line("order", 3, 4));
        assertThat(RECEIVED).isEmpty();
        lines.send(line("order", 4, 4));
        assertThat((List<?>) Watchdog.take(RECEIVED).getPayload())
                .map(Object::toString)
                .containsExactly("order/1", "order/2", "order/3", "order/4");
        assertThat(store.getMessageGroupCount()).isZero();
        assertThat(segment.problems()).isEmpty();
    }

    private SharedMap<UUID, Message<?>> grouped() {
        return segment.mine()
                .openOrCreate(
                        ShmMessageGroupStore.DEFAULT_NAME + ".grouped",
                        SharedMap.of(
                                UUID.class,
                                ShmMessageMapper.defaults().forStore().codec(String.class)));
    }

    /** At once: nobody needs to have reaped it. */
    @Test
    void shouldForgetAGroupWhoseMakerWasKilledUnderItsLock() {
        try (ShmMessageGroupStore store = new ShmMessageGroupStore(segment.mine(), String.class);
                SharedMap<UUID, Message<?>> grouped = grouped()) {
            for (int round = 0; round < 3; round++) {
                try (ChildJvm child = child("makes", "in the middle")) {
                    assertThat(child.pid()).isPositive();
                    assertThat(store.iterator()).isExhausted();
                    assertThat(grouped).hasSize(1);
                }
                assertThat(store.iterator()).isExhausted();
                assertThat(grouped).isEmpty();
            }
        }
        assertThat(segment.problems()).isEmpty();
    }

    @Test
    void shouldLeaveGroupsWholeWhileProcessesAreKilledAgainAndAgain() throws Exception {
        Random random = new Random(6);
        try (ShmMessageGroupStore store = new ShmMessageGroupStore(segment.mine(), String.class);
                SharedMap<UUID, Message<?>> grouped = grouped()) {
            for (int round = 0; round < KILLS; round++) {
                try (ChildJvm one = child(2L * round, "ready");
                        ChildJvm other = child(2L * round + 1, "ready")) {
                    assertThat(one.pid()).isNotEqualTo(other.pid());
                    Thread.sleep(20 + random.nextInt(200));
                }
                // Until then a change that one of them had committed may not have been carried out, and what is counted
                // here changes.
                Watchdog.await(
                        "the dead to be reaped", () -> segment.mine().peers().size() == 1);
                int listed = 0;
                for (MessageGroup group : store) {
                    int size = store.messageGroupSize(group.getGroupId());
                    assertThat(store.getMessagesForGroup(group.getGroupId())).hasSize(size);
                    // Whoever changes a group removes what a death has left of it.
                    store.addMessageToGroup(group.getGroupId(), new GenericMessage<>("after round " + round));
                    listed += size + 1;
                }
                assertThat(store.getMessageCountForAllMessageGroups()).isEqualTo(listed);
                assertThat(grouped).as("round %d", round).hasSize(listed);
            }
            for (int i = 0; i < 4; i++) {
                store.removeMessageGroup("group " + i);
            }
            assertThat(store.getMessageGroupCount()).isZero();
            assertThat(grouped).isEmpty();
        }
        assertThat(segment.problems()).isEmpty();
    }

    @Test
    void shouldKeepTheLocksOfAStoppedProcessUnlessTheyWereTakenForATime() throws Exception {
        try (ShmLockRegistry locks = new ShmLockRegistry(segment.mine());
                ChildJvm child = child("locksForATime", "locked")) {
            Process stop = new ProcessBuilder("kill", "-STOP", Long.toString(child.pid())).start();
            assertThat(stop.waitFor()).isZero();
            assertThat(locks.obtain("for a time").tryLock(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(locks.obtain("for ever").tryLock(200, TimeUnit.MILLISECONDS))
                    .isFalse();
            locks.obtain("for a time").unlock();
        }
    }
}
