package dev.shm;

import static dev.shm.QueueCrashTest.COMPETING;
import static dev.shm.QueueCrashTest.large;
import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Scenario;
import dev.shm.QueueCrashTest.OnQueue;
import dev.shm.Traffic.Got;
import dev.shm.World.Process;
import dev.shm.memory.TracingMemory.Killed;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Takes what another process, which lives, has had for too long, with a death after each store. */
class LeaseCrashTest {

    /** The victim, two survivors, and then the one that is too slow. */
    private static final int HOLDER = 3;

    private static final QueueType<String> SHORT = COMPETING.visibilityTimeout(Duration.ofNanos(1));

    /** An operation on a queue whose first message another process has had for too long. */
    private abstract static class OnKept extends OnQueue {
        private final QueueType<String> type;
        private final boolean stalled;
        private final List<String> all;
        private Process holder;

        /**
         * An operation on such a queue.
         *
         * @param stalled whether the other process was stopped before it had begun its lease
         */
        OnKept(QueueType<String> type, boolean stalled, String... all) {
            super(type, all);
            this.type = type;
            this.stalled = stalled;
            this.all = List.of(all);
        }

        @Override
        void arrange(Process victim, Process survivor) {
            super.arrange(victim, survivor);
            survivor.join(HOLDER);
            holder = victim.other(HOLDER);
            SharedQueue<String> held = holder.objects.open("q", type);
            if (stalled) {
                holder.memory.arm(1);
            }
            try {
                assertThat(QueueCrashTest.receive(held).payload()).isEqualTo(all.get(0));
                assertThat(stalled).isFalse();
            } catch (Killed e) {
                assertThat(stalled).isTrue();
            }
            awaitEndOfLease();
        }

        @Override
        void look(Process by, SharedQueue<String> opened, List<Got> found) {
            // What it had and nobody took from it comes back now at the latest.
            holder.die();
            by.reap();
            found.addAll(Traffic.drain(opened));
        }

        @Override
        boolean happened(List<Got> found) {
            List<String> left = new ArrayList<>(all);
            left.retainAll(Got.payloads(found));
            assertThat(Got.payloads(found)).containsExactlyInAnyOrderElementsOf(left);
            for (Got got : found) {
                if (got.payload().equals(all.get(0))) {
                    assertThat(got.deliveries()).as("deliveries of %s", got).isBetween(2, 4);
                } else {
                    assertThat(got.deliveries()).as("deliveries of %s", got).isBetween(1, 2);
                }
            }
            return happenedButFor(left);
        }

        abstract boolean happenedButFor(List<String> left);
    }

    /** One that ends some of those messages, the first of which is kept. */
    private static final class Takes extends OnKept {
        private final Consumer<SharedQueue<String>> act;
        private final int ended;
        private final int size;

        Takes(boolean stalled, int ended, Consumer<SharedQueue<String>> act, String... all) {
            super(SHORT, stalled, all);
            this.act = act;
            this.ended = ended;
            this.size = all.length;
        }

        @Override
        void act(Process victim) {
            act.accept(queue);
        }

        @Override
        boolean happenedButFor(List<String> left) {
            assertThat(left.size()).isBetween(size - ended, size);
            return ended > 0 && left.size() == size - ended;
        }

        @Override
        boolean isUndoneByDeath() {
            return ended == 0;
        }

        @Override
        boolean isGradual() {
            return ended > 1;
        }
    }

    private static void awaitEndOfLease() {
        // It is counted in steps of a microsecond.
        long until = System.nanoTime() + 3_000;
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }

    private static DynamicTest survives(String what, Scenario scenario) {
        return QueueCrashTest.survives(what, QueueCrashTest.BYTES, scenario);
    }

    @TestFactory
    Stream<DynamicTest> takingWhatIsKept() {
        return Stream.of("kept", large('k'))
                .flatMap(kept -> Stream.of(
                        survives(
                                "by a poll, " + kept.length() + " characters",
                                () -> new Takes(
                                        false, 1, q -> assertThat(q.poll()).isEqualTo(kept), kept, "two")),
                        survives(
                                "by a delivery that is acknowledged, " + kept.length() + " characters",
                                () -> new Takes(false, 1, QueueCrashTest::acknowledge, kept, "two")),
                        survives(
                                "by a drain, " + kept.length() + " characters",
                                () -> new Takes(
                                        false,
                                        2,
                                        q -> assertThat(q.drain(m -> {}, 9)).isEqualTo(2),
                                        kept,
                                        "two")),
                        survives(
                                "by a delivery without an end, " + kept.length() + " characters",
                                () -> new Takes(false, 0, QueueCrashTest::receive, kept, "two"))));
    }

    /** Whoever comes by first begins the lease, and who comes by when it is over takes the message. */
    @TestFactory
    Stream<DynamicTest> takingWhatSomebodyHasWhoWasStoppedAsItTookIt() {
        return Stream.of("kept", large('k'))
                .map(kept -> survives(
                        kept.length() + " characters",
                        () -> new Takes(
                                true,
                                2,
                                q -> {
                                    assertThat(q.poll()).isEqualTo("two");
                                    awaitEndOfLease();
                                    assertThat(q.poll()).isEqualTo(kept);
                                },
                                kept,
                                "two")));
    }

    @TestFactory
    Stream<DynamicTest> buryingWhatIsKept() {
        return Stream.of("kept", large('k'))
                .map(kept -> survives(
                        kept.length() + " characters", () -> new OnKept(SHORT.deadLettersAfter(1), false, kept, "two") {
                            private List<Got> buried;

                            @Override
                            boolean isGradual() {
                                return true;
                            }

                            @Override
                            void act(Process victim) {
                                assertThat(queue.poll()).isEqualTo("two");
                            }

                            @Override
                            void look(Process by, SharedQueue<String> opened, List<Got> found) {
                                super.look(by, opened, found);
                                buried = Traffic.drain(opened.deadLetters());
                            }

                            @Override
                            boolean happenedButFor(List<String> left) {
                                assertThat(left).doesNotContain(kept);
                                // Who is killed as it moves one may leave it in both places, and "two" had a taker who
                                // was killed.
                                assertThat(Got.payloads(buried)).contains(kept);
                                assertThat(buried.size()).isBetween(1, 3);
                                return left.isEmpty() && !Got.payloads(buried).contains("two");
                            }
                        }));
    }
}
