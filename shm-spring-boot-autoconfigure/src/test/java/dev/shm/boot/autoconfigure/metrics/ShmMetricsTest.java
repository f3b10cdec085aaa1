package dev.shm.boot.autoconfigure.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.testing.Segment;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.value.SharedLong;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShmMetricsTest {

    @TempDir
    private Path directory;

    private SharedMemoryManager manager;
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @BeforeEach
    void start() {
        manager = SharedMemoryManager.start();
    }

    @AfterEach
    void close() {
        manager.close();
        registry.close();
    }

    /** Looks anew for each value, and forgets at once what is gone. */
    private ShmMetrics bound(MeterRegistry registry) {
        return bound(registry, Duration.ZERO);
    }

    private ShmMetrics bound(MeterRegistry registry, Duration linger) {
        ShmMetrics metrics = new ShmMetrics(manager::segments, Duration.ZERO, linger);
        metrics.bindTo(registry);
        return metrics;
    }

    private static String[] tags(String segment, String channel) {
        return new String[] {"segment", segment, "channel", channel};
    }

    private double gauge(String name, String... tags) {
        Gauge gauge = registry.find(name).tags(tags).gauge();
        assertThat(gauge).as(name).isNotNull();
        return gauge.value();
    }

    private double count(String name, String... tags) {
        FunctionCounter counter = registry.find(name).tags(tags).functionCounter();
        assertThat(counter).as(name).isNotNull();
        return counter.count();
    }

    private boolean has(String name, String... tags) {
        return registry.find(name).tags(tags).meter() != null;
    }

    /** What a scrape does. */
    private void scrape() {
        registry.getMeters().forEach(meter -> meter.measure().forEach(measurement -> measurement.getValue()));
    }

    @Test
    void shouldMeasureSegmentsAndQueues() throws InterruptedException {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        SharedQueue<String> orders = desk.create(
                "orders", SharedQueue.of(String.class).capacityBytes(1 << 16).deadLettersAfter(1));
        desk.create("ticks", SharedTopic.of(String.class).capacityBytes(1 << 16));
        bound(registry);
        for (int i = 0; i < 5; i++) {
            orders.offer("order " + i);
        }
        orders.poll();
        orders.receive(Duration.ofSeconds(10)).release();
        orders.poll();
        assertThat(gauge("shm.segments")).isEqualTo(1);
        assertThat(gauge("shm.peers", "segment", "desk")).isEqualTo(1);
        assertThat(gauge("shm.segment.size", "segment", "desk")).isEqualTo(desk.size());
        assertThat(gauge("shm.segment.used", "segment", "desk"))
                .isEqualTo(desk.statistics().usedBytes());
        assertThat(gauge("shm.segment.free", "segment", "desk"))
                .isEqualTo(desk.statistics().freeBytes());
        assertThat(gauge("shm.segment.largest.free", "segment", "desk"))
                .isEqualTo(desk.statistics().largestFreeBlock());
        assertThat(gauge("shm.segment.fragmentation", "segment", "desk"))
                .isEqualTo(desk.statistics().fragmentation());
        assertThat(gauge("shm.segment.objects", "segment", "desk")).isEqualTo(2);
        String[] queue = tags("desk", "orders");
        assertThat(gauge("shm.channel.depth", queue)).isEqualTo(2);
        assertThat(gauge("shm.channel.capacity", queue)).isEqualTo(1 << 16);
        assertThat(gauge("shm.channel.high.water", queue)).isNotNegative();
        assertThat(gauge("shm.channel.used", queue)).isPositive();
        assertThat(gauge("shm.channel.dead.letters", queue)).isEqualTo(1);
        assertThat(count("shm.channel.sent", queue)).isEqualTo(5);
        assertThat(count("shm.channel.received", queue)).isEqualTo(2);
        assertThat(count("shm.channel.bytes", queue)).isEqualTo(14);
        assertThat(count("shm.channel.dead.lettered", queue)).isEqualTo(1);
        assertThat(count("shm.channel.redelivered", queue)).isZero();
        assertThat(count("shm.channel.dropped", queue)).isZero();
        assertThat(has("shm.channel.subscribers", queue)).isFalse();
        assertThat(gauge("shm.channel.subscribers", tags("desk", "ticks"))).isZero();
        assertThat(has("shm.channel.dead.lettered", tags("desk", "ticks"))).isFalse();
    }

    @Test
    void shouldDescribeEveryMeter() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        desk.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16));
        desk.create("ticks", SharedTopic.of(String.class).capacityBytes(1 << 16));
        bound(registry);
        assertThat(registry.getMeters()).hasSizeGreaterThan(25).allSatisfy(meter -> {
            assertThat(meter.getId().getDescription()).isNotBlank();
            assertThat(meter.getId().getName()).startsWith("shm.");
            if (!meter.getId().getName().matches("shm\\.segments|shm\\.segment\\.fragmentation")) {
                assertThat(meter.getId().getBaseUnit()).isNotBlank();
            }
        });
    }

    @Test
    void shouldFollowWhatComesAndGoes() {
        bound(registry);
        assertThat(gauge("shm.segments")).isZero();
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        SharedQueue<String> orders =
                desk.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16));
        orders.offer("order");
        scrape();
        assertThat(count("shm.channel.sent", tags("desk", "orders"))).isEqualTo(1);

        orders.close();
        desk.destroy("orders");
        scrape();
        assertThat(has("shm.channel.sent", tags("desk", "orders"))).isFalse();
        assertThat(has("shm.segment.size", "segment", "desk")).isTrue();

        desk.create("orders", SharedTopic.of(String.class).capacityBytes(1 << 16));
        scrape();
        assertThat(gauge("shm.channel.subscribers", tags("desk", "orders"))).isZero();
        assertThat(has("shm.channel.dead.letters", tags("desk", "orders"))).isFalse();

        desk.close();
        scrape();
        assertThat(registry.getMeters())
                .extracting(meter -> meter.getId().getName())
                .containsExactly("shm.segments");

        manager.create(Segment.in(directory, "desk"));
        scrape();
        assertThat(gauge("shm.peers", "segment", "desk")).isEqualTo(1);
    }

    /** A registry that is being scraped meets no meter that is removed and added again. */
    @Test
    void shouldKeepTheMetersOfWhatIsClosedAndOpenedAgain() {
        bound(registry, Duration.ofDays(1));
        SharedMemory first = manager.create(Segment.in(directory, "desk"));
        first.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16))
                .offer("order");
        scrape();
        Meter size = registry.get("shm.segment.size").meter();
        Meter sent = registry.get("shm.channel.sent").meter();
        first.close();
        scrape();
        assertThat(gauge("shm.segments")).isZero();
        assertThat(gauge("shm.segment.size", "segment", "desk")).isNaN();
        assertThat(gauge("shm.channel.depth", tags("desk", "orders"))).isNaN();
        assertThat(count("shm.channel.sent", tags("desk", "orders"))).isEqualTo(1);

        SharedMemory second = manager.create(Segment.in(directory, "desk"));
        second.create("orders", SharedTopic.of(String.class).capacityBytes(1 << 16));
        scrape();
        assertThat(registry.get("shm.segment.size").meter()).isSameAs(size);
        assertThat(registry.get("shm.channel.sent").meter()).isSameAs(sent);
        assertThat(gauge("shm.segment.size", "segment", "desk")).isEqualTo(second.size());
        assertThat(count("shm.channel.sent", tags("desk", "orders"))).isZero();
        assertThat(gauge("shm.channel.subscribers", tags("desk", "orders"))).isZero();
        assertThat(has("shm.channel.dead.letters", tags("desk", "orders"))).isFalse();
    }

    @Test
    void shouldKeepCountersAndLoseGaugesOfWhatIsDamaged() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        SharedQueue<String> orders =
                desk.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16));
        orders.offer("order");
        bound(registry);
        FunctionCounter sent = registry.get("shm.channel.sent").functionCounter();
        Gauge depth = registry.get("shm.channel.depth").gauge();
        assertThat(sent.count()).isEqualTo(1);
        assertThat(depth.value()).isEqualTo(1);
        Segment.damage(desk);
        assertThat(depth.value()).isNaN();
        assertThat(sent.count()).isEqualTo(1);
        assertThat(gauge("shm.segment.size", "segment", "desk")).isEqualTo(desk.size());
    }

    @Test
    void shouldSurviveATruncatedSegment() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        bound(registry);
        Segment.truncate(desk);
        scrape();
        await().until(() -> !desk.isOpen());
        scrape();
        assertThat(gauge("shm.segments")).isZero();
    }

    @Test
    void shouldScrapeWhileSegmentsAreClosedAndOpened() throws InterruptedException {
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        ShmMetrics metrics = bound(registry, Duration.ofDays(1));
        metrics.bindTo(prometheus);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable scraping = () -> {
            try {
                while (!stop.get()) {
                    scrape();
                    prometheus.scrape();
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        };
        Thread one = new Thread(scraping);
        Thread two = new Thread(scraping);
        one.start();
        two.start();
        for (int round = 0; round < 40; round++) {
            SharedMemory desk = manager.create(Segment.in(directory, "desk"));
            desk.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16))
                    .offer("order");
            Thread.sleep(2);
            desk.close();
        }
        stop.set(true);
        one.join();
        two.join();
        assertThat(failure.get()).isNull();
        manager.create(Segment.in(directory, "desk"))
                .create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16))
                .offer("order");
        prometheus.scrape();
        assertThat(prometheus.scrape())
                .contains(
                        "shm_channel_sent_messages_total{channel=\"orders\",segment=\"desk\"} 1.0",
                        "shm_segment_size_bytes{segment=\"desk\"} 4194304.0",
                        "shm_peers_processes{segment=\"desk\"} 1.0");
        prometheus.close();
        scrape();
        assertThat(count("shm.channel.sent", tags("desk", "orders"))).isEqualTo(1);
    }

    /** One look serves all values of a scrape, and the numbers of a scrape say what it costs. */
    @Test
    void shouldTakeOneLookForAScrape() {
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        SharedMemory desk = manager.create(Segment.in(directory, "desk").size(64 << 20));
        for (int i = 0; i < 10; i++) {
            SharedQueue<byte[]> queue =
                    desk.create("queue" + i, SharedQueue.of(byte[].class).capacityBytes(1 << 20));
            if (i % 2 == 0) {
                byte[] message = new byte[40];
                while (queue.offer(message)) {
                    // Half of them are full.
                }
            }
        }
        ShmMetrics metrics = new ShmMetrics(manager::segments, Duration.ofDays(1), Duration.ZERO);
        metrics.bindTo(prometheus);
        String first = prometheus.scrape();
        desk.create("hits", SharedLong.type());
        assertThat(prometheus.scrape()).isEqualTo(first);

        PrometheusMeterRegistry fresh = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new ShmMetrics(manager::segments, Duration.ofNanos(1), Duration.ZERO).bindTo(fresh);
        Gauge trigger = fresh.get("shm.segments").gauge();
        for (int round = 0; round < 3; round++) {
            int looks = 200;
            long begin = System.nanoTime();
            for (int i = 0; i < looks; i++) {
                assertThat(trigger.value()).isEqualTo(1);
            }
            long look = System.nanoTime() - begin;
            begin = System.nanoTime();
            for (int i = 0; i < looks; i++) {
                assertThat(prometheus.scrape()).hasSizeGreaterThan(1_000);
            }
            long scrape = System.nanoTime() - begin;
            System.out.printf(
                    Locale.ROOT,
                    "64 MiB, 10 queues, half of them full: a look %.0f us, the text of a scrape %.0f us, %d meters%n",
                    look / 1e3 / looks,
                    scrape / 1e3 / looks,
                    (int) prometheus.getMeters().stream().map(Meter::getId).count());
        }
        prometheus.close();
        fresh.close();
    }
}
