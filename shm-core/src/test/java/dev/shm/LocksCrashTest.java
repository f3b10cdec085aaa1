package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.World.Process;
import dev.shm.collection.KeyLock;
import dev.shm.collection.SharedLocks;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Locks of keys, with a death of their holder after each of its stores, and a death of the reaper after each of its own. */
class LocksCrashTest {

    private static final String LONG_KEY = "a key that does not fit into its two words";
    private static final long BYTES = 768 * 1024;

    private static SharedLocks locks(Process process) {
        return process.objects.openOrCreate("locks", SharedLocks.type());
    }

    /** What the victim does with the lock of a key. In the end anybody may have the lock, and nothing is left of the dead. */
    private abstract static class Locking extends Operation {

        final String key;
        SharedLocks locks;
        KeyLock lock;

        Locking(String key) {
            this.key = key;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            locks = locks(victim);
            lock = locks.get(key);
        }

        /** Whether it happened, as the entry that the dead may have left tells. */
        abstract boolean happened(boolean entry);

        @Override
        boolean happened(Process survivor) {
            boolean happened;
            try (SharedLocks found = locks(survivor)) {
                assertThat(found.holders()).isEmpty();
                assertThat(found.get(key).holder()).isEqualTo("nobody");
                happened = happened(found.removeDead() > 0);
                assertThat(found.get(key).tryLock()).isTrue();
                assertThat(found.holders()).containsOnlyKeys(key);
                found.get(key).unlock();
                assertThat(found.holders()).isEmpty();
                assertThat(found.removeDead()).isZero();
            }
            assertThat(survivor.objects.destroy("locks")).isTrue();
            assertThat(survivor.heap.deepStatistics().usedBytes())
                    .as("bytes in use when all is gone")
                    .isZero();
            return happened;
        }
    }

    private static DynamicTest survives(String what, CrashEnumerator.Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, BYTES))
                        .isPositive());
    }

    private static final class Taking extends Locking {

        private final boolean forTime;

        Taking(String key, boolean forTime) {
            super(key);
            this.forTime = forTime;
        }

        @Override
        void act(Process victim) {
            if (forTime) {
                lock.lock(Duration.ofDays(1));
            } else {
                lock.lock();
            }
        }

        @Override
        boolean happened(boolean entry) {
            return entry;
        }
    }

    private static final class GivingBack extends Locking {

        GivingBack(String key) {
            super(key);
        }

        @Override
        void arrange(Process victim, Process survivor) {
            super.arrange(victim, survivor);
            lock.lock();
        }

        @Override
        void act(Process victim) {
            lock.unlock();
        }

        @Override
        boolean happened(boolean entry) {
            return !entry;
        }
    }

    /** The lock of a key whose holder was killed, in a world where nobody keeps house. */
    private static KeyLock lockOfADeadProcess(String key) {
        World world = World.ofBytes(BYTES);
        locks(world.process(World.VICTIM)).get(key).lock();
        KeyLock lock = locks(world.process(World.SURVIVOR)).get(key);
        assertThat(lock.tryLock()).isFalse();
        world.kill(World.VICTIM);
        return lock;
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldGetTheLockOfADeadProcessThatNobodyHasReaped() throws Exception {
        assertThat(lockOfADeadProcess("at once").tryLock()).isTrue();
        assertThat(lockOfADeadProcess(LONG_KEY).tryLock()).isTrue();
        assertThat(lockOfADeadProcess("in a while").tryLock(5, TimeUnit.MILLISECONDS))
                .isTrue();
        lockOfADeadProcess("whenever").lock();
    }

    @TestFactory
    Stream<DynamicTest> locking() {
        return Stream.of(
                survives("taking the lock of a short key", () -> new Taking("key", false)),
                survives("taking the lock of a long key", () -> new Taking(LONG_KEY, false)),
                survives("taking a lock for a time", () -> new Taking("key", true)),
                survives("giving back the lock of a short key", () -> new GivingBack("key")),
                survives("giving back the lock of a long key", () -> new GivingBack(LONG_KEY)));
    }
}
