package dev.shm.boot.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.shm.Role;
import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.actuate.ShmEndpoint.ChannelDescriptor;
import dev.shm.boot.autoconfigure.actuate.ShmEndpoint.PeerDescriptor;
import dev.shm.boot.autoconfigure.actuate.ShmEndpoint.SegmentDescriptor;
import dev.shm.boot.autoconfigure.actuate.ShmEndpoint.SegmentSummary;
import dev.shm.boot.autoconfigure.testing.Segment;
import dev.shm.collection.SharedMap;
import dev.shm.queue.Delivery;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

class ShmEndpointTest {

    @TempDir
    private Path directory;

    private SharedMemoryManager manager;
    private ShmEndpoint endpoint;
    private ShmHeapEndpoint pictures;

    @BeforeEach
    void start() {
        manager = SharedMemoryManager.start();
        endpoint = new ShmEndpoint(Segment.of(manager));
        pictures = new ShmHeapEndpoint(Segment.of(manager));
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private SegmentDescriptor detail(String name) {
        SegmentDescriptor detail = endpoint.segment(name, null);
        assertThat(detail).isNotNull();
        return detail;
    }

    // ------------------------------------------------------------------------------------------ good ones

    @Test
    void shouldListSegmentsThatComeAndGo() {
        assertThat(endpoint.segments().segments()).isEmpty();
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        manager.create(Segment.in(directory, "lamp").role(Role.CREATOR));
        desk.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16));
        assertThat(endpoint.segments().segments()).containsOnlyKeys("desk", "lamp");
        SegmentSummary summary = endpoint.segments().segments().get("desk");
        assertThat(summary.state()).isEqualTo("open");
        assertThat(summary.role()).isEqualTo("peer");
        assertThat(summary.creatorLost()).isFalse();
        assertThat(summary.size()).isEqualTo(4 << 20);
        assertThat(summary.used()).isEqualTo(desk.statistics().usedBytes()).isGreaterThan(1 << 16);
        assertThat(summary.free()).isEqualTo(desk.statistics().freeBytes());
        assertThat(summary.largestFree()).isEqualTo(desk.statistics().largestFreeBlock());
        assertThat(summary.peers()).isEqualTo(1);
        assertThat(summary.objects()).isEqualTo(1);
        assertThat(summary.problems()).isNull();
        assertThat(endpoint.segments().segments().get("lamp").role()).isEqualTo("creator");
        desk.close();
        assertThat(endpoint.segments().segments()).containsOnlyKeys("lamp");
        assertThat(endpoint.segment("desk", null)).isNull();
        assertThat(pictures.picture("desk")).isNull();
    }

    @Test
    void shouldTellWhatIsInQueues() throws InterruptedException {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        try (SharedQueue<String> orders = desk.create(
                        "orders",
                        SharedQueue.of(String.class).capacityBytes(1 << 16).deadLettersAfter(1));
                Subscription<String> reader = desk.create(
                                "ticks",
                                SharedTopic.of(String.class)
                                        .capacityBytes(1 << 16)
                                        .full(FullPolicy.DROP_OLDEST))
                        .subscribe()) {
            desk.create("stock", SharedMap.of(String.class, Long.class)).put("apples", 3L);
            for (int i = 0; i < 5; i++) {
                orders.offer("order " + i);
            }
            orders.poll();
            orders.receive(Duration.ofSeconds(10)).release();
            assertThat(orders.poll()).isEqualTo("order 2");
            try (Delivery<String> held = orders.receive(Duration.ofSeconds(10))) {
                ChannelDescriptor queue = detail("desk").channels().get("orders");
                assertThat(queue.kind()).isEqualTo("queue");
                assertThat(queue.depth()).isEqualTo(2);
                assertThat(queue.capacity()).isEqualTo(1 << 16);
                assertThat(queue.sent()).isEqualTo(5);
                assertThat(queue.received()).isEqualTo(2);
                assertThat(queue.receivedBytes()).isEqualTo(14);
                assertThat(queue.deadLettered()).isEqualTo(1);
                assertThat(queue.deadLetters()).isEqualTo(1);
                assertThat(queue.dropped()).isZero();
                assertThat(queue.used()).isPositive();
                assertThat(queue.highWater()).isNotNull();
                assertThat(queue.subscribers()).isNull();
                assertThat(queue.blockedBy().pid())
                        .isEqualTo(ProcessHandle.current().pid());
                assertThat(queue.blockedBy().application()).isEqualTo("test");
                assertThat(queue.blockedBy().why()).isEqualTo("has a message");
                assertThat(held.payload()).isEqualTo("order 3");
            }
            ChannelDescriptor topic = detail("desk").channels().get("ticks");
            assertThat(topic.kind()).isEqualTo("topic");
            assertThat(topic.subscribers()).isEqualTo(1);
            assertThat(topic.deadLettered()).isNull();
            assertThat(topic.blockedBy()).isNull();
            assertThat(detail("desk").objects())
                    .extracting(ShmEndpoint.ObjectDescriptor::name, ShmEndpoint.ObjectDescriptor::kind)
                    .containsExactly(tuple("orders", "queue"), tuple("stock", "map"), tuple("ticks", "topic"));
            assertThat(detail("desk").objects().get(0).figures()).isNull();
            assertThat(detail("desk").objects().get(1).figures()).containsEntry("entries", 1L);
            assertThat(reader.poll()).isNull();
        }
    }

    @Test
    void shouldCountExactlyIfAsked() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        desk.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16));
        ShmEndpoint.MemoryDescriptor fast = detail("desk").memory();
        ShmEndpoint.MemoryDescriptor deep = endpoint.segment("desk", true).memory();
        assertThat(fast.exact()).isFalse();
        assertThat(fast.live()).isNull();
        assertThat(deep.exact()).isTrue();
        assertThat(deep.live() + deep.queued() + deep.tentative()).isEqualTo(deep.used());
        assertThat(deep.free() + deep.used() + deep.meta()).isEqualTo(deep.heap());
        assertThat(fast.used()).isEqualTo(deep.used());
        assertThat(fast.pages().free()).isEqualTo(desk.statistics().freePages());
        assertThat(fast.pages().freeRuns().stream()
                        .mapToInt(ShmEndpoint.FreeRunsDescriptor::runs)
                        .sum())
                .isPositive();
        assertThat(endpoint.segment("desk", false).memory().exact()).isFalse();
    }

    @Test
    void shouldSayWhoIsAttachedAndWhoItIsItself() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        try (SharedMemory other =
                Segment.in(directory, "desk").application("other").open()) {
            assertThat(detail("desk").peers())
                    .extracting(PeerDescriptor::application, PeerDescriptor::self)
                    .containsExactlyInAnyOrder(tuple("test", true), tuple("other", false));
            assertThat(detail("desk").uuid()).isEqualTo(other.uuid().toString());
            assertThat(detail("desk").path()).isEqualTo(desk.path().toString());
            assertThat(detail("desk").layoutVersion()).isEqualTo(desk.layoutVersion());
        }
    }

    // ------------------------------------------------------------------------------------------ bad ones

    @Test
    void shouldSayWhyASegmentHasEnded() {
        SharedMemory creator = Segment.in(directory, "desk")
                .role(Role.CREATOR)
                .closeGrace(Duration.ZERO)
                .create();
        SharedMemory desk = manager.open(Segment.in(directory, "desk").role(Role.CONSUMER));
        creator.close();
        await().until(() -> !desk.isOpen());
        SegmentSummary summary = endpoint.segments().segments().get("desk");
        assertThat(summary.state()).isEqualTo("ended");
        assertThat(summary.size()).isEqualTo(4 << 20);
        assertThat(summary.free()).isNull();
        assertThat(summary.problems()).singleElement().asString().contains("ended by its creator");
        assertThat(detail("desk").memory()).isNull();
        assertThat(detail("desk").channels()).isNull();
        assertThat(detail("desk").problems()).singleElement().asString().contains("ended by its creator");
        assertThat(pictures.picture("desk")).contains("cannot be shown", "ended by its creator");
    }

    @Test
    void shouldSayThatASegmentWasTruncated() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        Segment.truncate(desk);
        SegmentDescriptor detail = detail("desk");
        assertThat(detail.problems()).isNotEmpty();
        await().until(() -> !desk.isOpen());
        assertThat(detail("desk").state()).isEqualTo("failed");
        assertThat(endpoint.segments().segments().get("desk").problems())
                .singleElement()
                .asString()
                .contains("truncated");
        assertThat(pictures.picture("desk")).contains("truncated");
    }

    @Test
    void shouldShowWhatItCanOfADamagedSegment() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        desk.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16));
        desk.create("stock", SharedMap.of(String.class, Long.class)).put("apples", 3L);
        Segment.damage(desk);
        SegmentDescriptor detail = endpoint.segment("desk", true);
        assertThat(detail.state()).isEqualTo("open");
        assertThat(detail.peers()).hasSize(1);
        assertThat(detail.channels().get("orders").problem()).isNotBlank();
        assertThat(detail.channels().get("orders").depth()).isNull();
        // What is not damaged is shown as ever.
        assertThat(detail.objects()).allSatisfy(object -> {
            if (object.name().equals("orders")) {
                assertThat(object.problem()).isNotBlank();
            } else {
                assertThat(object.figures()).isNotEmpty();
            }
        });
        assertThat(pictures.picture("desk")).contains("<svg", "Heap of segment 'desk'");
    }

    @Test
    void shouldNeverThrowWhileSegmentsAreClosedAndOpened() throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread looker = new Thread(() -> {
            try {
                while (!stop.get()) {
                    endpoint.segments();
                    endpoint.segment("desk", true);
                    pictures.picture("desk");
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        looker.start();
        for (int round = 0; round < 60; round++) {
            SharedMemory desk = manager.create(Segment.in(directory, "desk"));
            desk.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16))
                    .offer("order");
            if (round % 3 == 0) {
                Thread.sleep(1);
            }
            desk.close();
        }
        stop.set(true);
        looker.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void shouldHaveNoSegmentsWithoutAManager() {
        Segments none = new Segments(new StaticListableBeanFactory().getBeanProvider(SharedMemoryManager.class));
        assertThat(new ShmEndpoint(none).segments().segments()).isEmpty();
        assertThat(new ShmEndpoint(none).segment("desk", null)).isNull();
        assertThat(new ShmHeapEndpoint(none).picture("desk")).isNull();
    }
}
