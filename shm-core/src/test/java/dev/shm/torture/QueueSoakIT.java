package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapAccess;
import dev.shm.SegmentStatistics;
import dev.shm.SharedMemory;
import dev.shm.error.SubscriptionEvictedException;
import dev.shm.queue.MessageHandler;
import dev.shm.queue.QueueStatistics;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.SegmentView;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sends and receives numbered messages in several processes, kills them wherever they are, and at the end accounts for every
 * message: what was sent was delivered, what was acknowledged was not delivered again, nothing is torn, invented or left behind.
 *
 * <p>{@code -Dshm.torture.kills=} says how many, over all kinds of queues; {@code -Dshm.torture.seed=} repeats the choices of a
 * run, though not its races.
 */
class QueueSoakIT {

    /** Every process that is killed needs another JVM, so there are fewer than where those are only paused. */
    private static final int KILLS =
            Math.max(2, Integer.getInteger("shm.torture.kills", 300) / (6 * SoakPlan.values().length));

    /** Then all is drained and accounted for, and begins anew. */
    private static final int KILLS_OF_A_ROUND = 40;

    private final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<Post> posts = new ArrayList<>();
    private TestDirectory directory;
    private SharedMemory memory;
    private SegmentView view;
    private SoakPlan plan;
    private int processes;
    private int kills;

    @AfterEach
    void close() {
        try {
            posts.forEach(post -> post.child.close());
            if (memory != null) {
                memory.close();
            }
        } finally {
            posts.clear();
            memory = null;
            if (directory != null) {
                directory.close();
                directory = null;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SoakPlan.class)
    void whoeverIsKilledNothingIsLostOrInventedOrTornOrLeftBehind(SoakPlan which) {
        plan = which;
        long started = System.nanoTime();
        try {
            while (kills < KILLS) {
                round(Math.min(KILLS, kills + KILLS_OF_A_ROUND));
            }
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    plan + " after " + kills + " kills, with -Dshm.torture.seed=" + seed + ": " + e.getMessage(), e);
        }
        System.out.printf(
                "%s: %d kills in %d s, seed %d%n",
                plan, kills, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started), seed);
    }

    private void round(int killsAtEnd) {
        directory = TestDirectory.create();
        memory = SharedMemory.named(SoakPlan.SEGMENT)
                .directory(directory.segments())
                .size(SoakPlan.SEGMENT_BYTES)
                .slots(16)
                .create();
        view = SegmentView.of(memory);
        SegmentStatistics before = memory.deepStatistics();
        create();
        for (int i = 0; i < plan.producers; i++) {
            posts.add(new Post("producer-" + i, 1));
        }
        for (int i = 0; i < plan.consumers; i++) {
            posts.add(new Post(SoakPlan.subscription(i), plan.threads));
        }
        while (kills < killsAtEnd) {
            killSomebody();
        }
        leaveInOrder();
        assertThat(memory.verify()).isEmpty();
        if (plan.isTopic()) {
            settleTopic();
        } else {
            settleQueue();
        }
        assertThat(memory.destroy(SoakPlan.NAME)).isTrue();
        assertThat(memory.verify()).isEmpty();
        Watchdog.awaitAsserted(() -> {
            memory.reap();
            SegmentStatistics after = memory.deepStatistics();
            assertThat(after.queuedBytes()).as("queued bytes").isZero();
            assertThat(after.tentativeBytes()).as("tentative bytes").isZero();
            assertThat(after.usedBytes()).as("used bytes").isEqualTo(before.usedBytes());
        });
        HeapAccess.awaitEmpty(memory);
        close();
    }

    /** Subscriptions begin before the first message. */
    private void create() {
        if (plan.isTopic()) {
            try (SharedTopic<byte[]> topic = memory.create(SoakPlan.NAME, plan.topic())) {
                for (int i = 0; i < plan.consumers; i++) {
                    if (plan.isKept(i)) {
                        topic.subscribe(SoakPlan.subscription(i)).close();
                    }
                }
            }
        } else {
            memory.create(SoakPlan.NAME, plan.queue()).close();
        }
    }

    // ------------------------------------------------------------------------------------------ killing

    /** A place for one process after another. */
    private final class Post {

        final String name;
        final int threads;
        final List<SoakLog> logs = new ArrayList<>();
        ChildJvm child;

