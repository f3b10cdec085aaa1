package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.Traffic.Got;
import dev.shm.World.Process;
import dev.shm.error.SubscriptionEvictedException;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueType;
import dev.shm.queue.SendOptions;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Processes that meet in a queue or topic, switched from one to the next before each access in turn. */
class QueueInterleavingTest {

    private static final long BYTES = 512 * 1024;
    private static final int RING = 1 << 16;
    private static final int RANDOM_SCHEDULES = 40;
    private static final String PIECE = "p".repeat(12_000);

    private static final QueueType<String> QUEUE = SharedQueue.of(String.class).capacityBytes(RING);
    private static final TopicType<String> TOPIC =
            SharedTopic.of(String.class).capacityBytes(RING).subscribers(4);

    private abstract static class Meeting {
        final World world = World.again(BYTES);
        final Process a = world.process(0);
        final Process b = world.process(1);
        final Process c = world.process(2);
        final List<String> sent = Collections.synchronizedList(new ArrayList<>());
        final List<String> received = Collections.synchronizedList(new ArrayList<>());

        abstract List<Runnable> tasks();

        abstract void check();

        final void send(SharedQueue<String> queue, String message) {
            if (queue.offer(message)) {
                sent.add(message);
            }
        }

        final void receive(SharedQueue<String> queue, int times) {
            for (int i = 0; i < times; i++) {
                String message = queue.poll();
                if (message != null) {
                    received.add(message);
                }
            }
        }

        /** Receives what is left, and checks that each message was received once, those of one sender in their order. */
        final void checkEachOnce(QueueType<String> type) {
            try (SharedQueue<String> queue = c.objects.open("q", type)) {
                received.addAll(Got.payloads(Traffic.drain(queue)));
                assertThat(received).containsExactlyInAnyOrderElementsOf(sent);
                assertThat(queue.statistics().depth()).isZero();
                Traffic.fillSeveralLaps(queue, RING);
            }
        }
    }

    private static void meet(Supplier<? extends Meeting> meeting, int stride) {
        meet(meeting, stride, Integer.MAX_VALUE);
    }

    /** As above, with switches among the first accesses only: the rest is one process that waits for room. */
    private static void meet(Supplier<? extends Meeting> meeting, int stride, int most) {
        Interleaving.explore(switches -> run(meeting.get(), switches), stride, most, RANDOM_SCHEDULES);
    }

    private static int run(Meeting meeting, Set<Integer> switches) {
        Interleaving interleaving = new Interleaving(switches);
        List<Process> processes = List.of(meeting.a, meeting.b, meeting.c);
        try {
            List<Runnable> tasks = meeting.tasks();
            for (int i = 0; i < tasks.size(); i++) {
                int task = i;
                interleaving.add(tasks.get(i));
                processes.get(i).memory.beforeAccess(() -> interleaving.beforeAccess(task));
            }
            int accesses = interleaving.run();
            processes.forEach(process -> process.memory.beforeAccess(() -> {}));
            meeting.check();
            assertThat(meeting.world.problems()).isEmpty();
            assertThat(meeting.world.count().queuedBytes()).isZero();
            assertThat(meeting.world.count().tentativeBytes()).isZero();
            return accesses;
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("with switches before the accesses " + switches, e);
        }
    }

    // ------------------------------------------------------------------------------------------ queues

    @Test
    void shouldKeepWhatTwoProducersSend() {
        meet(
                () -> new Meeting() {
                    @Override
                    List<Runnable> tasks() {
                        SharedQueue<String> qa = a.objects.create("q", QUEUE);
                        SharedQueue<String> qb = b.objects.open("q", QUEUE);
                        for (int i = 0; i < 5; i++) {
                            // The next claim of that length comes behind padding.
                            qa.offer(PIECE);
                            qa.poll();
                        }
                        return List.of(
                                () -> {
                                    send(qa, "a1");
                                    send(qa, "a2" + PIECE);
                                },
                                () -> {
                                    send(qb, "b1" + PIECE);
                                    assertThat(qb.offerAll(List.of("b2", "b3"))).isTrue();
                                    sent.addAll(List.of("b2", "b3"));
                                });
                    }

                    @Override
                    void check() {
                        assertThat(sent).hasSize(5);
                        checkEachOnce(QUEUE);
                        assertThat(received).containsSubsequence("a1", "a2" + PIECE);
                        assertThat(received).containsSubsequence("b1" + PIECE, "b2", "b3");
                    }
                },
                1);
    }

