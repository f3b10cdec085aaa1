package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.codec.ElementType;
import dev.shm.testing.ChildJvm;
import dev.shm.value.LongElements;
import dev.shm.value.MappedArray;
import dev.shm.value.SharedVector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one vector, wherever they are, while the others go on; looks after each kill whether any change is there by
 * halves, and whether what was counted is.
 */
class VectorTortureIT extends Torture {

    private static final int SEATS = 3;
    private static final int LOOKS = 20;

    private final List<MappedArray> logs = new ArrayList<>();
    private SharedVector groups;
    private SharedVector counts;

    VectorTortureIT() {
        super(VectorTortureChild.SEGMENT, 8 << 20, SEATS);
    }

    @Override
    void prepare() {
        groups = memory.create("groups", VectorTortureChild.TYPE);
        counts = memory.create("counts", VectorTortureChild.TYPE);
        counts.extend(new long[SEATS]);
        seats().forEach(seat -> {
            try {
                logs.add(MappedArray.create(file("vector", seat), ElementType.INT64, VectorTortureChild.PLACES));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @AfterEach
    void closeLogs() {
        logs.forEach(MappedArray::close);
    }

    @Override
    ChildJvm start(int seat, long childSeed) {
        return ChildJvm.start(VectorTortureChild.class, directory.segments(), file("vector", seat), seat, childSeed);
    }

    @Override
    long done(int seat) {
        return logs.get(seat).asLongs().getVolatile(VectorTortureChild.DONE);
    }

    @Test
    void shouldShowNothingByHalvesWhereverProcessesAreKilled() {
        kill(kills(6), () -> {
            awaitAllToWork();
            endAll();
        });
        examine();
        assertNothingLeaks(groups, counts);
    }

    /** Others go on, and what the victim held it may still hold. */
    @Override
    void died(int seat) {
        for (int look = 0; look < LOOKS; look++) {
            examine();
        }
    }

    private void examine() {
        long[] all = groups.toNdArray().toLongArray();
        assertThat(all.length % VectorTortureChild.GROUP)
                .as("elements beyond whole groups")
                .isZero();
        for (int i = 0; i < all.length; i++) {
            assertThat(all[i]).isEqualTo(all[i - i % VectorTortureChild.GROUP]);
        }
    }

    /** It died between its two notes: counted, or not. */
    @Override
    void settle(int seat) {
        LongElements log = logs.get(seat).asLongs();
        long counted = counts.getLong(seat);
        assertThat(counted)
                .isBetween(log.getVolatile(VectorTortureChild.DONE), log.getVolatile(VectorTortureChild.BEGUN));
        log.setVolatile(VectorTortureChild.DONE, counted);
    }
}