        Post(String name, int threads) {
            this.name = name;
            this.threads = threads;
            start();
        }

        boolean isProducer() {
            return name.startsWith("producer");
        }

        void start() {
            int number = ++processes;
            List<Object> arguments =
                    new ArrayList<>(List.of(directory.segments(), plan, name, number, random.nextLong()));
            for (int i = 0; i < threads; i++) {
                String file = name + "-" + number + "-" + i;
                logs.add(SoakLog.open(directory.file(file)));
                arguments.add(directory.file(file));
            }
            child = ChildJvm.start(SoakChild.class, arguments.toArray());
        }

        void checkNotFailed() {
            if (!child.isAlive() && child.exitValue() != 0) {
                throw new AssertionError(name + " ended by itself. It said:\n" + child.output());
            }
        }
    }

    private void killSomebody() {
        List<Post> victims = new ArrayList<>();
        Post victim = posts.get(random.nextInt(posts.size()));
        victims.add(victim);
        switch (random.nextInt(10)) {
            case 0 -> {
                victim.child.await(SoakChild.JOINING);
                pause(0, 60_000);
            }
            case 1 -> {
                victim.child.await(SoakChild.WORKING);
                victim.child.send(SoakChild.LEAVE);
                victim.child.await(SoakChild.CLOSING);
                pause(0, 3_000);
            }
            case 2 -> {
                awaitWork(victim);
                ChildJvm.stop(List.of(victim.child));
                pause(0, 100_000);
                memory.reap();
                assertThat(view.holds(victim.child.pid()))
                        .as("a stopped process keeps its slot")
                        .isTrue();
            }
            case 3 -> {
                awaitWork(victim);
                ChildJvm.stop(List.of(victim.child));
                // Longer than a lease.
                pause(20_000, 120_000);
                ChildJvm.resume(List.of(victim.child));
                pause(0, 10_000);
            }
            case 4, 5 -> {
                awaitWork(victim);
                // Perhaps the one who would reap the first one.
                Post next = posts.get((posts.indexOf(victim) + 1 + random.nextInt(posts.size() - 1)) % posts.size());
                victim.child.kill();
                pause(0, 3_000);
                victims.add(next);
            }
            default -> awaitWork(victim);
        }
        for (Post one : victims) {
            // One that was about to leave may have left.
            if (one != victim) {
                one.checkNotFailed();
            }
            one.child.kill();
            kills++;
        }
        long sent = progress(true);
        long received = progress(false);
        for (Post one : victims) {
            one.child.awaitEnd();
            one.start();
        }
        awaitProgress("messages to be sent", true, sent);
        awaitProgress("messages to be received", false, received);
    }

    private void awaitWork(Post post) {
        post.child.await(SoakChild.WORKING);
        pause(0, 100_000);
    }

    private long progress(boolean producers) {
        return posts.stream()
                .filter(post -> post.isProducer() == producers)
                .flatMap(post -> post.logs.stream())
                .mapToLong(SoakLog::progress)
                .sum();
    }

    /** Nobody waits for the dead. */
    private void awaitProgress(String what, boolean producers, long before) {
        Watchdog.await(what, () -> {
            posts.forEach(Post::checkNotFailed);
            return progress(producers) > before;
        });
    }