    @Test
    void shouldGiveEachMessageToOneOfTwoConsumersWhileAThirdSends() {
        String large = "l".repeat(40_000);
        meet(
                () -> new Meeting() {
                    @Override
                    List<Runnable> tasks() {
                        SharedQueue<String> qa = a.objects.create("q", QUEUE);
                        SharedQueue<String> qb = b.objects.open("q", QUEUE);
                        SharedQueue<String> qc = c.objects.open("q", QUEUE);
                        send(qc, "one");
                        send(qc, large);
                        return List.of(() -> receive(qa, 2), () -> receive(qb, 2), () -> send(qc, "three"));
                    }

                    @Override
                    void check() {
                        assertThat(sent).hasSize(3);
                        checkEachOnce(QUEUE);
                    }
                },
                2);
    }

    @Test
    void shouldNotDisturbLaterLapsByAClaimThatWasStalled() {
        meet(
                () -> new Meeting() {
                    @Override
                    List<Runnable> tasks() {
                        SharedQueue<String> qa = a.objects.create("q", QUEUE);
                        SharedQueue<String> qb = b.objects.open("q", QUEUE);
                        return List.of(() -> send(qa, "late"), () -> {
                            for (int i = 0; i < 11; i++) {
                                send(qb, i + PIECE);
                                receive(qb, 1);
                            }
                        });
                    }

                    @Override
                    void check() {
                        checkEachOnce(QUEUE);
                    }
                },
                1);
    }

    @Test
    void shouldLetOneWriterAndOneReaderMeet() {
        QueueType<String> type = QUEUE.singleProducer();
        meet(
                () -> new Meeting() {
                    @Override
                    List<Runnable> tasks() {
                        SharedQueue<String> qa = a.objects.create("q", type);
                        SharedQueue<String> qb = b.objects.open("q", type);
                        return List.of(
                                () -> {
                                    for (int i = 0; i < 6; i++) {
                                        send(qa, i + PIECE);
                                    }
                                    qa.close();
                                },
                                () -> {
                                    receive(qb, 6);
                                    qb.close();
                                });
                    }

                    @Override
                    void check() {
                        List<String> order = List.copyOf(sent);
                        checkEachOnce(type);
                        assertThat(received).isEqualTo(order);
                    }
                },
                1);
    }

    @Test
    void shouldShowAConsumerThatWasTooSlowNothingButMessages() {
        QueueType<String> type = QUEUE.visibilityTimeout(Duration.ofNanos(1));
        meet(
                () -> new Meeting() {
                    @Override
                    List<Runnable> tasks() {
                        SharedQueue<String> qa = a.objects.create("q", type);
                        SharedQueue<String> qb = b.objects.open("q", type);
                        send(qb, "first");
                        send(qb, "l".repeat(40_000));
                        return List.of(() -> receive(qa, 2), () -> {
                            for (int i = 0; i < 10; i++) {
                                receive(qb, 1);
                                // Zeros where the lease of a shorter record would be.
                                send(qb, i + "\0".repeat(11_000));
                            }
                        });
                    }

                    @Override
                    void check() {
                        try (SharedQueue<String> queue = c.objects.open("q", type)) {
                            // Whoever looks first begins the lease of what a stalled one took.
                            for (int i = 0; i < 3; i++) {
                                received.addAll(Got.payloads(Traffic.drain(queue)));
                            }
                            assertThat(received).containsAll(sent);
                            assertThat(sent).containsAll(received);
                            assertThat(queue.statistics().depth()).isZero();
                        }
                    }
                },
                3);
    }

    @Test
    void shouldDropTheOldestWhileSomebodyReceives() {
        QueueType<String> type = QUEUE.full(FullPolicy.DROP_OLDEST);
        meet(
                () -> new Meeting() {
                    @Override
                    List<Runnable> tasks() {
                        SharedQueue<String> qa = a.objects.create("q", type);
                        SharedQueue<String> qb = b.objects.open("q", type);
                        for (int i = 0; i < 4; i++) {
                            send(qb, i + PIECE);
                        }
                        return List.of(() -> receive(qa, 2), () -> {
                            send(qb, "5" + PIECE);
                            send(qb, "6" + PIECE);
                        });
                    }

                    @Override
                    void check() {
                        try (SharedQueue<String> queue = c.objects.open("q", type)) {
                            long dropped = queue.statistics().dropped();
                            received.addAll(Got.payloads(Traffic.drain(queue)));
                            assertThat(received).doesNotHaveDuplicates().isSubsetOf(sent);
                            assertThat(received.size() + dropped).isEqualTo(sent.size());
                        }
                    }
                },
                1);
    }

