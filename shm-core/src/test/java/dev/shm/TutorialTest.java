package dev.shm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.codec.Codec;
import dev.shm.codec.ElementType;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedMap;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedBoolean;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The lines of the README, but those of queues, which {@link QueueTutorialTest} has. {@link ReadmeTest} sees to it that they are the same. */
class TutorialTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    interface Quote {
        double getPrice();

        void setPrice(double price);

        int getSize();

        void setSize(int size);
    }

    @Test
    void shouldShareValues() {
        PrintStream console = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(said, true, UTF_8));
        try (SharedMemory memory = SharedMemory.named("desk")
                .directory(directory.path())
                .size(256L << 20)
                .openOrCreate()) {
            SharedLong hits = memory.openOrCreate("hits", SharedLong.type());
            hits.incrementAndGet();

            SharedBytes greeting = memory.openOrCreate("greeting", SharedBytes.type());
            greeting.set("hello".getBytes(UTF_8));

            SharedBoolean ready = memory.openOrCreate("ready", SharedBoolean.type());
            ready.compareAndSet(false, true);

            SegmentStatistics now = memory.statistics();
            memory.peers().forEach(peer -> System.out.println(peer.application() + " has pid " + peer.pid()));
            System.out.println(now.freeBytes() + " bytes free in " + memory.objects());

            assertThat(said.toString(UTF_8))
                    .contains(" has pid " + ProcessHandle.current().pid() + "\n")
                    .contains(now.freeBytes() + " bytes free in [");
            assertThat(now.freeBytes()).isPositive();
            assertThat(hits.get()).isOne();
            assertThat(new String(greeting.get(), UTF_8)).isEqualTo("hello");
            assertThat(ready.get()).isTrue();
            assertThat(memory.objects())
                    .extracting(ObjectInfo::name)
                    .containsExactlyInAnyOrder("hits", "greeting", "ready");
        } finally {
            System.setOut(console);
        }
    }

    @Test
    void shouldShareCollections() {
        try (SharedMemory memory = directory.segment("desk").size(8 << 20).create()) {
            SharedMap<String, Long> stock = memory.openOrCreate("stock", SharedMap.of(String.class, Long.class));
            stock.merge("apples", 3L, Long::sum);

            SharedDeque<String> latest = memory.openOrCreate(
                    "latest", SharedDeque.of(String.class).maxLength(10).evicting());
            latest.addFirst("newest");

            assertThat(stock).isEqualTo(Map.of("apples", 3L));
            assertThat(latest).containsExactly("newest");
        }
    }

    @Test
    void shouldShareAGraph() throws InterruptedException {
        try (SharedMemory memory = directory.segment("desk").size(8 << 20).create()) {
            Codec<Shared<Map<String, List<String>>>> codec = memory.sharedCodec();
            SharedQueue<Shared<Map<String, List<String>>>> baskets =
                    memory.openOrCreate("baskets", SharedQueue.of(codec));

            Shared<Map<String, List<String>>> shared = memory.share(Map.of("fruit", List.of("apples")));
            baskets.put(shared); // the other one takes it, and does
            shared.get().get("fruit").add("pears"); // what both see

            try (Shared<Map<String, List<String>>> taken = baskets.take()) {
                assertThat(taken.get()).isEqualTo(Map.of("fruit", List.of("apples", "pears")));
                taken.get().get("fruit").add("plums");
            }
            assertThat(shared.get()).isEqualTo(Map.of("fruit", List.of("apples", "pears", "plums")));
        }
    }

    @Test
    void shouldShareABean() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedBean<Quote> quote = memory.openOrCreate("quote", SharedBean.of(Quote.class));
            quote.get().setPrice(12.5); // every process sees it
            quote.update(
                    bean -> { // nobody sees one without the other
                        bean.setPrice(12.75);
                        bean.setSize(100);
                    });

            assertThat(quote).hasToString("Quote{price=12.75, size=100}");
        }
    }

    @Test
    void shouldShareAnArray() {
        try (SharedMemory memory = directory.segment("desk").size(8 << 20).create()) {
            SharedArray table = memory.openOrCreate("table", SharedArray.of(ElementType.FLOAT32, 1_000, 64));
            table.setDouble(3, 17, 0.5);
            FloatBuffer row = table.at(3).asFloatBuffer(); // no copy

            assertThat(row.get(17)).isEqualTo(0.5f);
            row.put(17, 0.25f);
            assertThat(table.getDouble(3, 17)).isEqualTo(0.25);
        }
    }
}