    private void pause(int fromMicros, int toMicros) {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(fromMicros + random.nextInt(toMicros - fromMicros)));
    }

    // ------------------------------------------------------------------------------------------ the end

    private void leaveInOrder() {
        List<Post> order = new ArrayList<>(posts);
        if (random.nextBoolean()) {
            Collections.reverse(order);
        }
        for (Post post : order) {
            post.child.send(SoakChild.LEAVE);
            assertThat(post.child.awaitEnd()).as(() -> post.child.output()).isZero();
        }
        Watchdog.await("the dead to be reaped", () -> {
            memory.reap();
            return view.occupied().size() == 1;
        });
    }

    private void settleQueue() {
        SoakAccount account = new SoakAccount(plan);
        posts.stream()
                .filter(Post::isProducer)
                .flatMap(post -> post.logs.stream())
                .forEach(account::addProducer);
        posts.stream()
                .filter(post -> !post.isProducer())
                .flatMap(post -> post.logs.stream())
                .forEach(log -> account.addConsumer(log, true));
        SoakLog last = SoakLog.open(directory.file("last"));
        QueueStatistics counted;
        try (SharedQueue<byte[]> queue = memory.open(SoakPlan.NAME, plan.queue())) {
            drain(queue::drain, last);
            if (plan == SoakPlan.DEAD_LETTERS) {
                drainDeadLetters(queue.deadLetters(), last);
            }
            last.write(SoakLog.LEFT, 0, 0);
            account.addConsumer(last, true);
            QueueStatistics statistics = queue.statistics();
            counted = statistics;
            account.addDropped(statistics.dropped());
            assertThat(statistics.depth()).as("depth").isZero();
            assertThat(statistics.usedBytes()).as("bytes of ring in use").isZero();
            assertThat(statistics.blockedBy()).isEmpty();
            assertThat(queue.size()).isZero();
            // Where the oldest is dropped from one consumer, blocks are freed as somebody sends.
            if (!plan.isLossy()) {
                assertThat(memory.deepStatistics().queuedBytes())
                        .as("queued bytes")
                        .isZero();
            }
        }
        System.out.println(plan + ": " + account.settle());
        account.examineCounters(counted);
    }

    private interface Drain {
        int drain(MessageHandler handler, int limit);
    }

    private static void drain(Drain source, SoakLog log) {
        while (source.drain(
                        message -> {
                            long id = SoakMessage.check(message.toBytes(), message.header());
                            log.write(SoakLog.DELIVERED, id, message.deliveryCount());
                            log.write(SoakLog.ACKNOWLEDGED, id, message.deliveryCount());
                        },
                        100)
                > 0) {
            // There may be more.
        }
    }

    private static void drainDeadLetters(SharedQueue<byte[]> letters, SoakLog log) {
        while (letters.drain(
                        message -> log.write(SoakLog.DEAD, SoakMessage.check(message.toBytes(), message.header()), 0),
                        100)
                > 0) {
            // There may be more.
        }
        assertThat(letters.statistics().depth()).as("dead letters").isZero();
    }

    private void settleTopic() {
        try (SharedTopic<byte[]> topic = memory.open(SoakPlan.NAME, plan.topic())) {
            List<SoakAccount> accounts = new ArrayList<>();
            for (int i = 0; i < plan.consumers; i++) {
                String name = SoakPlan.subscription(i);
                SoakAccount account = new SoakAccount(plan);
                accounts.add(account);
                posts.stream()
                        .filter(Post::isProducer)
                        .flatMap(post -> post.logs.stream())
                        .forEach(account::addProducer);
                boolean kept = plan.isKept(i);
                posts.stream()
                        .filter(post -> post.name.equals(name))
                        .flatMap(post -> post.logs.stream())
                        .forEach(log -> account.addConsumer(log, kept));
                if (kept) {
                    SoakLog last = SoakLog.open(directory.file("last-of-" + name));
                    try (Subscription<byte[]> subscription = topic.subscribe(name)) {
                        drain(subscription::drain, last);
                        assertThat(subscription.size()).isZero();
                    } catch (SubscriptionEvictedException e) {
                        assertThat(plan).isEqualTo(SoakPlan.EVICTING_TOPIC);
                        last.write(SoakLog.GONE, 0, 0);
                    }
                    last.write(SoakLog.LEFT, 0, 0);
                    account.addConsumer(last, true);
                }
                account.endSubscription(kept);
                System.out.println(plan + ", " + name + ": " + account.settle());
            }
            QueueStatistics counted = topic.statistics();
            assertThat(counted.depth()).as("depth").isZero();
            assertThat(counted.usedBytes()).as("bytes of ring in use").isZero();
            SoakTally tally = new SoakTally();
            for (SoakAccount account : accounts) {
                account.examineSent(counted);
                account.addTo(tally);
            }
            tally.examineTopic(counted, plan);
            for (int i = 0; i < plan.consumers; i++) {
                // One that was put out has just been told so, and is gone.
                boolean there = topic.unsubscribe(SoakPlan.subscription(i));
                assertThat(there || plan == SoakPlan.EVICTING_TOPIC)
                        .isEqualTo(plan.isKept(i) || plan == SoakPlan.EVICTING_TOPIC);
            }
            // Nobody who is dead has a place.
            List<Subscription<byte[]>> all = new ArrayList<>();
            for (int i = 0; i < plan.subscribers(); i++) {
                all.add(topic.subscribe());
            }
            all.forEach(Subscription::close);
        }
    }
}
