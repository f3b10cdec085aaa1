package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.error.SubscriptionEvictedException;
import dev.shm.queue.Claim;
import dev.shm.queue.Delivery;
import dev.shm.queue.QueueStatistics;
import dev.shm.queue.SendOptions;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.testing.Document;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What {@code docs/queues.md} and the README show of queues. A test here has the very lines, to which the last one sees, and
 * {@link ReadmeTest}.
 */
class QueueTutorialTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private final List<Object> seen = new ArrayList<>();

    record Order(String id, int pieces) {}

    record Tick(String symbol, long price) {}

    private void handle(Order order) {
        seen.add(order);
    }

    private void update(long instrument, long price) {
        seen.add(instrument + "=" + price);
    }

    private void store(byte[] bytes) {
        seen.add(bytes.length);
    }

    private void warn(String text) {
        seen.add(text);
    }

    private SharedMemory open() {
        return SharedMemory.named("desk").directory(directory.path()).openOrCreate();
    }

    @Test
    void shouldPassTheFirstOrder() throws Exception {
        CompletableFuture<Order> taken = new CompletableFuture<>();
        Thread taker = new Thread(() -> {
            try {
                taken.complete(take());
            } catch (Exception e) {
                taken.completeExceptionally(e);
            }
        });
        taker.start();
        Watchdog.await(
                "somebody has it open",
                () -> Files.exists(directory.path().resolve("desk"))
                        && SegmentView.open(directory.path(), "desk").objects().stream()
                                .anyMatch(object -> object.openers() > 0));
        put();
        assertThat(taken.get(90, TimeUnit.SECONDS)).isEqualTo(new Order("A-1", 100));
        taker.join();
    }

    private Order take() throws InterruptedException {
        try (SharedMemory memory =
                        SharedMemory.named("desk").directory(directory.path()).openOrCreate();
                SharedQueue<Order> orders = memory.openOrCreate("orders", SharedQueue.of(Order.class))) {
            Order order = orders.take();
            return order;
        }
    }

    private void put() throws InterruptedException {
        try (SharedMemory memory =
                        SharedMemory.named("desk").directory(directory.path()).openOrCreate();
                SharedQueue<Order> orders = memory.openOrCreate("orders", SharedQueue.of(Order.class))) {
            orders.put(new Order("A-1", 100));
        }
    }

    @Test
    void shouldSendAndReceive() throws InterruptedException {
        byte[] traceId = {1, 2, 3};
        Order first = new Order("1", 1);
        Order second = new Order("2", 2);
        Order third = new Order("3", 3);
        try (SharedMemory memory = open()) {
            SharedQueue<Order> orders =
                    memory.create("orders", SharedQueue.of(Order.class).priorities(2));

            boolean sent = orders.offer(first); // false: there is no room now
            orders.put(first); // waits for room
            boolean inTime = orders.offer(first, 100, TimeUnit.MILLISECONDS); // waits that long
            boolean all = orders.offerAll(List.of(first, second, third)); // all of them or none
            orders.put(first, SendOptions.header(traceId).withPriority(1));

            assertThat(sent && inTime && all).isTrue();
            assertThat(orders).hasSize(7);

            Order next = orders.take(); // waits for a message
            Order maybe = orders.poll(); // null if there is none
            Order later = orders.poll(100, TimeUnit.MILLISECONDS);

            assertThat(List.of(next, maybe, later)).containsOnly(first);

            try (Delivery<Order> delivery = orders.receive(Duration.ofSeconds(1))) {
                if (delivery != null) {
                    handle(delivery.payload());
                    delivery.ack();
                }
            }

            assertThat(seen).containsExactly(first);
            assertThat(orders).containsExactly(second, third, first);
            orders.take();
            orders.take();
            try (Delivery<Order> delivery = orders.receive(Duration.ZERO)) {
                assertThat(delivery).isNotNull();
                assertThat(delivery.header()).isEqualTo(traceId);
                seen.clear();

                QueueStatistics now = orders.statistics();
                now.blockedBy().ifPresent(who -> warn("pid " + who.pid() + " " + who.application() + " " + who.why()));

                assertThat(now.depth()).isOne();
                assertThat(seen).singleElement().asString().endsWith(" has a message");
            }
        }
    }

    @Test
    void shouldWriteAndReadInPlace() throws InterruptedException {
        long instrument = 7;
        long price = 42;
        try (SharedMemory memory = open()) {
            SharedQueue<byte[]> prices = memory.create("prices", SharedQueue.of(byte[].class));

            try (Claim claim = prices.tryClaim(16)) {
                if (claim != null) {
                    claim.putLong(0, instrument).putLong(8, price);
                    claim.commit();
                }
            }

            int read =
                    prices.drain(message -> update(message.getLong(0), message.getLong(8)), 100, Duration.ofSeconds(1));

            assertThat(read).isOne();
            assertThat(seen).containsExactly("7=42");
        }
    }

    @Test
    void shouldPublish() throws InterruptedException {
        try (SharedMemory memory = open()) {
            SharedTopic<Tick> ticks = memory.openOrCreate("ticks", SharedTopic.of(Tick.class));
            try (Subscription<Tick> subscription = ticks.subscribe()) {
                ticks.publish(new Tick("XYZ", 42));
                Tick tick = subscription.take();
                assertThat(tick).isEqualTo(new Tick("XYZ", 42));
            }

            ticks.subscribeFromOldest("audit").close();
            ticks.publish(new Tick("XYZ", 43));

            try (Subscription<Tick> audit = ticks.subscribe("audit")) {
                audit.drain(message -> store(message.toBytes()), 1_000);
            }
            boolean ended = ticks.unsubscribe("audit");

            assertThat(ended).isTrue();
            assertThat(seen).hasSizeBetween(1, 2);
        }
    }

    @Test
    void shouldTellWhoWasPutOut() throws InterruptedException {
        try (SharedMemory memory = open()) {
            SharedTopic<Tick> ticks = memory.openOrCreate(
                    "ticks", SharedTopic.of(Tick.class).capacityBytes(1 << 16).evictAfter(Duration.ofMillis(1)));
            ticks.subscribe("audit").close();
            int sent = 0;
            while (ticks.offer(new Tick("XYZ", sent))) {
                sent++;
            }
            ticks.publish(new Tick("XYZ", sent));
            try (Subscription<Tick> audit = ticks.subscribe("audit")) {
                audit.drain(message -> store(message.toBytes()), 1_000, Duration.ofSeconds(1));
            } catch (SubscriptionEvictedException e) {
                warn(e.lost() + " ticks are missing");
            }
            assertThat(seen).containsExactly(sent + " ticks are missing");
            try (Subscription<Tick> audit = ticks.subscribe("audit")) {
                assertThat(audit.poll()).isNull();
            }
        }
    }

    @Test
    void shouldServeOneProducerAndOneConsumer() throws InterruptedException {
        try (SharedMemory memory = open()) {
            SharedQueue<Long> numbers =
                    memory.openOrCreate("numbers", SharedQueue.of(Long.class).singleProducer());
            numbers.put(7L);
            assertThat(numbers.take()).isEqualTo(7);
        }
    }

    @Test
    void shouldPutDeadLettersAside() throws InterruptedException {
        try (SharedMemory memory = open()) {
            SharedQueue<Order> orders =
                    memory.openOrCreate("orders", SharedQueue.of(Order.class).deadLettersAfter(3));
            orders.put(new Order("A-1", 100));
            for (int i = 1; i <= 3; i++) {
                try (Delivery<Order> delivery = orders.receive(Duration.ZERO)) {
                    assertThat(delivery).isNotNull();
                    assertThat(delivery.deliveryCount()).isEqualTo(i);
                }
            }
            assertThat(orders.poll()).isNull();

            Order dead = orders.deadLetters().poll();

            assertThat(dead).isEqualTo(new Order("A-1", 100));
        }
    }

    @Test
    void shouldHaveAVisibilityTimeout() throws InterruptedException {
        try (SharedMemory memory = open()) {
            SharedQueue<Order> orders =
                    memory.openOrCreate("orders", SharedQueue.of(Order.class).visibilityTimeout(Duration.ofMinutes(1)));
            orders.put(new Order("A-1", 100));
            assertThat(orders.take()).isEqualTo(new Order("A-1", 100));
        }
    }

    // ------------------------------------------------------------------------------------------ the same lines

    @Test
    void shouldRunEveryLineThatIsShown() {
        String lines = Document.source(QueueTutorialTest.class);
        List<String> blocks = Document.of("docs/queues.md").blocks("java");
        assertThat(blocks).isNotEmpty();
        for (String block : blocks) {
            assertThat(lines).contains(Document.beginning(block));
        }
    }
}