    @Test
    void shouldGiveBackWhatTheDeadHeldWhileOthersGoOn() {
        for (int stores = 0; stores < 24; stores += 2) {
            int after = stores;
            meet(
                    () -> new Meeting() {
                        private boolean done;

                        @Override
                        List<Runnable> tasks() {
                            SharedQueue<String> qa = a.objects.create("q", QUEUE);
                            SharedQueue<String> qc = c.objects.open("q", QUEUE);
                            send(qc, "l".repeat(40_000));
                            send(qc, "two");
                            a.memory.arm(after);
                            try {
                                assertThat(qa.poll()).isNotNull();
                                done = true;
                                qa.offer("m".repeat(40_000));
                            } catch (RuntimeException | Error e) {
                                // What a killed process throws on its way out nobody hears.
                                if (!a.memory.isDead()) {
                                    throw e;
                                }
                            }
                            a.memory.kill();
                            world.kill(0);
                            return List.of(() -> {}, b::reap, () -> {
                                receive(qc, 1);
                                send(qc, "three");
                                receive(qc, 1);
                            });
                        }

                        @Override
                        void check() {
                            try (SharedQueue<String> queue = b.objects.open("q", QUEUE)) {
                                received.addAll(Got.payloads(Traffic.drain(queue)));
                                received.remove("m".repeat(40_000));
                                assertThat(received).doesNotHaveDuplicates().contains("two", "three");
                                assertThat(received.size()).isBetween(2, done ? 2 : 3);
                                Traffic.fillSeveralLaps(queue, RING);
                            }
                        }
                    },
                    53);
        }
    }

    // ------------------------------------------------------------------------------------------ topics

    @Test
    void shouldJoinWhileTheHeadMovesOn() {
        for (TopicType<String> type : List.of(TOPIC, TOPIC.singleProducer())) {
            meet(() -> new Joining(type, Integer.MAX_VALUE), 1, 150);
        }
    }

    @Test
    void shouldKeepNothingOfOneWhoWasKilledWhileItJoined() {
        for (int stores = 3; stores < 14; stores++) {
            int after = stores;
            meet(() -> new Joining(TOPIC, after), 5, 100);
            meet(() -> new Joining(TOPIC.full(FullPolicy.DROP_OLDEST), after), 9, 100);
        }
    }

    /** One subscribes by a name, and perhaps dies of it, while another sends more than the ring holds. */
    private static final class Joining extends Meeting {
        private final TopicType<String> type;
        private final int stores;
        private SharedTopic<String> ta;
        private SharedTopic<String> tb;

        Joining(TopicType<String> type, int stores) {
            this.type = type;
            this.stores = stores;
        }

        @Override
        List<Runnable> tasks() {
            ta = a.objects.create("t", type);
            tb = b.objects.open("t", type);
            for (int i = 0; i < 5; i++) {
                publish("before " + i);
            }
            sent.clear();
            a.memory.arm(stores);
            return List.of(() -> ta.subscribeFromOldest("x"), () -> {
                for (int i = 0; i < 5; i++) {
                    publish("meanwhile " + i);
                }
            });
        }

        private void publish(String what) {
            if (tb.offer(what + PIECE)) {
                sent.add(what + PIECE);
            }
        }

        @Override
        void check() {
            a.memory.kill();
            world.kill(0);
            b.reap();
            try (SharedTopic<String> topic = c.objects.open("t", type);
                    Subscription<String> x = topic.subscribe("x")) {
                List<String> got = Got.payloads(Traffic.drain(x));
                assertThat(got).allMatch(text -> text.endsWith(PIECE));
                List<String> late = new ArrayList<>(got);
                late.removeIf(text -> text.startsWith("before"));
                assertThat(late).isEqualTo(sent.subList(sent.size() - late.size(), sent.size()));
                tb.close();
                Traffic.fillSeveralLaps(topic, x, RING);
            }
        }
    }

    @Test
    void shouldLoseOnlyTheOldestToASubscriberOfALossyTopic() {
        for (TopicType<String> lossy : List.of(TOPIC, TOPIC.singleProducer())) {
            TopicType<String> type = lossy.full(FullPolicy.DROP_OLDEST);
            meet(
                    () -> new Meeting() {
                        private Subscription<String> subscription;

                        @Override
                        List<Runnable> tasks() {
                            SharedTopic<String> ta = a.objects.create("t", type);
                            SharedTopic<String> tb = b.objects.open("t", type);
                            subscription = ta.subscribe();
                            return List.of(
                                    () -> {
                                        for (int i = 0; i < 3; i++) {
                                            String message = subscription.poll();
                                            if (message != null) {
                                                received.add(message);
                                            }
                                        }
                                    },
                                    () -> {
                                        for (int i = 0; i < 8; i++) {
                                            String message = i + PIECE;
                                            assertThat(tb.offer(message)).isTrue();
                                            sent.add(message);
                                        }
                                    });
                        }

                        @Override
                        void check() {
                            received.addAll(Got.payloads(Traffic.drain(subscription)));
                            assertThat(received)
                                    .doesNotHaveDuplicates()
                                    .isSubsetOf(sent)
                                    .isSorted();
                            assertThat(received).endsWith(sent.get(sent.size() - 1));
                            assertThat(received.size() + subscription.lost()).isEqualTo(sent.size());
                        }
                    },
                    2);
        }
    }

