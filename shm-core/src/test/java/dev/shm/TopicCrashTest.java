package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.Traffic.Got;
import dev.shm.World.Process;
import dev.shm.error.SubscriptionEvictedException;
import dev.shm.queue.Delivery;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.SendOptions;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every operation of a topic, with a death after each of its stores. */
class TopicCrashTest {

    private static final long BYTES = 512 * 1024;
    private static final int RING = 1 << 16;
    private static final String LARGE = "l".repeat(QueueCrashTest.BY_REFERENCE);
    private static final int LAPS_AFTER_EACH = 23;

    /** Only one thread counts. */
    private static int checks;

    private static final TopicType<String> PLAIN =
            SharedTopic.of(String.class).capacityBytes(RING).subscribers(3);

    private enum Kind {
        ANY_PRODUCERS(PLAIN),
        ONE_PRODUCER(PLAIN.singleProducer()),
        EVICTING(PLAIN.evictAfter(Duration.ofDays(1))),
        LOSSY(PLAIN.full(FullPolicy.DROP_OLDEST)),
        LOSSY_ONE_PRODUCER(PLAIN.singleProducer().full(FullPolicy.DROP_OLDEST));

        final TopicType<String> type;

        Kind(TopicType<String> type) {
            this.type = type;
        }

        boolean isLossy() {
            return this == LOSSY || this == LOSSY_ONE_PRODUCER;
        }
    }

    private static Stream<DynamicTest> survive(String what, Function<Kind, Scenario> scenario) {
        return Stream.of(Kind.values())
                .map(kind -> DynamicTest.dynamicTest(
                        what + ", " + kind.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        () -> assertThat(CrashEnumerator.enumerateSparsely(scenario.apply(kind), BYTES))
                                .isPositive()));
    }

    /** An operation on a topic with a named subscription that is away and a message that it has not read. */
    private abstract static class OnTopic extends Operation {
        final Kind kind;
        SharedTopic<String> topic;

        OnTopic(Kind kind) {
            this.kind = kind;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            try (SharedTopic<String> created = survivor.objects.create("t", kind.type)) {
                created.subscribe("kept").close();
                assertThat(created.offer("zero")).isTrue();
            }
            topic = victim.objects.open("t", kind.type);
        }

        @Override
        boolean isGradual() {
            // What a topic keeps for those who come later is freed when its room is wanted.
            return true;
        }

        /** Whether it happened, given what the kept subscription found. */
        abstract boolean happened(SharedTopic<String> opened, List<Got> kept);

        @Override
        final boolean happened(Process by) {
            boolean happened;
            try (SharedTopic<String> opened = by.objects.open("t", kind.type)) {
                List<Got> kept;
                try (Subscription<String> subscription = opened.subscribe("kept")) {
                    kept = Traffic.drain(subscription);
                    assertThat(subscription.size()).isZero();
                }
                happened = happened(opened, kept);
                // Whoever else was there is gone, or is kept and has nothing.
                List<Subscription<String>> rest = new ArrayList<>();
                rest.add(opened.subscribe("kept"));
                rest.add(opened.subscribe("other"));
                rest.forEach(subscription -> Traffic.drain(subscription));
                rest.add(opened.subscribe());
                assertThat(opened.statistics().depth()).isZero();
                if (checks++ % LAPS_AFTER_EACH == 0) {
                    rest.get(1).close();
                    rest.get(2).close();
                    assertThat(opened.unsubscribe("other")).isTrue();
                    Traffic.fillSeveralLaps(opened, rest.get(0), RING);
                }
            }
            assertThat(by.objects.destroy("t")).isTrue();
            assertThat(by.heap.deepStatistics().queuedBytes()).isZero();
            assertThat(by.heap.deepStatistics().usedBytes()).isZero();
            return happened;
        }
    }

    /** One that sends to a topic whose kept subscription has a message before that. */
    private static final class Publishes extends OnTopic {
        private final Consumer<SharedTopic<String>> act;
        private final List<String> expected;

        Publishes(Kind kind, Consumer<SharedTopic<String>> act, List<String> sent) {
            super(kind);
            this.act = act;
            this.expected = new ArrayList<>(List.of("zero"));
            expected.addAll(sent);
        }

