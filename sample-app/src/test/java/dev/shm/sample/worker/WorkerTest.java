package dev.shm.sample.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import dev.shm.sample.desk.Fill;
import dev.shm.sample.desk.Order;
import dev.shm.sample.testing.SegmentDirectory;
import dev.shm.sample.testing.Watchdog;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WorkerTest {

    private static final long PID = ProcessHandle.current().pid();

    @RegisterExtension
    final SegmentDirectory directory = new SegmentDirectory();

    private SharedMemory memory;
    private SharedMap<String, Long> prices;
    private SharedMap<Long, Long> inHand;

    @BeforeEach
    void open() {
        memory = SharedMemory.named("desk")
                .directory(directory.path())
                .size(8 << 20)
                .slots(8)
                .openOrCreate();
        prices = memory.openOrCreate("prices", SharedMap.of(String.class, Long.class));
        inHand = memory.openOrCreate("in-hand", SharedMap.of(Long.class, Long.class));
        prices.put("AMBER", 9_975L);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private Worker worker(Duration work) {
        return new Worker(prices, inHand, work);
    }

    @Test
    void shouldFillAnOrderAtTheLastPrice() throws InterruptedException {
        Order order = new Order(5, "AMBER", 10, 1);

        Fill fill = worker(Duration.ZERO).work(order, 2);

        assertThat(fill.order()).isEqualTo(order);
        assertThat(fill.cents()).isEqualTo(9_975);
        assertThat(fill.worker()).isEqualTo(PID);
        assertThat(fill.deliveries()).isEqualTo(2);
        assertThat(inHand).isEmpty();
    }

    @Test
    void shouldShowToAllWhichOrderItHasInHand() {
        CompletableFuture<Void> work = CompletableFuture.runAsync(() -> {
            try {
                worker(Duration.ofMillis(300)).work(new Order(5, "AMBER", 10, 1), 1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });

        Watchdog.await("the order is in hand", () -> work.isDone() || inHand.containsKey(5L));

        assertThat(inHand.getOrDefault(5L, 0L)).isEqualTo(PID);
        work.join();
        assertThat(inHand).isEmpty();
    }

    @Test
    void shouldFailAnOrderThatNobodySells() {
        assertThatThrownBy(() -> worker(Duration.ZERO).work(new Order(6, "NOSUCH", 1, 1), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NOSUCH");
        assertThat(inHand).isEmpty();
    }

    @Test
    void shouldLeaveTheEntryOfAnotherWorkerAlone() throws InterruptedException {
        Worker worker = worker(Duration.ofMillis(100));
        CompletableFuture<Fill> work = CompletableFuture.supplyAsync(() -> {
            try {
                return worker.work(new Order(7, "AMBER", 10, 1), 1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Watchdog.await("the order is in hand", () -> work.isDone() || inHand.containsKey(7L));
        inHand.put(7L, PID + 1);

        work.join();

        assertThat(inHand.get(7L)).isEqualTo(PID + 1);
    }

    @Test
    void shouldTakeLongerForSomeOrders() {
        Worker worker = worker(Duration.ofMillis(100));

        assertThat(LongStream.range(0, 500).mapToObj(id -> worker.effort(new Order(id, "AMBER", 1, 1))))
                .allMatch(effort -> effort.toMillis() >= 50 && effort.toMillis() <= 150)
                .contains(Duration.ofMillis(50), Duration.ofMillis(150));
    }
}
