package dev.shm.boot.autoconfigure.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.shm.PeerInfo;
import dev.shm.Role;
import dev.shm.SegmentListener;
import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.testing.PeerChild;
import dev.shm.boot.autoconfigure.testing.Segment;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.EventListener;

class ShmEventsTest {

    @TempDir
    private Path directory;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ShmEventAutoConfiguration.class))
            .withUserConfiguration(Segment.ManagerConfiguration.class, ListenerConfiguration.class);

    /** Writes down what is published. */
    static final class Diary {

        final List<ShmEvent> events = new CopyOnWriteArrayList<>();
        final List<String> threads = new CopyOnWriteArrayList<>();
        final CountDownLatch open = new CountDownLatch(1);
        volatile boolean blocking;

        @EventListener
        void on(ShmEvent event) throws InterruptedException {
            threads.add(Thread.currentThread().getName());
            events.add(event);
            if (blocking) {
                open.await();
            }
            if (event instanceof ShmPeerLeftEvent) {
                throw new IllegalStateException("on purpose");
            }
        }

        private <T extends ShmEvent> T awaited(Class<T> type) {
            await().until(() -> events.stream().anyMatch(type::isInstance));
            return events.stream()
                    .filter(type::isInstance)
                    .map(type::cast)
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ListenerConfiguration {

        @Bean
        Diary diary() {
            return new Diary();
        }
    }

    private static QueueType<String> mortal() {
        return SharedQueue.of(String.class).capacityBytes(1 << 16).deadLettersAfter(1);
    }

    private static void bury(SharedQueue<String> queue, String message) {
        queue.offer(message);
        try {
            queue.receive(Duration.ofSeconds(10)).release();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertThat(queue.poll()).isNull();
    }

    // ------------------------------------------------------------------------------------------ peers

    @Test
    void shouldTellOfThoseThatJoinLeaveAndDie() {
        runner.run(context -> {
            Diary diary = context.getBean(Diary.class);
            SharedMemory desk = context.getBean(SharedMemoryManager.class).create(Segment.in(directory, "desk"));
            try (PeerChild leaver = PeerChild.start(directory, "desk", Role.PEER)) {
                ShmPeerJoinedEvent joined = diary.awaited(ShmPeerJoinedEvent.class);
                assertThat(joined.memory()).isSameAs(desk);
                assertThat(joined.segment()).isEqualTo("desk");
                assertThat(joined.peer().pid()).isEqualTo(leaver.pid());
                assertThat(joined.peer().application()).isEqualTo("child");
                leaver.leave();
                assertThat(diary.awaited(ShmPeerLeftEvent.class).peer().pid()).isEqualTo(leaver.pid());
            }
            try (PeerChild victim = PeerChild.start(directory, "desk", Role.PEER)) {
                await().until(() -> diary.events.stream()
                        .anyMatch(event -> event instanceof ShmPeerJoinedEvent joined
                                && joined.peer().pid() == victim.pid()));
                victim.kill();
                assertThat(diary.awaited(ShmPeerDiedEvent.class).peer().pid()).isEqualTo(victim.pid());
            }
            assertThat(diary.threads).containsOnly("shm-events");
        });
    }

    @Test
    void shouldTellThatTheCreatorIsLostAndThatTheSegmentEnds() {
        runner.run(context -> {
            Diary diary = context.getBean(Diary.class);
            SharedMemoryManager manager = context.getBean(SharedMemoryManager.class);
            SharedMemory desk;
            try (PeerChild creator = PeerChild.start(directory, "desk", Role.CREATOR)) {
                desk = manager.open(Segment.in(directory, "desk").role(Role.CONSUMER));
                creator.kill();
                assertThat(diary.awaited(ShmCreatorLostEvent.class).memory()).isSameAs(desk);
            }
            try (SharedMemory successor =
                    Segment.in(directory, "desk").role(Role.CREATOR).openOrCreate()) {
                ShmSegmentEndedEvent ended = diary.awaited(ShmSegmentEndedEvent.class);
                assertThat(ended.memory()).isSameAs(desk);
                assertThat(ended.reason()).hasMessageContaining("replaced by a new creator");
                assertThat(successor.isOpen()).isTrue();
            }
        });
    }

    @Test
    void shouldNotHoldTheHousekeepingUpWhileAListenerIsBusy() {
        runner.run(context -> {
            Diary diary = context.getBean(Diary.class);
            diary.blocking = true;
            SharedMemoryManager manager = context.getBean(SharedMemoryManager.class);
            List<String> heard = new CopyOnWriteArrayList<>();
            manager.addListener(new SegmentListener() {
                @Override
                public void peerJoined(SharedMemory memory, PeerInfo peer) {
                    heard.add(peer.application() + " joined");
                }

                @Override
                public void peerLeft(SharedMemory memory, PeerInfo peer) {
                    heard.add(peer.application() + " left");
                }
            });
            manager.create(Segment.in(directory, "desk"));
            for (int i = 0; i < 3; i++) {
                SharedMemory other =
                        Segment.in(directory, "desk").application("other" + i).open();
                String application = "other" + i;
                await().until(() -> heard.contains(application + " joined"));
                other.close();
                await().until(() -> heard.contains(application + " left"));
            }
            await().until(() -> diary.events.size() == 1);
            diary.blocking = false;
            diary.open.countDown();
            await().until(() -> diary.events.stream()
                            .filter(ShmPeerLeftEvent.class::isInstance)
                            .count()
                    == 3);
            assertThat(diary.events)
                    .filteredOn(ShmPeerLeftEvent.class::isInstance)
                    .extracting(event -> ((ShmPeerLeftEvent) event).peer().application())
                    .containsExactly("other0", "other1", "other2");
        });
    }

    // ------------------------------------------------------------------------------------------ dead letters

    @Test
    void shouldTellOfDeadLettersWhoeverFoundThem() {
        runner.run(context -> {
            Diary diary = context.getBean(Diary.class);
            SharedMemoryManager manager = context.getBean(SharedMemoryManager.class);
            SharedMemory desk = manager.create(Segment.in(directory, "desk"));
            // Without one, what a first look finds may be older than the look.
            Thread.sleep(1_500);
            try (SharedMemory other = Segment.in(directory, "desk").open();
                    SharedQueue<String> orders = other.create("orders", mortal())) {
                bury(orders, "bad");
                ShmDeadLetterEvent first = diary.awaited(ShmDeadLetterEvent.class);
                assertThat(first.memory()).isSameAs(desk);
                assertThat(first.channel()).isEqualTo("orders");
                assertThat(first.count()).isEqualTo(1);
                assertThat(first.total()).isEqualTo(1);
                diary.events.clear();
                bury(orders, "worse");
                bury(orders, "worst");
                await().until(() -> told(diary) == 2);
                assertThat(diary.events)
                        .filteredOn(ShmDeadLetterEvent.class::isInstance)
                        .last()
                        .satisfies(event ->
                                assertThat(((ShmDeadLetterEvent) event).total()).isEqualTo(3));
            }
        });
    }

    private static long told(Diary diary) {
        return diary.events.stream()
                .filter(ShmDeadLetterEvent.class::isInstance)
                .mapToLong(event -> ((ShmDeadLetterEvent) event).count())
                .sum();
    }

    @Test
    void shouldNotTellOfDeadLettersThatWereThereBefore() {
        try (SharedMemory before = Segment.in(directory, "desk").create();
                SharedQueue<String> orders = before.create("orders", mortal())) {
            bury(orders, "old");
            runner.run(context -> {
                Diary diary = context.getBean(Diary.class);
                context.getBean(SharedMemoryManager.class).open(Segment.in(directory, "desk"));
                Thread.sleep(1_500);
                assertThat(told(diary)).isZero();
                bury(orders, "new");
                ShmDeadLetterEvent event = diary.awaited(ShmDeadLetterEvent.class);
                assertThat(event.count()).isEqualTo(1);
                assertThat(event.total()).isEqualTo(2);
            });
        }
    }

    // ------------------------------------------------------------------------------------------ life of the context

    @Configuration(proxyBeanMethods = false)
    static class OpeningConfiguration {

        @Bean
        @Lazy
        SharedMemory desk(SharedMemoryManager manager, Path directory) {
            return manager.create(Segment.in(directory, "desk"));
        }

        /** Joins before any listener is there. */
        @Bean
        SharedMemory early(SharedMemory desk, Path directory) {
            SharedMemory other =
                    Segment.in(directory, "desk").application("early").open();
            await().until(() -> desk.peers().size() == 2);
            return other;
        }
    }

    @Test
    void shouldTellWhatHappenedWhileTheApplicationStarted() {
        runner.withBean("directory", Path.class, () -> directory)
                .withUserConfiguration(OpeningConfiguration.class)
                .run(context -> assertThat(context.getBean(Diary.class)
                                .awaited(ShmPeerJoinedEvent.class)
                                .peer()
                                .application())
                        .isEqualTo("early"));
    }

    @Test
    void shouldTellAnApplicationWhoseBeansAreLazy() {
        runner.withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> {
                    SharedMemoryManager manager = context.getBean(SharedMemoryManager.class);
                    manager.create(Segment.in(directory, "desk"));
                    try (SharedMemory other =
                            Segment.in(directory, "desk").application("other").open()) {
                        assertThat(context.getBean(Diary.class)
                                        .awaited(ShmPeerJoinedEvent.class)
                                        .peer()
                                        .pid())
                                .isEqualTo(other.self().pid());
                    }
                });
    }

    @Test
    void shouldLetAListenerCloseTheApplication() {
        runner.withBean(Closer.class).run(context -> {
            context.getBean(SharedMemoryManager.class).create(Segment.in(directory, "desk"));
            try (SharedMemory other = Segment.in(directory, "desk").open()) {
                await().until(() -> !context.isActive());
                await().until(() -> other.peers().size() == 1);
            }
        });
    }

    record Closer(ConfigurableApplicationContext context) {

        @EventListener
        void on(ShmPeerJoinedEvent event) {
            context.close();
        }
    }

    @Test
    void shouldLeaveNoThreadBehind() {
        runner.run(context -> {
            context.getBean(SharedMemoryManager.class).create(Segment.in(directory, "desk"));
            await().until(() -> threads() > 0);
        });
        await().until(() -> threads() == 0);
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("shm-events"))
                .count();
    }

    @Test
    void shouldNotStartAThreadWithoutAManager() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ShmEventAutoConfiguration.class))
                .run(context -> assertThat(threads()).isZero());
    }
}