        @Override
        void act(Process victim) {
            act.accept(topic);
        }

        @Override
        boolean happened(SharedTopic<String> opened, List<Got> kept) {
            List<String> payloads = Got.payloads(kept);
            assertThat(payloads).isIn(List.of("zero"), expected);
            assertThat(kept).allMatch(got -> got.deliveries() == 1);
            return payloads.size() > 1;
        }

        @Override
        boolean isUndoneByDeath() {
            return expected.size() == 1;
        }
    }

    @TestFactory
    Stream<DynamicTest> publishing() {
        return Stream.of("one", LARGE)
                .flatMap(message -> survive(
                        message.length() + " characters",
                        kind -> () -> new Publishes(
                                kind, t -> assertThat(t.offer(message)).isTrue(), List.of(message))));
    }

    @TestFactory
    Stream<DynamicTest> publishingSeveralAtOnce() {
        List<String> batch = List.of("one", "t".repeat(500), "three");
        return survive(
                "by one commit",
                kind -> () ->
                        new Publishes(kind, t -> assertThat(t.offerAll(batch)).isTrue(), batch));
    }

    @TestFactory
    Stream<DynamicTest> publishingInPlace() {
        return Stream.of("one", LARGE)
                .flatMap(message -> Stream.concat(
                        survive(
                                message.length() + " characters",
                                kind -> () -> new Publishes(
                                        kind,
                                        t -> QueueCrashTest.writeInPlace(t::tryClaim, message, true),
                                        List.of(message))),
                        survive(
                                message.length() + " characters that are given up",
                                kind -> () -> new Publishes(
                                        kind,
                                        t -> QueueCrashTest.writeInPlace(t::tryClaim, message, false),
                                        List.of()))));
    }

