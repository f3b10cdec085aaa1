package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapAccess;
import dev.shm.SharedMemory;
import dev.shm.codec.ElementType;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.SegmentView;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.value.LongElements;
import dev.shm.value.MappedArray;
import dev.shm.value.SharedVector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Kills processes that change one vector, wherever they are, while the others go on; looks after each kill whether any change is there by
 * halves, and whether what was counted is.
 *
 * <p>{@code -Dshm.torture.kills=} says how many, {@code -Dshm.torture.seed=} repeats the choices of a run, though not its races.
 */
class VectorTortureIT {

    private static final int KILLS = Integer.getInteger("shm.torture.kills", 300) / 6;
    private static final int SEATS = 3;
    private static final int LOOKS = 20;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<ChildJvm> children = new ArrayList<>();
    private final List<MappedArray> logs = new ArrayList<>();
    private final long[] doneAtStart = new long[SEATS];

    @Test
    void shouldShowNothingByHalvesWhereverProcessesAreKilled() throws IOException {
        int kills = 0;
        try (SharedMemory memory = SharedMemory.named(VectorTortureChild.SEGMENT)
                .directory(directory.segments())
                .size(8 << 20)
                .slots(16)
                .create()) {
            SegmentView view = SegmentView.of(memory);
            SharedVector groups = memory.create("groups", VectorTortureChild.TYPE);
            SharedVector counts = memory.create("counts", VectorTortureChild.TYPE);
            counts.extend(new long[SEATS]);
            for (int seat = 0; seat < SEATS; seat++) {
                logs.add(MappedArray.create(log(seat), ElementType.INT64, VectorTortureChild.PLACES));
                children.add(start(seat));
            }
            while (kills < KILLS) {
                int seat = Victims.await(random, SEATS, this::works);
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
                ChildJvm child = children.get(seat);
                child.kill();
                kills++;
                child.awaitEnd();
                if (random.nextBoolean()) {
                    memory.reap();
                }
                // Others go on meanwhile.
                for (int look = 0; look < LOOKS; look++) {
                    examine(groups);
                }
                Watchdog.await("the victim to be reaped", () -> !view.holds(child.pid()));
                settle(seat, counts);
                children.set(seat, start(seat));
            }
            children.forEach(ChildJvm::close);
            Watchdog.await("everybody to be reaped", () -> {
                memory.reap();
                return view.occupied().size() == 1;
            });
            examine(groups);
            assertThat(memory.verify()).isEmpty();
            groups.close();
            counts.close();
            memory.destroy("groups");
            memory.destroy("counts");
            HeapAccess.awaitEmpty(memory);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("after " + kills + " kills, with -Dshm.torture.seed=" + seed, e);
        } finally {
            children.forEach(ChildJvm::close);
            logs.forEach(MappedArray::close);
        }
    }

    private Path log(int seat) {
        return directory.path().resolve("vector-log-" + seat);
    }

    private ChildJvm start(int seat) {
        doneAtStart[seat] = done(seat);
        return ChildJvm.start(VectorTortureChild.class, directory.segments(), log(seat), seat, random.nextLong());
    }

    private long done(int seat) {
        return logs.get(seat).asLongs().getVolatile(VectorTortureChild.DONE);
    }

    private boolean works(int seat) {
        ChildJvm child = children.get(seat);
        assertThat(child.isAlive()).as(child::output).isTrue();
        return done(seat) > doneAtStart[seat] + 20;
    }

    private static void examine(SharedVector groups) {
        long[] all = groups.toNdArray().toLongArray();
        assertThat(all.length % VectorTortureChild.GROUP)
                .as("elements beyond whole groups")
                .isZero();
        for (int i = 0; i < all.length; i++) {
            assertThat(all[i]).isEqualTo(all[i - i % VectorTortureChild.GROUP]);
        }
    }

    /** It died between its two notes: counted, or not. */
    private void settle(int seat, SharedVector counts) {
        LongElements log = logs.get(seat).asLongs();
        long counted = counts.getLong(seat);
        assertThat(counted)
                .isBetween(log.getVolatile(VectorTortureChild.DONE), log.getVolatile(VectorTortureChild.BEGUN));
        log.setVolatile(VectorTortureChild.DONE, counted);
    }
}
