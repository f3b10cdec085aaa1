package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.shm.SharedMemory;
import dev.shm.testing.TestDirectory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The single values, each seen through two attachments: two mappings of the same pages, as in two processes. */
class SharedValuesTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 20_000;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory one;
    private SharedMemory two;

    @BeforeEach
    void attachTwice() {
        one = directory.segment("desk").create();
        two = directory.segment("desk").open();
    }

    @AfterEach
    void verifyAndClose() {
        assertThat(one.verify()).isEmpty();
        assertThat(one.deepStatistics().tentativeBytes()).isZero();
        two.close();
        one.close();
    }

    @Test
    void aLongIsAnAtomicLong() {
        SharedLong here = one.create("value", SharedLong.type());
        SharedLong there = two.open("value", SharedLong.type());
        assertThat(here.get()).isZero();
        here.set(Long.MIN_VALUE);
        assertThat(there.get()).isEqualTo(Long.MIN_VALUE);
        there.setRelease(5);
        assertThat(here.getAndSet(6)).isEqualTo(5);
        assertThat(there.compareAndSet(5, 7)).isFalse();
        assertThat(there.compareAndSet(6, 7)).isTrue();
        assertThat(here.getAndAdd(3)).isEqualTo(7);
        assertThat(there.addAndGet(-20)).isEqualTo(-10);
        assertThat(here.incrementAndGet()).isEqualTo(-9);
        assertThat(there.decrementAndGet()).isEqualTo(-10);
        assertThat(here.updateAndGet(value -> value * 2)).isEqualTo(-20);
        assertThat(there.accumulateAndGet(7, Math::max)).isEqualTo(7);
        assertThat(here).hasToString("7");
    }

    @Test
    void anIntIsAnAtomicInteger() {
        SharedInt here = one.create("value", SharedInt.type());
        SharedInt there = two.open("value", SharedInt.type());
        assertThat(here.get()).isZero();
        here.set(Integer.MAX_VALUE);
        assertThat(there.incrementAndGet()).isEqualTo(Integer.MIN_VALUE);
        there.setRelease(5);
        assertThat(here.getAndSet(6)).isEqualTo(5);
        assertThat(there.compareAndSet(5, 7)).isFalse();
        assertThat(there.compareAndSet(6, 7)).isTrue();
        assertThat(here.getAndAdd(3)).isEqualTo(7);
        assertThat(there.addAndGet(-20)).isEqualTo(-10);
        assertThat(there.decrementAndGet()).isEqualTo(-11);
        assertThat(here.updateAndGet(value -> value * 2)).isEqualTo(-22);
        assertThat(there.accumulateAndGet(7, Math::max)).isEqualTo(7);
        assertThat(here).hasToString("7");
    }

    @Test
    void aBooleanIsAnAtomicBoolean() {
        SharedBoolean here = one.create("value", SharedBoolean.type());
        SharedBoolean there = two.open("value", SharedBoolean.type());
        assertThat(here.get()).isFalse();
        here.set(true);
        assertThat(there.get()).isTrue();
        assertThat(there.compareAndSet(false, true)).isFalse();
        assertThat(there.compareAndSet(true, false)).isTrue();
        assertThat(here.getAndSet(true)).isFalse();
        assertThat(there).hasToString("true");
    }

    @Test
    void bytesAreReplacedAsAWhole() {
        SharedBytes here = one.create("value", SharedBytes.type());
        SharedBytes there = two.open("value", SharedBytes.type());
        assertThat(here.get()).isEmpty();
        assertThat(here.length()).isZero();
        for (int length : new int[] {1, 15, 16, 17, 4096, 100_000, 0, 3}) {
            byte[] value = new byte[length];
            Arrays.fill(value, (byte) length);
            here.set(value);
            assertThat(there.get()).isEqualTo(value);
            assertThat(there.length()).isEqualTo(length);
        }
        assertThat(here).hasToString("bytes[3]");
    }

    @Test
    void bytesAreCopiedInAndOut() {
        SharedBytes bytes = one.create("value", SharedBytes.type());
        byte[] mine = {1, 2, 3};
        bytes.set(mine);
        mine[0] = 9;
        byte[] copy = bytes.get();
        copy[1] = 9;
        assertThat(bytes.get()).containsExactly(1, 2, 3);
    }

    @Test
    void bytesAreComparedByContent() {
        SharedBytes bytes = one.create("value", SharedBytes.type());
        assertThat(bytes.compareAndSet(new byte[0], new byte[] {1})).isTrue();
        assertThat(bytes.compareAndSet(new byte[0], new byte[] {2})).isFalse();
        assertThat(bytes.compareAndSet(new byte[] {1}, new byte[] {2, 3})).isTrue();
        assertThat(bytes.getAndSet(new byte[0])).containsExactly(2, 3);
        assertThat(bytes.getAndSet(new byte[] {4})).isEmpty();
        assertThat(bytes.get()).containsExactly(4);
    }

    @Test
    void bytesRefuseNullAndStayAsTheyAre() {
        SharedBytes bytes = one.create("value", SharedBytes.type());
        bytes.set(new byte[] {4});
        assertThatNullPointerException().isThrownBy(() -> bytes.set(null));
        assertThatNullPointerException().isThrownBy(() -> bytes.getAndSet(null));
        assertThatNullPointerException().isThrownBy(() -> bytes.compareAndSet(null, new byte[1]));
        assertThatNullPointerException().isThrownBy(() -> bytes.compareAndSet(new byte[] {4}, null));
        assertThat(bytes.get()).containsExactly(4);
    }

    @Test
    void noIncrementIsLost() throws Exception {
        one.create("long", SharedLong.type());
        one.create("int", SharedInt.type());
        one.create("bytes", SharedBytes.type());
        together(memory -> {
            SharedLong aLong = memory.open("long", SharedLong.type());
            SharedInt anInt = memory.open("int", SharedInt.type());
            for (int i = 0; i < ROUNDS; i++) {
                aLong.incrementAndGet();
                anInt.updateAndGet(value -> value + 1);
            }
            SharedBytes bytes = memory.open("bytes", SharedBytes.type());
            for (int added = 0; added < 200; ) {
                byte[] before = bytes.get();
                if (bytes.compareAndSet(before, Arrays.copyOf(before, before.length + 1))) {
                    added++;
                }
            }
        });
        assertThat(one.open("long", SharedLong.type()).get()).isEqualTo(THREADS * ROUNDS);
        assertThat(two.open("int", SharedInt.type()).get()).isEqualTo(THREADS * ROUNDS);
        assertThat(two.open("bytes", SharedBytes.type()).length()).isEqualTo(THREADS * 200);
    }

    @Test
    void aBooleanLetsOneThreadInAtATime() throws Exception {
        one.create("taken", SharedBoolean.type());
        int[] unguarded = new int[1];
        together(memory -> {
            SharedBoolean taken = memory.open("taken", SharedBoolean.type());
            for (int i = 0; i < ROUNDS / 10; i++) {
                while (!taken.compareAndSet(false, true)) {
                    Thread.onSpinWait();
                }
                unguarded[0]++;
                taken.set(false);
            }
        });
        assertThat(unguarded[0]).isEqualTo(THREADS * (ROUNDS / 10));
    }

    @Test
    void nobodyReadsHalfOfAValue() throws Exception {
        one.create("value", SharedBytes.type());
        AtomicBoolean done = new AtomicBoolean();
        SharedBytes read = two.open("value", SharedBytes.type());
        Thread reader = new Thread(() -> {
            while (!done.get()) {
                byte[] value = read.get();
                for (byte b : value) {
                    if (b != (byte) value.length) {
                        throw new AssertionError("torn: " + Arrays.toString(value));
                    }
                }
            }
        });
        List<Throwable> torn = new ArrayList<>();
        reader.setUncaughtExceptionHandler((thread, error) -> torn.add(error));
        reader.start();
        together(memory -> {
            SharedBytes written = memory.open("value", SharedBytes.type());
            for (int i = 0; i < ROUNDS / 4; i++) {
                byte[] value = new byte[i * 37 % 2000];
                Arrays.fill(value, (byte) value.length);
                written.set(value);
            }
        });
        done.set(true);
        reader.join();
        assertThat(torn).isEmpty();
    }

    private interface Work {
        void on(SharedMemory memory);
    }

    /** Several threads at once, half of them on each attachment. */
    private void together(Work work) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SharedMemory memory = i % 2 == 0 ? one : two;
                running.add(pool.submit((Callable<Void>) () -> {
                    start.await();
                    work.on(memory);
                    return null;
                }));
            }
            for (Future<Void> each : running) {
                each.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
