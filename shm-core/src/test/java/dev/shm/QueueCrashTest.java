package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.Traffic.Got;
import dev.shm.World.Process;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.queue.Claim;
import dev.shm.queue.Delivery;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueType;
import dev.shm.queue.SendOptions;
import dev.shm.queue.SharedQueue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every operation of a queue, with a death after each of its stores. */
class QueueCrashTest {

    static final long BYTES = 512 * 1024;
    private static final long MORE_BYTES = 1536 * 1024;
    static final int RING = 1 << 16;

    /** The largest that goes into the ring itself takes half of it. What does not is counted as if it did, so there is one at a time. */
    static final int BY_REFERENCE = 40_000;

    private static final int LAPS_AFTER_EACH = 23;

    /** Only one thread counts. */
    private static int checks;

    static final QueueType<String> COMPETING = SharedQueue.of(String.class).capacityBytes(RING);
    static final QueueType<String> ONE_CONSUMER = COMPETING.singleConsumer();
    static final QueueType<String> ONE_TO_ONE = COMPETING.singleProducer();
    private static final QueueType<String> BY_PRIORITY = COMPETING.priorities(3);
    private static final QueueType<String> LEASED = COMPETING.visibilityTimeout(Duration.ofDays(1));

    private enum Kind {
        COMPETING_CONSUMERS(COMPETING),
        ONE_READER(ONE_CONSUMER),
        ONE_WRITER_AND_ONE_READER(ONE_TO_ONE),
        ONE_WRITER_OF_PLAIN_MESSAGES(ONE_TO_ONE.timestamps(false)),
        ANY_WRITER_OF_PLAIN_MESSAGES(COMPETING.timestamps(false));

        final QueueType<String> type;

        Kind(QueueType<String> type) {
            this.type = type;
        }