    @Test
    void shouldShowASubscriberThatIsPutOutNothingButMessages() {
        for (TopicType<String> evicting : List.of(TOPIC, TOPIC.singleProducer())) {
            TopicType<String> type = evicting.evictAfter(Duration.ofNanos(1));
            meet(
                    () -> new Meeting() {
                        private SharedTopic<String> ta;
                        private Subscription<String> subscription;

                        @Override
                        List<Runnable> tasks() {
                            ta = a.objects.create("t", type);
                            SharedTopic<String> tb = b.objects.open("t", type);
                            subscription = ta.subscribe("x");
                            return List.of(() -> receiveUntilPutOut(), () -> {
                                for (int i = 0; i < 7; i++) {
                                    String message = i + PIECE;
                                    sent.add(message);
                                    try {
                                        assertThat(tb.offer(message, SendOptions.NONE, Duration.ofSeconds(5)))
                                                .isTrue();
                                    } catch (InterruptedException e) {
                                        throw new IllegalStateException(e);
                                    }
                                }
                            });
                        }

                        private void receiveUntilPutOut() {
                            try {
                                for (int i = 0; i < 3; i++) {
                                    String message = subscription.poll();
                                    if (message != null) {
                                        received.add(message);
                                    }
                                }
                            } catch (SubscriptionEvictedException e) {
                                // It was too slow.
                            }
                        }

                        @Override
                        void check() {
                            assertThat(received).isEqualTo(sent.subList(0, received.size()));
                            subscription.close();
                            // Whether it was put out or not, its place can be had again.
                            for (int i = 0; i < 6; i++) {
                                try (Subscription<String> again = ta.subscribe("x")) {
                                    Traffic.drain(again);
                                } catch (SubscriptionEvictedException e) {
                                    // Nobody had been told.
                                    assertThat(i).isZero();
                                }
                            }
                        }
                    },
                    3);
        }
    }

    @Test
    void shouldPutASubscriberOutOnceWhenTwoSendersFindNoRoom() {
        meet(PuttingOut::new, 1);
    }

    /** Two senders that try again and again put out a subscriber who reads nothing. */
    private static final class PuttingOut extends Meeting {
        private SharedTopic<String> tc;
        private Subscription<String> slow;
        private int unread;
        private long told = -1;

        @Override
        List<Runnable> tasks() {
            TopicType<String> type = TOPIC.evictAfter(Duration.ofNanos(1));
            tc = c.objects.create("t", type);
            SharedTopic<String> ta = a.objects.open("t", type);
            SharedTopic<String> tb = b.objects.open("t", type);
            slow = tc.subscribe("slow");
            while (ta.offer(PIECE) || tb.offer(PIECE)) {
                unread++;
            }
            return List.of(() -> tryUntilSent(ta), () -> tryUntilSent(tb), this::lookUntilPutOut);
        }

        private void lookUntilPutOut() {
            long lost;
            do {
                lost = slow.lost();
                assertThat(lost).isIn(0L, (long) unread);
                assertThat(tc.statistics().dropped()).isIn(0L, (long) unread);
            } while (lost == 0);
        }

        private static void tryUntilSent(SharedTopic<String> topic) {
            while (!topic.offer(PIECE)) {
                Thread.onSpinWait();
            }
        }

        @Override
        void check() {
            assertThat(tc.statistics().evicted()).isOne();
            assertThat(tc.statistics().dropped()).isEqualTo(unread);
            try {
                slow.poll();
            } catch (SubscriptionEvictedException e) {
                told = e.lost();
            }
            assertThat(told).isEqualTo(unread);
            slow.close();
            try (Subscription<String> again = tc.subscribe("slow")) {
                assertThat(again.lost()).isZero();
                assertThat(Traffic.drain(again)).isEmpty();
            }
            assertThat(tc.statistics().dropped()).isEqualTo(unread);
        }
    }
}
