package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.heap.SharedLock;
import dev.shm.segment.Liveness;
import dev.shm.testing.Watchdog;
import java.lang.ref.Reference;
import org.junit.jupiter.api.Test;

class LockObjectsTest {

    private static final long BYTES = 384 * 1024;

    @Test
    void isTheSameLockForAsLongAsSomebodyHasItAndForgetsThoseThatNobodyHas() {
        Process process = World.ofBytes(BYTES).process(0);
        Liveness nobodyDies = new Liveness() {
            @Override
            public boolean reapIfDead(int slot) {
                return false;
            }

            @Override
            public int reapAllDead() {
                return 0;
            }
        };
        LockObjects locks = new LockObjects(
                address -> new SharedLock(process.attachment, process.slots, nobodyDies, address, "a lock"));
        SharedLock had = locks.at(8);
        for (int i = 2; i <= 1_000; i++) {
            locks.at(8L * i);
        }
        Watchdog.awaitAsserted(() -> {
            System.gc();
            assertThat(locks.size()).isEqualTo(1);
        });
        assertThat(locks.at(8)).isSameAs(had);
        Reference.reachabilityFence(had);
    }
}
