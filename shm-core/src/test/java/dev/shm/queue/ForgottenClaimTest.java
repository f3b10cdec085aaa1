package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.shm.error.SegmentClosedException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Claims that nobody ended and nobody can end any more: closing does, or others would wait behind them for ever. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForgottenClaimTest {

    private static final int COLLECTIONS = 2;

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds().flatMap(type -> Stream.of(type, type.timestamps(false)));
    }

    /** In a thread of its own, of which nothing is left. */
    private static void inAThreadThatEnds(Runnable action) throws InterruptedException {
        Thread thread = new Thread(action, "forgetful");
        thread.start();
        thread.join();
        WeakReference<Thread> reference = new WeakReference<>(thread);
        thread = null;
        for (int i = 0; i < COLLECTIONS && reference.get() != null; i++) {
            System.gc();
        }
    }

    private static void collect() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
    }

    private void assertNothingIsHeldUp(SharedQueue<String> other) throws InterruptedException {
        for (String message : List.of("a", "b")) {
            other.put(message);
        }
        assertThat(other.poll()).isEqualTo("a");
        assertThat(other.poll()).isEqualTo("b");
        assertThat(other.statistics().blockedBy()).isEmpty();
        assertThat(segment.theirs().deepStatistics().tentativeBytes()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldGiveUpTheClaimOfAThreadThatIsGone(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> other = segment.theirs().open("q", type);
        inAThreadThatEnds(() -> assertThat(queue.tryClaim(8)).isNotNull());
        if (!type.toString().contains("single producer")) {
            // Whoever comes next has what belongs to threads that are gone tidied up, if the collector has said so by
            // then.
            for (int i = 0; i < 3; i++) {
                inAThreadThatEnds(() -> assertThat(queue.offer("later")).isTrue());
            }
            collect();
        }
        queue.close();
        for (String later = other.poll(); later != null; later = other.poll()) {
            assertThat(later).isEqualTo("later");
        }
        assertNothingIsHeldUp(other);
    }

    static Stream<QueueType<String>> manyProducers() {
        return kinds().filter(type -> !type.toString().contains("single producer"));
    }

    @ParameterizedTest
    @MethodSource("manyProducers")
    void shouldGiveUpAllClaimsOfOneThread(QueueType<String> kind) throws InterruptedException {
        QueueType<String> type = kind.capacityBytes(1 << 16);
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> other = segment.theirs().open("q", type);
        for (int i = 0; i < 3; i++) {
            // One of them has a block of its own.
            assertThat(queue.tryClaim(i == 1 ? 100_000 : 8)).isNotNull();
        }
        collect();
        queue.close();
        assertNothingIsHeldUp(other);
    }

    @ParameterizedTest
    @MethodSource("manyProducers")
    void shouldSendBySeveralClaimsAtOnce(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            claims.add(queue.tryClaim(1));
        }
        for (int i = 3; i >= 0; i--) {
            claims.get(i).putByte(0, (byte) ('a' + i));
            if (i == 1) {
                claims.get(i).close();
            } else {
                claims.get(i).commit();
            }
        }
        assertThat(queue.take()).isEqualTo("a");
        assertThat(queue.take()).isEqualTo("c");
        assertThat(queue.take()).isEqualTo("d");
        assertThat(queue.poll()).isNull();
    }

    @ParameterizedTest
    @MethodSource("manyProducers")
    void shouldKeepTheClaimsOfManyThreadsThatAreGone(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> other = segment.theirs().open("q", type);
        for (int i = 0; i < 200; i++) {
            boolean forgets = i % 50 == 7;
            Thread thread = new Thread(() -> {
                Claim claim = queue.tryClaim(8);
                if (!forgets) {
                    claim.close();
                }
            });
            thread.start();
            thread.join();
            if (i % 100 == 60) {
                System.gc();
            }
        }
        queue.close();
        assertNothingIsHeldUp(other);
    }

    /** Closing lets nobody send any more, and then waits for whoever receives: claims are still there. */
    @ParameterizedTest
    @MethodSource("manyProducers")
    void shouldGiveUpWhatIsCommittedOrClosedWhileItCloses(QueueType<String> kind) throws Exception {
        QueueType<String> type = kind.capacityBytes(1 << 16);
        SharedQueue<String> queue = segment.mine().create("q", type);
        SharedQueue<String> other = segment.theirs().open("q", type);
        queue.put("first");
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        Thread handler = new Thread(() -> queue.drain(
                message -> {
                    inside.countDown();
                    await(enough);
                },
                1));
        handler.start();
        inside.await();
        List<Claim> claims = List.of(queue.tryClaim(8), queue.tryClaim(8), queue.tryClaim(100_000), queue.tryClaim(8));
        Thread closing = new Thread(queue::close);
        closing.start();
        while (mayStillSend(queue)) {
            Thread.onSpinWait();
        }
        for (Claim claim : claims.subList(1, 4)) {
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(claim::commit);
        }
        claims.get(0).close();
        claims.get(1).close();
        enough.countDown();
        handler.join();
        closing.join();
        for (Claim claim : claims) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> claim.putByte(0, (byte) 1));
            claim.close();
        }
        for (String sent = other.poll(); sent != null; sent = other.poll()) {
            assertThat(sent).isEqualTo("late");
        }
        assertNothingIsHeldUp(other);
    }

    private static boolean mayStillSend(SharedQueue<String> queue) throws InterruptedException {
        AtomicBoolean may = new AtomicBoolean();
        Thread sender = new Thread(() -> {
            try {
                queue.offer("late");
                may.set(true);
            } catch (SegmentClosedException e) {
                may.set(false);
            }
        });
        sender.start();
        sender.join();
        return may.get();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
