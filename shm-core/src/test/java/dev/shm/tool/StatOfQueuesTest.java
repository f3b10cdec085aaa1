package dev.shm.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.shm.ObjectFigures;
import dev.shm.SegmentView;
import dev.shm.SharedMemory;
import dev.shm.heap.BlockLayout;
import dev.shm.queue.Claim;
import dev.shm.queue.Delivery;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import dev.shm.segment.Directory;
import dev.shm.segment.DirectoryEntry;
import dev.shm.segment.Onlooker;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.value.SharedLong;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code stat} tells of queues and topics, good ones and damaged ones. */
class StatOfQueuesTest {

    private static final long PID = ProcessHandle.current().pid();

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory memory;

    @BeforeEach
    void open() {
        memory = directory.segment("desk").size(4 << 20).application("trader").openOrCreate();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private record Result(int code, String out, String err) {}

    private Result stat(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] all = Stream.concat(
                        Stream.of("--directory", directory.path().toString(), "stat", "desk"), Arrays.stream(args))
                .toArray(String[]::new);
        int code = Main.run(all, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
        return new Result(code, out.toString(UTF_8), err.toString(UTF_8));
    }

    private Map<?, ?> object(String name) {
        List<?> objects = (List<?>) StrictJson.object(stat("--json").out()).get("objects");
        return objects.stream()
                .map(object -> (Map<?, ?>) object)
                .filter(object -> object.get("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Map<?, ?> figures(String name) {
        return (Map<?, ?>) object(name).get("figures");
    }

    private static QueueType<String> strings() {
        return SharedQueue.of(String.class).capacityBytes(1 << 16);
    }

    // ------------------------------------------------------------------------------------------ good ones

    @Test
    void shouldTellWhatIsInAQueueAndWhatHasHappened() throws InterruptedException {
        SharedQueue<String> orders = memory.create("orders", strings().deadLettersAfter(1));
        memory.create("hits", SharedLong.type());
        for (int i = 0; i < 5; i++) {
            orders.put("order " + i);
        }
        orders.take();
        try (Delivery<String> delivery = orders.receive(Duration.ZERO)) {
            assertThat(delivery).isNotNull();
        }
        // The second was given back, and has been delivered often enough.
        assertThat(orders.take()).isEqualTo("order 2");

        Map<?, ?> figures = figures("orders");
        assertThat(figures.get("depth")).isEqualTo(2L);
        assertThat(figures.get("sent")).isEqualTo(5L);
        assertThat(figures.get("received")).isEqualTo(2L);
        assertThat(figures.get("deadLettered")).isEqualTo(1L);
        assertThat(figures.get("deadLetters")).isEqualTo(1L);
        assertThat(figures.get("capacityBytes")).isEqualTo(65_536L);
        assertThat(figures.get("usedBytes")).isEqualTo(orders.statistics().usedBytes());
        assertThat(figures.get("highWaterBytes")).isEqualTo(orders.statistics().highWaterBytes());
        assertThat(figures.containsKey("blockedBy")).isFalse();
        assertThat(object("orders").get("kind")).isEqualTo("queue");
        assertThat(object("orders").get("problem")).isNull();
        assertThat(object("hits").get("kind")).isEqualTo("long");
        assertThat(object("hits").get("figures")).isNull();

        String text = stat().out();
        assertThat(text).contains("queues: 1", "DEPTH", "SENT", "DEAD LETTERS", "64.0 KiB");
        assertThat(text).doesNotContain("REDELIVERED", "BLOCKED BY", "topics");
    }

    @ParameterizedTest
    @ValueSource(strings = {"any", "single consumer", "single producer"})
    void shouldTellTheSameAsTheQueueItself(String kind) throws InterruptedException {
        QueueType<String> type = strings();
        SharedQueue<String> queue = memory.create(
                "q",
                kind.equals("any")
                        ? type
                        : kind.equals("single consumer") ? type.singleConsumer() : type.singleProducer());
        for (int i = 0; i < 3_000; i++) {
            queue.put("message " + i);
            if (i % 10 != 0 || i > 2_900) {
                queue.take();
            }
        }
        Map<?, ?> figures = figures("q");
        assertThat(figures.get("depth")).isEqualTo(queue.statistics().depth()).isEqualTo((long) queue.size());
        assertThat(figures.get("sent")).isEqualTo(3_000L);
        assertThat(figures.get("received")).isEqualTo(3_000L - queue.size());
        assertThat(figures.get("usedBytes")).isEqualTo(queue.statistics().usedBytes());
    }

    @Test
    void shouldNameTheProcessThatHoldsAQueueUp() throws InterruptedException {
        SharedQueue<String> orders = memory.create("orders", strings());
        try (Claim claim = orders.tryClaim(8)) {
            assertThat(claim).isNotNull();
            assertThat(stat().out()).contains("pid " + PID + ", trader, writes a message");
        }
        orders.put("order");
        try (Delivery<String> delivery = orders.receive(Duration.ZERO)) {
            assertThat(delivery).isNotNull();
            Map<?, ?> blocker = (Map<?, ?>) figures("orders").get("blockedBy");
            assertThat(blocker.get("pid")).isEqualTo(PID);
            assertThat(blocker.get("application")).isEqualTo("trader");
            assertThat(blocker.get("why")).isEqualTo("has a message");
        }
        assertThat(stat().out()).doesNotContain("BLOCKED BY");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNameTheSubscriberThatHoldsATopicUp(boolean away) throws InterruptedException {
        TopicType<String> type = SharedTopic.of(String.class).capacityBytes(1 << 16);
        SharedTopic<String> ticks = memory.create("ticks", type);
        try (Subscription<String> slow = ticks.subscribe("slow");
                Subscription<String> fast = ticks.subscribe()) {
            if (away) {
                slow.close();
            }
            while (ticks.offer("tick")) {
                assertThat(fast.take()).isEqualTo("tick");
            }
            assertThat(figures("ticks").get("subscribers")).isEqualTo(2L);
            assertThat(figures("ticks").get("depth")).isEqualTo(figures("ticks").get("sent"));
            assertThat(stat().out())
                    .contains("topics: 1", "SUBSCRIBERS")
                    .contains(away ? "slow, is a subscription that nobody reads" : "trader, is the slowest subscriber");
        }
    }

    @Test
    void shouldStoreNothing() throws IOException {
        SharedQueue<String> orders = memory.create("orders", strings().deadLettersAfter(3));
        SharedTopic<String> ticks =
                memory.create("ticks", SharedTopic.of(String.class).capacityBytes(1 << 16));
        orders.offer("order");
        ticks.subscribe();
        ticks.offer("tick");
        Onlooker onlooker = Onlooker.open(directory.path(), "desk");
        for (DirectoryEntry entry : new Directory(onlooker.memory(), onlooker.layout()).entries()) {
            byte[] before = block(onlooker, entry);
            assertThat(stat().code()).isZero();
            assertThat(block(onlooker, entry)).isEqualTo(before);
        }
        assertThat(Files.size(memory.path())).isEqualTo(memory.size());
    }

    private static byte[] block(Onlooker onlooker, DirectoryEntry entry) {
        byte[] bytes = new byte[100_000];
        onlooker.memory().getBytes(BlockLayout.payload(entry.reference()), bytes, 0, bytes.length);
        return bytes;
    }

    @Test
    void shouldShowNoControlCharactersOfWhatBlocks() {
        try (SharedMemory other =
                directory.segment("desk").application("\u001b[31m").open()) {
            SharedQueue<String> orders = memory.create("orders", strings());
            try (Claim claim = other.open("orders", strings()).tryClaim(8)) {
                assertThat(claim).isNotNull();
                assertThat(stat().out()).contains("writes a message").doesNotContain("\u001b");
            }
            assertThat(orders.poll()).isNull();
        }
    }

    // ------------------------------------------------------------------------------------------ damaged ones

    @Test
    void shouldSayWhatIsWrongAndShowTheOthers() throws IOException {
        memory.create("good", strings()).offer("message");
        memory.create("bad", strings()).offer("message");
        Onlooker onlooker = Onlooker.open(directory.path(), "desk");
        DirectoryEntry bad = new Directory(onlooker.memory(), onlooker.layout()).find("bad");
        assertThat(bad).isNotNull();
        long base = BlockLayout.payload(bad.reference()) + 63 & -64;
        long good = onlooker.memory().getLong(base + 8);
        overwrite(base + 8, 12_345);

        Result stat = stat();
        assertThat(stat.code()).isZero();
        assertThat(stat.out()).contains("queues: 1").containsPattern("'bad' cannot be read: the block .* damaged");
        assertThat(object("bad").get("figures")).isNull();
        assertThat((String) object("bad").get("problem")).contains("damaged");
        assertThat(figures("good").get("depth")).isEqualTo(1L);
        overwrite(base + 8, good);
    }

    @ParameterizedTest
    @ValueSource(strings = {"any", "single consumer", "single producer", "topic", "topic of one", "lossy"})
    void shouldComeToAnEndWhateverIsDamaged(String kind) throws IOException {
        fill(kind);
        Onlooker onlooker = Onlooker.open(directory.path(), "desk");
        DirectoryEntry entry =
                new Directory(onlooker.memory(), onlooker.layout()).entries().get(0);
        long start = BlockLayout.payload(entry.reference());
        Random random = new Random(kind.hashCode());
        byte[] good = block(onlooker, entry);
        assertTimeoutPreemptively(Watchdog.TIMEOUT, () -> {
            for (int round = 0; round < 150; round++) {
                for (int i = 0; i <= random.nextInt(8); i++) {
                    // The first part has the most in it.
                    long at = start + (random.nextLong(random.nextBoolean() ? 4_096 : good.length) & -8);
                    overwrite(at, mutated(onlooker.memory().getLong(at), random));
                }
                try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
                    ObjectFigures seen = view.figures().get(0);
                    assertThat(seen.problem().isPresent())
                            .isEqualTo(seen.figures().isEmpty());
                    seen.problem().ifPresent(problem -> assertThat(problem).hasSizeGreaterThan(20));
                }
                Result text = stat();
                assertThat(text.code()).isZero();
                assertThat(text.err()).isEmpty();
                assertThat(StrictJson.object(stat("--json").out())).isNotNull();
                restore(start, good);
            }
        });
    }

    private void fill(String kind) {
        if (kind.startsWith("topic") || kind.equals("lossy")) {
            TopicType<String> type =
                    SharedTopic.of(String.class).capacityBytes(1 << 16).subscribers(4);
            SharedTopic<String> topic = memory.create(
                    "object",
                    kind.equals("topic")
                            ? type
                            : kind.equals("lossy") ? type.full(FullPolicy.DROP_OLDEST) : type.singleProducer());
            Subscription<String> subscription = topic.subscribe();
            for (int i = 0; i < 2_000; i++) {
                topic.offer("message " + i);
                if (i % 5 != 0) {
                    subscription.poll();
                }
            }
            return;
        }
        QueueType<String> type = strings();
        SharedQueue<String> queue = memory.create(
                "object",
                kind.equals("any")
                        ? type.priorities(2).deadLettersAfter(3)
                        : kind.equals("single consumer") ? type.singleConsumer() : type.singleProducer());
        for (int i = 0; i < 2_000; i++) {
            queue.offer("message " + i);
            if (i % 5 != 0) {
                queue.poll();
            }
        }
    }

    private static long mutated(long word, Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextLong();
            case 1 -> word ^ 1L << random.nextInt(64);
            case 2 -> word + random.nextInt(-1 << 20, 1 << 20);
            case 3 -> -1;
            default -> 0;
        };
    }

    private void overwrite(long address, long word) {
        try (RandomAccessFile file = new RandomAccessFile(memory.path().toFile(), "rw")) {
            file.seek(address);
            file.writeLong(Long.reverseBytes(word));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void restore(long address, byte[] bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(memory.path().toFile(), "rw")) {
            file.seek(address);
            file.write(bytes);
        }
    }
}