        String of(String what) {
            return what + ", " + name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    private static DynamicTest survives(String what, Scenario scenario) {
        return survives(what, BYTES, scenario);
    }

    static DynamicTest survives(String what, long bytes, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, bytes))
                        .isPositive());
    }

    /** For each kind of queue. */
    private static Stream<DynamicTest> survive(String what, java.util.function.Function<Kind, Scenario> scenario) {
        return Stream.of(Kind.values()).map(kind -> survives(kind.of(what), scenario.apply(kind)));
    }

    // ------------------------------------------------------------------------------------------ what is common

    /** An operation on a queue that has some messages in it, which the victim or somebody else sent. */
    abstract static class OnQueue extends Operation {
        private final QueueType<String> type;
        private final List<String> before;
        SharedQueue<String> queue;

        OnQueue(QueueType<String> type, String... before) {
            this.type = type;
            this.before = List.of(before);
        }

        @Override
        void arrange(Process victim, Process survivor) {
            queue = victim.objects.create("q", type);
            before.forEach(message -> assertThat(queue.offer(message, SendOptions.priority(priority(message))))
                    .isTrue());
        }

        /** Of a message that is there before. */
        int priority(String message) {
            return 0;
        }

        /** Whether what was received is freed only as somebody sends. */
        boolean isFreedLater() {
            return false;
        }

        /** Whether the operation happened, from all that is still in the queue. */
        abstract boolean happened(List<Got> found);

        /** Looks into what else the queue has, and may find more. */
        void look(Process by, SharedQueue<String> opened, List<Got> found) {}

        @Override
        final boolean happened(Process by) {
            List<Got> found;
            try (SharedQueue<String> opened = by.objects.open("q", type)) {
                found = Traffic.drain(opened);
                look(by, opened, found);
                assertThat(opened.poll()).isNull();
                assertThat(opened.statistics().depth()).isZero();
                assertThat(opened.statistics().blockedBy()).isEmpty();
                // The laps take longer than all else: one death in some is enough to see them.
                if (checks++ % LAPS_AFTER_EACH == 0) {
                    Traffic.fillSeveralLaps(opened, RING);
                }
            }
            // The same for those who come later: every place was given back.
            Process later = by.other(by.attachment.slot() == World.SURVIVOR ? World.SECOND_SURVIVOR : World.SURVIVOR);
            if (later.attachment.slot() == World.SECOND_SURVIVOR) {
                try (SharedQueue<String> opened = later.objects.open("q", type)) {
                    assertThat(opened.offer("later")).isTrue();
                    assertThat(opened.poll()).isEqualTo("later");
                }
            }
            if (!isFreedLater()) {
                assertThat(by.heap.deepStatistics().queuedBytes()).isZero();
            }
            assertThat(by.objects.destroy("q")).isTrue();
            assertThat(by.heap.deepStatistics().usedBytes()).isZero();
            return happened(found);
        }
    }

    /** One that adds messages to two that are there. */
    private static final class Sends extends OnQueue {
        private final Consumer<SharedQueue<String>> act;
        private final List<String> sent;

        Sends(QueueType<String> type, Consumer<SharedQueue<String>> act, String... sent) {
            super(type, "one", "two");
            this.act = act;
            this.sent = List.of(sent);
        }

        @Override
        void act(Process victim) {
            act.accept(queue);
        }

        @Override
        boolean happened(List<Got> found) {
            assertThat(found).startsWith(Got.first("one"), Got.first("two"));
            List<Got> rest = found.subList(2, found.size());
            if (rest.isEmpty() && !sent.isEmpty()) {
                return false;
            }
            assertThat(rest).isEqualTo(Got.first(sent));
            return !sent.isEmpty();
        }

        @Override
        boolean isUndoneByDeath() {
            return sent.isEmpty();
        }
    }

    /** One that takes some of four messages that are there. */
    private static class Receives extends OnQueue {
        private final Consumer<SharedQueue<String>> act;
        final int acknowledged;
        private final int handedOut;
        private final List<String> all;

        /**
         * One that receives.
         *
         * @param acknowledged how many it has acknowledged when it is done
         * @param handedOut how many it may have received by then
         */
        Receives(
                QueueType<String> type,
                int acknowledged,
                int handedOut,
                Consumer<SharedQueue<String>> act,
                String... all) {
            super(type, all);
            this.act = act;
            this.acknowledged = acknowledged;
            this.handedOut = handedOut;
            this.all = List.of(all);
        }

        @Override
        void act(Process victim) {
            act.accept(queue);
        }

        @Override
        boolean happened(List<Got> found) {
            int gone = all.size() - found.size();
            assertThat(gone).isBetween(0, acknowledged);
            // All are different, so nothing is there twice.
            assertThat(Got.payloads(found)).isEqualTo(all.subList(gone, all.size()));
            for (Got got : found) {
                int index = all.indexOf(got.payload());
                if (index >= handedOut) {
                    assertThat(got.deliveries()).as("deliveries of %s", got).isOne();
                } else {
                    assertThat(got.deliveries()).as("deliveries of %s", got).isBetween(1, 2);
                }
            }
            return gone == acknowledged && acknowledged > 0;
        }

        @Override
        boolean isUndoneByDeath() {
            return acknowledged == 0;
        }
    }

    /** One that takes several, of which one has a block: the one reader frees that before it says how far it came. */
    private static final class ReceivesGradually extends Receives {
        private final List<String> all;

        ReceivesGradually(QueueType<String> type, int acknowledged, Consumer<SharedQueue<String>> act, String... all) {
            super(type, acknowledged, acknowledged, act, all);
            this.all = List.of(all);
        }

        @Override
        boolean isGradual() {
            return true;
        }

        @Override
        boolean happened(List<Got> found) {
            List<String> left = new ArrayList<>(all);
            left.retainAll(Got.payloads(found));
            assertThat(Got.payloads(found))
                    .isEqualTo(left)
                    .endsWith(all.subList(acknowledged, all.size()).toArray(new String[0]));
            return found.size() == all.size() - acknowledged;
        }
    }

    static String large(char of) {
        return String.valueOf(of).repeat(BY_REFERENCE);
    }

    // ------------------------------------------------------------------------------------------ sending

    @TestFactory
    Stream<DynamicTest> sending() {
        return Stream.of(
                        survive("a message", kind -> () -> new Sends(kind.type, q -> q.offer("three"), "three")),
                        survive(
                                "a message with a header",
                                kind -> () -> new Sends(
                                        kind.type,
                                        q -> q.offer("three", SendOptions.header(new byte[] {1, 2, 3})),
                                        "three")),
                        survive(
                                "a message by reference",
                                kind -> () -> new Sends(kind.type, q -> q.offer(large('l')), large('l'))),
                        survive(
                                "several messages at once",
                                kind -> () -> new Sends(
                                        kind.type,
                                        q -> q.offerAll(List.of("three", "f".repeat(500), "five")),
                                        "three",
                                        "f".repeat(500),
                                        "five")),
                        survive(
                                "a message written in place",
                                kind -> () -> new Sends(kind.type, q -> inPlace(q, "three", true), "three")),
                        // The one writer of plain messages changes nothing before it commits.
                        Stream.of(Kind.COMPETING_CONSUMERS, Kind.ONE_READER, Kind.ONE_WRITER_AND_ONE_READER)
                                .map(kind -> survives(
                                        kind.of("a message given up in place"),
                                        () -> new Sends(kind.type, q -> inPlace(q, "three", false)))),
                        survive(
                                "a message by reference written in place",
                                kind -> () -> new Sends(kind.type, q -> inPlace(q, large('p'), true), large('p'))),
                        survive(
                                "a message by reference given up in place",
                                kind -> () -> new Sends(kind.type, q -> inPlace(q, large('p'), false))),
                        Stream.of(survives(
                                "a message of more than 128 KiB",
                                MORE_BYTES,
                                () -> new Sends(COMPETING, q -> q.offer("h".repeat(140_000)), "h".repeat(140_000)))))
                .flatMap(tests -> tests);
    }

    private static void inPlace(SharedQueue<String> queue, String message, boolean commit) {
        inPlace(queue, message, SendOptions.NONE, commit);
    }

    private static void inPlace(SharedQueue<String> queue, String message, SendOptions options, boolean commit) {
        writeInPlace(length -> queue.tryClaim(length, options), message, commit);
    }

    /** Claims as many bytes as a message has, writes them as the codec for text does, and commits or gives up. */
    static void writeInPlace(IntFunction<Claim> claims, String message, boolean commit) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        ByteBuffer encoded = ByteBuffer.allocate(bytes.length + 16).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        Codecs.forType(String.class).encode(message, encoded);
        int length = encoded.position();
        Claim claim = claims.apply(length);
        assertThat(claim).isNotNull();
        claim.putBytes(0, encoded.array(), 0, length);
        if (commit) {
            claim.commit();
        } else {
            claim.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> sendingWithAPriority() {
        SendOptions middle = SendOptions.priority(1);
        SendOptions last = SendOptions.priority(2);
        return Stream.of(
                survives("a message", () -> new Sends(BY_PRIORITY, q -> q.offer("three", middle), "three")),
                survives(
                        "a message by reference",
                        () -> new Sends(BY_PRIORITY, q -> q.offer(large('l'), last), large('l'))),
                survives(
                        "several messages at once",
                        () -> new Sends(
                                BY_PRIORITY, q -> q.offerAll(List.of("three", "four"), middle), "three", "four")),
                survives(
                        "a message written in place",
                        () -> new Sends(BY_PRIORITY, q -> inPlace(q, "three", last, true), "three")),
                survives("one of each priority", () -> new OnQueue(BY_PRIORITY) {
                    @Override
                    void act(Process victim) {
                        assertThat(queue.offer("last", last)).isTrue();
                        assertThat(queue.offer("middle", middle)).isTrue();
                        assertThat(queue.offer("first")).isTrue();
                    }

                    @Override
                    boolean happened(List<Got> found) {
                        assertThat(found)
                                .isIn(
                                        List.of(),
                                        Got.first(List.of("last")),
                                        Got.first(List.of("middle", "last")),
                                        Got.first(List.of("first", "middle", "last")));
                        return found.size() == 3;
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> sendingPastTheEndOfTheRing() {
        return survive(
                "a message behind padding",
                kind -> () -> new OnQueue(kind.type) {
                    private static final String PIECE = "p".repeat(12_000);

                    @Override
                    void arrange(Process victim, Process survivor) {
                        super.arrange(victim, survivor);
                        for (int i = 0; i < 5; i++) {
                            queue.offer(PIECE);
                        }
                        for (int i = 0; i < 3; i++) {
                            queue.poll();
                        }
                    }

                    @Override
                    void act(Process victim) {
                        assertThat(queue.offer(PIECE + "last")).isTrue();
                    }

                    @Override
                    boolean happened(List<Got> found) {
                        assertThat(found).startsWith(Got.first(PIECE), Got.first(PIECE));
                        assertThat(found.size()).isBetween(2, 3);
                        if (found.size() == 3) {
                            assertThat(found).endsWith(Got.first(PIECE + "last"));
                        }
                        return found.size() == 3;
                    }
                });
    }

    /** Says beforehand that it cannot tell the size, so that the first guess is too small. */
    private static Codec<String> secretive() {
        Codec<String> codec = Codecs.forType(String.class);
        return new Codec<>() {
            @Override
            public String name() {
                return "secretive";
            }

            @Override
            public int size(String value) {
                return UNKNOWN_SIZE;
            }

            @Override
            public void encode(String value, ByteBuffer target) {
                codec.encode(value, target);
            }

            @Override
            public String decode(ByteBuffer source) {
                return codec.decode(source);
            }
        };
    }

    @TestFactory
    Stream<DynamicTest> sendingWithACodecThatCannotTell() {
        QueueType<String> competing = SharedQueue.of(secretive()).capacityBytes(RING);
        QueueType<String> dense = competing.singleProducer();
        String longer = "longer than the first guess ".repeat(20);
        return Stream.of(
                survives("its size, so it tries twice", () -> new Sends(competing, q -> q.offer(longer), longer)),
                survives(
                        "its size, so it tries twice, one to one",
                        () -> new Sends(dense, q -> q.offer(longer), longer)),
                survives("that it goes by reference", () -> new Sends(competing, q -> q.offer(large('s')), large('s'))),
                survives(
                        "that it goes by reference, one to one",
                        () -> new Sends(dense, q -> q.offer(large('s')), large('s'))));
    }

    /** Sending one more to a queue that is full: what is dropped is gone whether or not what it made room for was sent. */
    private abstract static class DropsOldest extends OnQueue {

        final String message;
        private List<String> all;

        DropsOldest(QueueType<String> type, String message) {
            super(type);
            this.message = message;
        }

        /** Fills the queue; returns what is there then, the oldest first. */
        abstract List<String> fill(Process victim);

        @Override
        boolean isGradual() {
            return true;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            super.arrange(victim, survivor);
            all = fill(victim);
            assertThat(all).hasSizeGreaterThan(1);
        }

        @Override
        void act(Process victim) {
            assertThat(queue.offer("last" + message)).isTrue();
        }

        @Override
        boolean happened(List<Got> found) {
            List<String> payloads = new ArrayList<>(Got.payloads(found));
            boolean last = payloads.remove("last" + message);
            assertThat(payloads.size()).isBetween(all.size() - 2, all.size());
            assertThat(payloads).isEqualTo(all.subList(all.size() - payloads.size(), all.size()));
            return last;
        }
    }

    @TestFactory
    Stream<DynamicTest> sendingWhereTheOldestIsDropped() {
        QueueType<String> type = COMPETING.full(FullPolicy.DROP_OLDEST);
        return Stream.of("s".repeat(14_000), large('r'))
                .map(text -> survives("for " + text.length() + " characters", () -> new DropsOldest(type, text) {
                    @Override
                    List<String> fill(Process victim) {
                        List<String> all = new ArrayList<>();
                        try (SharedQueue<String> plain = victim.objects.open("q", COMPETING)) {
                            for (int i = 0; plain.offer(i + message); i++) {
                                all.add(i + message);
                            }
                        }
                        return all;
                    }
                }));
    }

    /** Where there is one consumer the ring drops, and counts what was dropped at the consumer's place. */
    @TestFactory
    Stream<DynamicTest> sendingWhereTheOldestIsDroppedFromTheOneConsumer() {
        return lossy().flatMap(type -> Stream.of("s".repeat(14_000), large('r'))
                .map(text -> survives(text.length() + " characters, " + type, () -> new DropsOldest(type, text) {
                    @Override
                    boolean isFreedLater() {
                        return true;
                    }

                    @Override
                    List<String> fill(Process victim) {
                        List<String> all = new ArrayList<>();
                        for (int i = 0; queue.statistics().dropped() == 0; i++) {
                            all.add(i + message);
                            assertThat(queue.offer(i + message)).isTrue();
                        }
                        return all.subList((int) queue.statistics().dropped(), all.size());
                    }
                })));
    }

    private static Stream<QueueType<String>> lossy() {
        return Stream.of(ONE_CONSUMER, ONE_TO_ONE, ONE_TO_ONE.timestamps(false))
                .map(type -> type.full(FullPolicy.DROP_OLDEST));
    }

    // ------------------------------------------------------------------------------------------ receiving

    private static final String[] FOUR = {"one", "t".repeat(300), "three", "four"};
    private static final String[] FOUR_LARGE = {"one", large('2'), "three", "four"};

    @TestFactory
    Stream<DynamicTest> receiving() {
        return Stream.of(
                        survive("polling one", kind -> () -> new Receives(kind.type, 1, 1, SharedQueue::poll, FOUR)),
                        survive(
                                "polling one by reference",
                                kind -> () -> new Receives(
                                        kind.type, 1, 1, SharedQueue::poll, large('1'), "two", "three", "four")),
                        survive(
                                "draining three",
                                kind -> () -> new Receives(
                                        kind.type,
                                        3,
                                        3,
                                        q -> assertThat(q.drain(m -> {}, 3)).isEqualTo(3),
                                        FOUR)),
                        survive(
                                "draining three, one by reference",
                                kind -> () -> new ReceivesGradually(
                                        kind.type,
                                        3,
                                        q -> assertThat(q.drain(m -> {}, 3)).isEqualTo(3),
                                        FOUR_LARGE)),
                        survive("clearing", kind -> () -> new Receives(kind.type, 4, 4, SharedQueue::clear, FOUR)),
                        survive(
                                "clearing, one by reference",
                                kind -> () -> new ReceivesGradually(kind.type, 4, SharedQueue::clear, FOUR_LARGE)),
                        survive(
                                "receiving and acknowledging two",
                                kind -> () -> new Receives(
                                        kind.type,
                                        2,
                                        2,
                                        q -> {
                                            acknowledge(q);
                                            acknowledge(q);
                                        },
                                        FOUR_LARGE)),
                        survive(
                                "receiving and acknowledging two by stages",
                                kind -> () -> new Receives(
                                        kind.type,
                                        2,
                                        2,
                                        q -> {
                                            acknowledgeStage(q);
                                            acknowledgeStage(q);
                                        },
                                        FOUR_LARGE)),
                        survive(
                                "having two published",
                                kind -> () -> new Receives(
                                        kind.type,
                                        2,
                                        2,
                                        q -> assertThat(Traffic.subscribe(q.publisher(Runnable::run), 2))
                                                .isEqualTo(List.of(FOUR_LARGE).subList(0, 2)),
                                        FOUR_LARGE)),
                        survive(
                                "receiving without an end",
                                kind -> () -> new Receives(kind.type, 0, 1, QueueCrashTest::receive, FOUR)),
                        Stream.of(
                                survives(
                                        "receiving and acknowledging two with a visibility time-out",
                                        () -> new Receives(
                                                LEASED,
                                                2,
                                                2,
                                                q -> {
                                                    acknowledge(q);
                                                    acknowledge(q);
                                                },
                                                FOUR_LARGE)),
                                survives(
                                        "draining with a visibility time-out",
                                        () -> new Receives(
                                                LEASED,
                                                3,
                                                3,
                                                q -> assertThat(q.drain(m -> {}, 3))
                                                        .isEqualTo(3),
                                                FOUR))))
                .flatMap(tests -> tests);
    }

    static Delivery<String> receive(SharedQueue<String> queue) {
        try {
            Delivery<String> delivery = queue.receive(Duration.ZERO);
            assertThat(delivery).isNotNull();
            return delivery;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static void acknowledge(SharedQueue<String> queue) {
        receive(queue).ack();
    }

    /** Where there is a message, nobody waits, and no other thread comes into it. */
    private static void acknowledgeStage(SharedQueue<String> queue) {
        queue.receiveAsync().toCompletableFuture().join().ack();
    }

    /** One that takes some from a queue that drops the oldest from its one consumer. */
    private static final class ReceivesLossily extends Receives {

        ReceivesLossily(QueueType<String> type, int acknowledged, Consumer<SharedQueue<String>> act) {
            super(type, acknowledged, acknowledged, act, FOUR_LARGE);
        }

        /** By the next who sends, if it was killed in between. */
        @Override
        boolean isFreedLater() {
            return true;
        }

        /** Its blocks are freed after it. */
        @Override
        boolean isGradual() {
            return true;
        }
    }

    /** What was received is acknowledged there, whatever becomes of who has it. */
    @TestFactory
    Stream<DynamicTest> receivingWhereTheOldestIsDropped() {
        return Stream.of(ONE_CONSUMER, ONE_TO_ONE)
                .map(type -> type.full(FullPolicy.DROP_OLDEST))
                .flatMap(type -> Stream.of(
                        survives("polling one, " + type, () -> new ReceivesLossily(type, 1, SharedQueue::poll)),
                        survives(
                                "receiving two, " + type,
                                () -> new Receives(
                                        type,
                                        2,
                                        2,
                                        q -> {
                                            receive(q);
                                            acknowledge(q);
                                        },
                                        FOUR)),
                        survives(
                                "draining three, " + type,
                                () -> new Receives(
                                        type,
                                        3,
                                        3,
                                        q -> assertThat(q.drain(m -> {}, 3)).isEqualTo(3),
                                        FOUR)),
                        survives("clearing, " + type, () -> new ReceivesLossily(type, 4, SharedQueue::clear))));
    }

    @TestFactory
    Stream<DynamicTest> receivingByPriority() {
        return Stream.of(
                survives("polling one", () -> new ReceivesByPriority(1, SharedQueue::poll)),
                survives(
                        "receiving and acknowledging three",
                        () -> new ReceivesByPriority(3, q -> {
                            acknowledge(q);
                            acknowledge(q);
                            acknowledge(q);
                        })),
                survives(
                        "draining all",
                        () -> new ReceivesByPriority(
                                4, q -> assertThat(q.drain(m -> {}, 9)).isEqualTo(4))),
                survives("clearing", () -> new ReceivesByPriority(4, SharedQueue::clear)),
                survives(
                        "receiving without an end",
                        () -> new ReceivesByPriority(0, 2, q -> {
                            receive(q);
                            receive(q);
                        })));
    }

    /** One that takes some of four messages of three priorities. */
    private static final class ReceivesByPriority extends Receives {
        private static final String[] IN_ORDER = {"first", large('f'), "middle", "last"};

        ReceivesByPriority(int acknowledged, Consumer<SharedQueue<String>> act) {
            this(acknowledged, acknowledged, act);
        }

        ReceivesByPriority(int acknowledged, int handedOut, Consumer<SharedQueue<String>> act) {
            super(BY_PRIORITY, acknowledged, handedOut, act, IN_ORDER);
        }

        @Override
        boolean isGradual() {
            return acknowledged > 1;
        }

        @Override
        int priority(String message) {
            return switch (message) {
                case "middle" -> 1;
                case "last" -> 2;
                default -> 0;
            };
        }
    }

    @TestFactory
    Stream<DynamicTest> receivingAndGivingBack() {
        return survive(
                "one of three",
                kind -> () -> new OnQueue(kind.type, "one", "two", "three") {
                    @Override
                    void act(Process victim) {
                        receive(queue).release();
                    }

                    @Override
                    boolean happened(List<Got> found) {
                        assertThat(Got.payloads(found)).containsExactlyInAnyOrder("one", "two", "three");
                        for (Got got : found) {
                            assertThat(got.deliveries())
                                    .isBetween(1, got.payload().equals("one") ? 4 : 1);
                        }
                        return false;
                    }

                    @Override
                    boolean isUndoneByDeath() {
                        return true;
                    }
                });
    }

    /**
     * One who has looked over a message that somebody has, and over many after it, does not look there again until it hears that
     * something came back. Whoever is killed while giving it back may not have said so.
     */
    @Test
    void givingBackWhatOthersHavePassed() {
        int stores = 0;
        for (boolean finished = false; !finished; stores++) {
            World world = World.again(BYTES);
            Process victim = world.process(World.VICTIM);
            Process survivor = world.process(World.SURVIVOR);
            SharedQueue<String> queue = victim.objects.create("q", COMPETING);
            SharedQueue<String> other = survivor.objects.open("q", COMPETING);
            assertThat(queue.offer("kept")).isTrue();
            Delivery<String> kept = receive(queue);
            for (int i = 0; i < 300; i++) {
                assertThat(other.offer("passing")).isTrue();
                assertThat(other.poll()).isEqualTo("passing");
            }
            assertThat(other.poll()).isNull();
            assertThat(other.drain(message -> {}, 1)).isZero();
            victim.memory.arm(stores);
            try {
                kept.release();
                finished = true;
            } catch (RuntimeException | Error e) {
                assertThat(victim.memory.isDead()).isTrue();
            }
            victim.memory.kill();
            world.kill(World.VICTIM);
            survivor.reap();
            List<Got> found = Traffic.drain(other);
            assertThat(Got.payloads(found)).as("killed after store %d", stores).containsExactly("kept");
            assertThat(found.get(0).deliveries()).isEqualTo(2);
        }
        assertThat(stores).isGreaterThan(2);
    }

    @TestFactory
    Stream<DynamicTest> acknowledgingOutOfTurn() {
        return Stream.of(false, true)
                .flatMap(isLarge -> survive(
                        isLarge ? "by reference" : "in the ring",
                        kind -> () -> new OnQueue(kind.type, "one", isLarge ? large('2') : "two", "three") {
                            private Delivery<String> first;
                            private Delivery<String> second;

                            @Override
                            void arrange(Process victim, Process survivor) {
                                super.arrange(victim, survivor);
                                first = receive(queue);
                                second = receive(queue);
                                assertThat(first.deliveryCount()).isOne();
                            }

                            @Override
                            void act(Process victim) {
                                second.ack();
                            }

                            @Override
                            boolean happened(List<Got> found) {
                                List<String> payloads = Got.payloads(found);
                                assertThat(payloads).doesNotHaveDuplicates().contains("one", "three");
                                assertThat(found.get(0).deliveries()).isBetween(2, 3);
                                assertThat(found).contains(Got.first("three"));
                                assertThat(payloads.size()).isBetween(2, 3);
                                return payloads.size() == 2;
                            }
                        }));
    }

    @TestFactory
    Stream<DynamicTest> takingOneOutOfTheMiddle() {
        return Stream.of("two", large('2'))
                .flatMap(middle -> survive(
                        "of " + middle.length() + " characters",
                        kind -> () -> new OnQueue(kind.type, "one", middle, "three") {
                            @Override
                            void act(Process victim) {
                                assertThat(queue.remove(middle)).isTrue();
                            }

                            @Override
                            boolean happened(List<Got> found) {
                                List<String> payloads = Got.payloads(found);
                                assertThat(payloads).doesNotHaveDuplicates().contains("one", "three");
                                assertThat(found).contains(Got.first("one"), Got.first("three"));
                                assertThat(payloads.size()).isBetween(2, 3);
                                return payloads.size() == 2;
                            }
                        }));
    }

    @TestFactory
    Stream<DynamicTest> movingWhatWasDeliveredTooOften() {
        return Stream.of("dead", large('d'))
                .flatMap(message -> survive(
                        "of " + message.length() + " characters",
                        kind -> () -> new OnQueue(kind.type.deadLettersAfter(2), message, "alive") {
                            private List<Got> buried;

                            @Override
                            boolean isGradual() {
                                return true;
                            }

                            @Override
                            void arrange(Process victim, Process survivor) {
                                super.arrange(victim, survivor);
                                receive(queue).release();
                                receive(queue).release();
                            }

                            @Override
                            void act(Process victim) {
                                assertThat(queue.poll()).isEqualTo("alive");
                            }

                            @Override
                            void look(Process by, SharedQueue<String> opened, List<Got> found) {
                                buried = Traffic.drain(opened.deadLetters());
                            }

                            @Override
                            boolean happened(List<Got> found) {
                                // Nobody but the enumerator dies between the two rings, and then it is there twice.
                                assertThat(Got.payloads(buried)).containsOnly(message);
                                assertThat(buried.size()).isBetween(1, 2);
                                assertThat(found.size()).isBetween(0, 1);
                                if (!found.isEmpty()) {
                                    assertThat(found.get(0).payload()).isEqualTo("alive");
                                }
                                return found.isEmpty();
                            }
                        }));
    }

    /** One that receives a dead letter. */
    private static final class ReceivesDead extends OnQueue {
        private final String dead;
        private final boolean acknowledges;
        private final Consumer<SharedQueue<String>> act;
        private SharedQueue<String> letters;
        private List<Got> buried;

        ReceivesDead(QueueType<String> type, String dead, boolean acknowledges, Consumer<SharedQueue<String>> act) {
            super(type.deadLettersAfter(1), dead, "alive");
            this.dead = dead;
            this.acknowledges = acknowledges;
            this.act = act;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            super.arrange(victim, survivor);
            receive(queue).release();
            assertThat(queue.poll()).isEqualTo("alive");
            letters = queue.deadLetters();
            assertThat(letters.size()).isOne();
        }

        @Override
        void act(Process victim) {
            act.accept(letters);
        }

        @Override
        void look(Process by, SharedQueue<String> opened, List<Got> found) {
            buried = Traffic.drain(opened.deadLetters());
            assertThat(opened.deadLetters().statistics().depth()).isZero();
        }

        @Override
        boolean happened(List<Got> found) {
            assertThat(found).isEmpty();
            assertThat(Got.payloads(buried)).isIn(List.of(), List.of(dead));
            assertThat(acknowledges || !buried.isEmpty()).isTrue();
            assertThat(buried).allSatisfy(got -> assertThat(got.deliveries()).isBetween(1, 2));
            return buried.isEmpty();
        }

        @Override
        boolean isUndoneByDeath() {
            return !acknowledges;
        }
    }

    @TestFactory
    Stream<DynamicTest> receivingDeadLetters() {
        return Stream.of(Kind.COMPETING_CONSUMERS, Kind.ONE_WRITER_OF_PLAIN_MESSAGES)
                .flatMap(kind -> Stream.of("dead", large('d'))
                        .flatMap(dead -> Stream.of(
                                survives(
                                        kind.of("taking one of " + dead.length() + " characters"),
                                        () -> new ReceivesDead(kind.type, dead, true, letters -> {
                                            try {
                                                assertThat(letters.take()).isEqualTo(dead);
                                            } catch (InterruptedException e) {
                                                throw new IllegalStateException(e);
                                            }
                                        })),
                                survives(
                                        kind.of("acknowledging one of " + dead.length() + " characters"),
                                        () -> new ReceivesDead(kind.type, dead, true, QueueCrashTest::acknowledge)),
                                survives(
                                        kind.of("receiving one of " + dead.length() + " characters without an end"),
                                        () -> new ReceivesDead(kind.type, dead, false, QueueCrashTest::receive)))));
    }

    // ------------------------------------------------------------------------------------------ places

    @TestFactory
    Stream<DynamicTest> closing() {
        return survive(
                "with a message received and a claim open",
                kind -> () -> new OnQueue(kind.type, "one", large('2'), "three") {
                    @Override
                    void arrange(Process victim, Process survivor) {
                        super.arrange(victim, survivor);
                        receive(queue);
                        receive(queue);
                        assertThat(queue.tryClaim(100)).isNotNull();
                    }

                    @Override
                    void act(Process victim) {
                        queue.close();
                    }

                    @Override
                    boolean happened(List<Got> found) {
                        assertThat(Got.payloads(found)).containsExactly("one", large('2'), "three");
                        assertThat(found.get(0).deliveries()).isBetween(2, 4);
                        assertThat(found.get(1).deliveries()).isBetween(2, 4);
                        assertThat(found.get(2).deliveries()).isOne();
                        return false;
                    }

                    @Override
                    boolean isUndoneByDeath() {
                        return true;
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> becomingTheOneProducerAndTheOneConsumer() {
        return Stream.of(ONE_CONSUMER, ONE_TO_ONE)
                .map(type -> survives(type.toString(), () -> new OnQueue(type) {
                    @Override
                    void arrange(Process victim, Process survivor) {
                        super.arrange(victim, survivor);
                        // Somebody else was that before.
                        try (SharedQueue<String> opened = survivor.objects.open("q", type)) {
                            assertThat(opened.offer("before")).isTrue();
                            assertThat(opened.offer("and")).isTrue();
                            assertThat(opened.poll()).isEqualTo("before");
                        }
                    }

                    @Override
                    void act(Process victim) {
                        assertThat(queue.offer("after")).isTrue();
                        assertThat(queue.poll()).isEqualTo("and");
                    }

                    @Override
                    boolean happened(List<Got> found) {
                        List<String> payloads = Got.payloads(found);
                        assertThat(payloads).isIn(List.of("and"), List.of("and", "after"), List.of("after"));
                        return payloads.equals(List.of("after"));
                    }
                }));
    }
}