    @TestFactory
    Stream<DynamicTest> publishingWhereTheRingIsFull() {
        String piece = "p".repeat(14_000);
        return survive(
                "of what all have read, or of what may be lost",
                kind -> () -> new OnTopic(kind) {
                    private final List<String> all = new ArrayList<>();

                    @Override
                    void arrange(Process victim, Process survivor) {
                        super.arrange(victim, survivor);
                        for (int i = 0; i < 3; i++) {
                            all.add(i + piece);
                            assertThat(topic.offer(i + piece)).isTrue();
                        }
                        if (!kind.isLossy()) {
                            try (Subscription<String> kept = topic.subscribe("kept")) {
                                Traffic.drain(kept);
                            }
                            all.clear();
                        }
                    }

                    @Override
                    void act(Process victim) {
                        assertThat(topic.offer("3" + piece)).isTrue();
                        assertThat(topic.offer("4" + piece)).isTrue();
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened, List<Got> kept) {
                        List<String> payloads = new ArrayList<>(Got.payloads(kept));
                        payloads.remove("zero");
                        List<String> expected = new ArrayList<>(all);
                        expected.add("3" + piece);
                        expected.add("4" + piece);
                        boolean last = payloads.contains("4" + piece);
                        if (!last) {
                            expected.remove("4" + piece);
                            if (!payloads.contains("3" + piece)) {
                                expected.remove("3" + piece);
                            }
                        }
                        int lost = expected.size() - payloads.size();
                        assertThat(lost).isBetween(0, kind.isLossy() ? 3 : 0);
                        assertThat(payloads).isEqualTo(expected.subList(lost, expected.size()));
                        return last;
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> subscribing() {
        return survive(
                "by a new name",
                kind -> () -> new OnTopic(kind) {
                    @Override
                    void act(Process victim) {
                        topic.subscribe("other");
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened, List<Got> kept) {
                        assertThat(Got.payloads(kept)).containsExactly("zero");
                        boolean there = opened.offer("next") && hasOther(opened);
                        try (Subscription<String> other = opened.subscribe("other")) {
                            // One that is half there would have what was sent before it.
                            assertThat(Got.payloads(Traffic.drain(other)))
                                    .isEqualTo(there ? List.of("next") : List.of());
                        }
                        try (Subscription<String> mine = opened.subscribe("kept")) {
                            assertThat(Got.payloads(Traffic.drain(mine))).containsExactly("next");
                        }
                        return there;
                    }

                    private boolean hasOther(SharedTopic<String> opened) {
                        List<Subscription<String>> free = new ArrayList<>();
                        free.add(opened.subscribe());
                        boolean full = false;
                        try {
                            free.add(opened.subscribe());
                        } catch (dev.shm.error.SharedMemoryException e) {
                            full = true;
                        }
                        free.forEach(Subscription::close);
                        return full;
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> subscribingFromTheOldest() {
        return survive(
                "and leaving with the process",
                kind -> () -> new OnTopic(kind) {
                    @Override
                    void act(Process victim) {
                        assertThat(topic.subscribeFromOldest().poll()).isEqualTo("zero");
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened, List<Got> kept) {
                        assertThat(Got.payloads(kept)).containsExactly("zero");
                        return false;
                    }

                    @Override
                    boolean isUndoneByDeath() {
                        return true;
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> unsubscribing() {
        return survive(
                "what was kept",
                kind -> () -> new OnTopic(kind) {
                    @Override
                    void act(Process victim) {
                        assertThat(topic.unsubscribe("kept")).isTrue();
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened, List<Got> kept) {
                        assertThat(Got.payloads(kept)).isIn(List.of(), List.of("zero"));
                        return kept.isEmpty();
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> takingUpReadingAndAcknowledging() {
        return Stream.of("one", LARGE)
                .flatMap(message -> survive(
                        message.length() + " characters",
                        kind -> () -> new OnTopic(kind) {
                            @Override
                            void arrange(Process victim, Process survivor) {
                                super.arrange(victim, survivor);
                                assertThat(topic.offer(message)).isTrue();
                            }

                            @Override
                            void act(Process victim) {
                                Subscription<String> kept = topic.subscribe("kept");
                                receive(kept).ack();
                                receive(kept).ack();
                            }

                            @Override
                            boolean happened(SharedTopic<String> opened, List<Got> kept) {
                                List<String> payloads = Got.payloads(kept);
                                assertThat(payloads).isIn(List.of("zero", message), List.of(message), List.of());
                                return payloads.isEmpty();
                            }
                        }));
    }

    /** One that reads and acknowledges all that a subscription has, which it took up before. */
    private static final class Reads extends OnTopic {
        private final Consumer<Subscription<String>> act;
        private final List<String> all;
        private Subscription<String> mine;

        /**
         * One that reads.
         *
         * @param more what there is besides the message that is there anyway
         */
        Reads(Kind kind, Consumer<Subscription<String>> act, String... more) {
            super(kind);
            this.act = act;
            this.all = new ArrayList<>(List.of("zero"));
            all.addAll(List.of(more));
        }

        @Override
        void arrange(Process victim, Process survivor) {
            super.arrange(victim, survivor);
            all.subList(1, all.size())
                    .forEach(message -> assertThat(topic.offer(message)).isTrue());
            mine = topic.subscribe("kept");
        }

        @Override
        void act(Process victim) {
            act.accept(mine);
        }

        @Override
        boolean happened(SharedTopic<String> opened, List<Got> kept) {
            int gone = all.size() - kept.size();
            assertThat(gone).isBetween(0, all.size());
            assertThat(Got.payloads(kept)).isEqualTo(all.subList(gone, all.size()));
            // Who reaps may die of it after it has raised the count.
            assertThat(kept).allSatisfy(got -> assertThat(got.deliveries()).isBetween(1, kind.isLossy() ? 1 : 3));
            assertThat(opened.statistics().received()).isBetween((long) kept.size(), (long) all.size());
            return kept.isEmpty();
        }
    }

    @TestFactory
    Stream<DynamicTest> polling() {
        return Stream.of("one", LARGE)
                .flatMap(message -> survive(
                        "what is kept, " + message.length() + " characters",
                        kind -> () -> new Reads(
                                kind,
                                kept -> {
                                    assertThat(kept.poll()).isEqualTo("zero");
                                    assertThat(kept.poll()).isEqualTo(message);
                                },
                                message)));
    }

    @TestFactory
    Stream<DynamicTest> draining() {
        return Stream.of("two", LARGE)
                .flatMap(message -> survive(
                        "what is kept, " + message.length() + " characters in the middle",
                        kind -> () -> new Reads(
                                kind,
                                kept -> assertThat(kept.drain(m -> {}, 9)).isEqualTo(4),
                                "one",
                                message,
                                "three")));
    }

    @TestFactory
    Stream<DynamicTest> receivingWithoutWaiting() {
        return Stream.concat(
                survive(
                        "by stages",
                        kind -> () -> new Reads(
                                kind,
                                kept -> {
                                    kept.receiveAsync()
                                            .toCompletableFuture()
                                            .join()
                                            .ack();
                                    kept.receiveAsync()
                                            .toCompletableFuture()
                                            .join()
                                            .ack();
                                },
                                "one")),
                survive(
                        "by a publisher",
                        kind -> () -> new Reads(
                                kind,
                                kept -> assertThat(Traffic.subscribe(kept.publisher(Runnable::run), 2))
                                        .containsExactly("zero", "one"),
                                "one")));
    }

    @TestFactory
    Stream<DynamicTest> receivingWithoutAnEnd() {
        return survive(
                "what is kept",
                kind -> () -> new OnTopic(kind) {
                    @Override
                    void act(Process victim) {
                        receive(topic.subscribe("kept"));
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened, List<Got> kept) {
                        if (!kind.isLossy()) {
                            assertThat(Got.payloads(kept)).containsExactly("zero");
                            assertThat(kept.get(0).deliveries()).isBetween(1, 3);
                            return false;
                        }
                        assertThat(Got.payloads(kept)).isIn(List.of(), List.of("zero"));
                        return kept.isEmpty();
                    }

                    @Override
                    boolean isUndoneByDeath() {
                        return !kind.isLossy();
                    }
                });
    }

    private static Delivery<String> receive(Subscription<String> subscription) {
        try {
            Delivery<String> delivery = subscription.receive(Duration.ZERO);
            assertThat(delivery).isNotNull();
            return delivery;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @TestFactory
    Stream<DynamicTest> closing() {
        return survive(
                "with subscriptions and a message received",
                kind -> () -> new OnTopic(kind) {
                    @Override
                    void arrange(Process victim, Process survivor) {
                        super.arrange(victim, survivor);
                        receive(topic.subscribe("kept"));
                        topic.subscribe();
                    }

                    @Override
                    void act(Process victim) {
                        topic.close();
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened, List<Got> kept) {
                        assertThat(Got.payloads(kept)).isEqualTo(kind.isLossy() ? List.of() : List.of("zero"));
                        assertThat(kept).allMatch(got -> got.deliveries() > 1);
                        return false;
                    }

                    @Override
                    boolean isUndoneByDeath() {
                        return true;
                    }
                });
    }

    // ------------------------------------------------------------------------------------------ what was lost

    private static final int LOST_BY_ONE = 2;

    @TestFactory
    Stream<DynamicTest> leavingAPlaceAndTakingIt() {
        return Stream.of(Kind.LOSSY, Kind.LOSSY_ONE_PRODUCER)
                .map(kind -> DynamicTest.dynamicTest(
                        "where somebody lost messages, " + kind,
                        () -> assertThat(CrashEnumerator.enumerateSparsely(() -> new AfterALoss(kind), BYTES))
                                .isPositive()));
    }

    /** Two of three have lost messages. One leaves its place, and another takes it. */
    private static final class AfterALoss extends OnTopic {
        private Subscription<String> slow;

        AfterALoss(Kind kind) {
            super(kind);
        }

        @Override
        void arrange(Process victim, Process survivor) {
            super.arrange(victim, survivor);
            slow = topic.subscribe();
            for (int i = 0; i < PIECES + LOST_BY_ONE; i++) {
                assertThat(topic.offer(i + PIECE)).isTrue();
            }
            assertThat(slow.lost()).isEqualTo(LOST_BY_ONE);
            assertThat(topic.statistics().dropped()).isEqualTo(lostByAll());
        }

        /** The one that is away has lost what was there before as well. */
        private static int lostByAll() {
            return 2 * LOST_BY_ONE + 1;
        }

        @Override
        void act(Process victim) {
            slow.close();
            assertThat(topic.subscribe("other").lost()).isZero();
        }

        @Override
        boolean happened(SharedTopic<String> opened, List<Got> kept) {
            assertThat(kept).hasSize(PIECES);
            assertThat(opened.statistics().dropped()).isEqualTo(lostByAll());
            boolean happened = opened.unsubscribe("other");
            assertThat(opened.statistics().dropped()).isEqualTo(lostByAll());
            try (Subscription<String> anew = opened.subscribe()) {
                assertThat(anew.lost()).isZero();
            }
            assertThat(opened.statistics().dropped()).isEqualTo(lostByAll());
            return happened;
        }
    }

    // ------------------------------------------------------------------------------------------ being put out

    private static final String PIECE = "p".repeat(14_000);
    private static final int PIECES = 4;

    private static Stream<DynamicTest> surviveEviction(String what, Function<TopicType<String>, Scenario> scenario) {
        TopicType<String> evicting = PLAIN.evictAfter(Duration.ofNanos(1));
        return Stream.of(evicting, evicting.singleProducer())
                .map(type -> DynamicTest.dynamicTest(
                        what + ", " + type,
                        () -> assertThat(CrashEnumerator.enumerateSparsely(scenario.apply(type), BYTES))
                                .isPositive()));
    }

    /** An operation on a topic that is full of messages that a named subscription, which is away, has not read. */
    private abstract static class OnFullTopic extends Operation {
        final TopicType<String> type;
        SharedTopic<String> topic;

        OnFullTopic(TopicType<String> type) {
            this.type = type;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            topic = victim.objects.create("t", type);
            topic.subscribe("kept").close();
            for (int i = 0; i < PIECES; i++) {
                assertThat(topic.offer(i + PIECE)).isTrue();
            }
            assertThat(topic.offer(PIECE)).isFalse();
        }

        static void sendOneMore(SharedTopic<String> opened) {
            try {
                assertThat(opened.offer("more" + PIECE, SendOptions.NONE, Duration.ofSeconds(5)))
                        .isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Whether the kept subscription was put out and says so; if so, it says how much it lost, and can begin anew. */
        static boolean isTold(SharedTopic<String> opened) {
            boolean told = false;
            try (Subscription<String> kept = opened.subscribe("kept")) {
                Traffic.drain(kept);
            } catch (SubscriptionEvictedException e) {
                assertThat(e.lost()).isEqualTo(PIECES);
                told = true;
            }
            try (Subscription<String> kept = opened.subscribe("kept")) {
                assertThat(opened.offer("anew")).isTrue();
                assertThat(Got.payloads(Traffic.drain(kept))).containsExactly("anew");
                assertThat(kept.lost()).isZero();
            }
            return told;
        }

        abstract boolean happened(SharedTopic<String> opened);

        @Override
        final boolean happened(Process by) {
            boolean happened;
            try (SharedTopic<String> opened = by.objects.open("t", type)) {
                happened = happened(opened);
                assertThat(opened.unsubscribe("kept")).isTrue();
                assertThat(opened.unsubscribe("kept")).isFalse();
                // Every place can be had.
                List<Subscription<String>> all = List.of(opened.subscribe(), opened.subscribe(), opened.subscribe());
                all.get(0).close();
                all.get(1).close();
                Traffic.fillSeveralLaps(opened, all.get(2), RING);
            }
            assertThat(by.objects.destroy("t")).isTrue();
            assertThat(by.heap.deepStatistics().usedBytes()).isZero();
            return happened;
        }
    }

    @TestFactory
    Stream<DynamicTest> puttingOut() {
        return surviveEviction(
                "one that is away",
                type -> () -> new OnFullTopic(type) {
                    @Override
                    void act(Process victim) {
                        sendOneMore(topic);
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened) {
                        boolean happened = opened.statistics().depth() == 0;
                        if (!happened) {
                            // Whoever begins again says the same.
                            sendOneMore(opened);
                        }
                        assertThat(opened.statistics().evicted()).isLessThanOrEqualTo(1);
                        assertThat(opened.statistics().dropped()).isEqualTo(PIECES);
                        assertThat(isTold(opened)).isTrue();
                        assertThat(opened.statistics().dropped()).isEqualTo(PIECES);
                        return happened;
                    }
                });
    }

    /** Where it has been put out already. */
    private abstract static class OnTrace extends OnFullTopic {
        int lost = PIECES;

        OnTrace(TopicType<String> type) {
            super(type);
        }

        @Override
        void arrange(Process victim, Process survivor) {
            super.arrange(victim, survivor);
            sendOneMore(topic);
        }

        @Override
        boolean happened(SharedTopic<String> opened) {
            assertThat(opened.statistics().dropped()).isEqualTo(lost);
            boolean happened = !isTold(opened);
            assertThat(opened.statistics().dropped()).isEqualTo(lost);
            return happened;
        }
    }

    private static void assertTold(Subscription<String> subscription) {
        assertThatThrownBy(subscription::poll).isInstanceOf(SubscriptionEvictedException.class);
    }

    @TestFactory
    Stream<DynamicTest> takingUpANameThatWasPutOut() {
        return surviveEviction(
                "being told, and beginning anew",
                type -> () -> new OnTrace(type) {
                    @Override
                    void act(Process victim) {
                        Subscription<String> kept = topic.subscribe("kept");
                        assertTold(kept);
                        kept.close();
                        assertThat(topic.subscribeFromOldest("kept").poll()).isNotNull();
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> takingUpANameThatWasPutOutAndNotAsking() {
        return surviveEviction(
                "so that the next one is told",
                type -> () -> new OnTrace(type) {
                    @Override
                    void act(Process victim) {
                        topic.subscribe("kept").close();
                    }

                    @Override
                    boolean isUndoneByDeath() {
                        return true;
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> dyingOncePutOut() {
        return surviveEviction(
                "before the topic is closed",
                type -> () -> new OnFullTopic(type) {
                    private Subscription<String> kept;

                    @Override
                    void arrange(Process victim, Process survivor) {
                        super.arrange(victim, survivor);
                        kept = topic.subscribe("kept");
                        sendOneMore(topic);
                        assertTold(kept);
                    }

                    @Override
                    void act(Process victim) {
                        kept.close();
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened) {
                        assertThat(opened.statistics().dropped()).isEqualTo(PIECES);
                        boolean happened = !isTold(opened);
                        assertThat(opened.statistics().dropped()).isEqualTo(PIECES);
                        return happened;
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> endingOneWithoutANameThatWasPutOut() {
        return surviveEviction(
                "whose loss still counts",
                type -> () -> new OnTrace(type) {
                    private Subscription<String> nameless;

                    @Override
                    void arrange(Process victim, Process survivor) {
                        super.arrange(victim, survivor);
                        // The trace of the one that is kept stays.
                        nameless = topic.subscribe();
                        int sent = 0;
                        while (topic.offer(sent + PIECE)) {
                            sent++;
                        }
                        sendOneMore(topic);
                        assertThat(nameless.lost()).isEqualTo(sent);
                        lost += sent;
                    }

                    @Override
                    void act(Process victim) {
                        nameless.close();
                        topic.subscribe("other");
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened) {
                        assertThat(super.happened(opened)).isFalse();
                        boolean happened = opened.unsubscribe("other");
                        assertThat(opened.statistics().dropped()).isEqualTo(lost);
                        return happened;
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> unsubscribingWhatWasPutOut() {
        return surviveEviction(
                "and nobody is told",
                type -> () -> new OnTrace(type) {
                    @Override
                    void act(Process victim) {
                        assertThat(topic.unsubscribe("kept")).isTrue();
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> takingThePlaceOfOneThatWasPutOut() {
        return surviveEviction(
                "where there is no other",
                type -> () -> new OnTrace(type) {
                    @Override
                    void arrange(Process victim, Process survivor) {
                        super.arrange(victim, survivor);
                        topic.subscribe();
                        topic.subscribe();
                    }

                    @Override
                    void act(Process victim) {
                        topic.subscribe("other");
                    }

                    @Override
                    boolean happened(SharedTopic<String> opened) {
                        boolean happened = super.happened(opened);
                        assertThat(opened.unsubscribe("other")).isIn(false, happened);
                        return happened;
                    }
                });
    }
}
