package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.heap.BlockLayout;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.memory.TracingMemory;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Somebody keeps the first message, and hundreds after it are done: who looks for the next one need not walk over all of them. */
class KeptMessageTest {

    private static final long BASE = 4096;
    private static final int KEEPER = 1;
    private static final int LOOKER = 2;
    private static final int BEHIND = 800;

    /** Of one who looks; far fewer than there are records. */
    private static final int MOST_ACCESSES = 200;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private final Geometry geometry = new Geometry(0, 1, 1 << 16, 0, 0, 0, 0, 4, 0);
    private final SlotRing.Taken kept = new SlotRing.Taken();
    private int accesses;
    private Memory memory;
    private SlotRing keeper;
    private SlotRing looker;

    @BeforeEach
    void keepOne() throws IOException {
        long size = BASE + geometry.blockBytes();
        try (FileChannel file = FileChannel.open(
                directory.file("queue"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate((int) size), 0);
            memory = MappedMemory.map(file, size);
        }
        geometry.write(memory, BASE);
        memory.putInt(BASE - BlockLayout.HEADER_BYTES + BlockLayout.LENGTH, (int) geometry.blockBytes());
        TracingMemory counting = new TracingMemory(memory);
        counting.beforeAccess(() -> accesses++);
        keeper = ring(memory, KEEPER);
        looker = ring(counting, LOOKER);
        send();
        assertThat(keeper.take(CompetingInbox.NO_LEASES, false, kept)).isTrue();
        for (int i = 0; i < BEHIND; i++) {
            send();
            takeAndEnd(keeper);
        }
        assertThat(keeper.advance()).isEqualTo(kept.position);
    }

    private SlotRing ring(Memory of, int owner) {
        return (SlotRing) Ring.of(of, geometry, 0, BASE, owner, Competition.RECLAIMER);
    }

    private void send() {
        long position = keeper.claim(1);
        memory.putLong(keeper.address(position), RecordLayout.word(8, 0, 0));
        keeper.commit(position, 1);
    }

    private static long takeAndEnd(SlotRing by) {
        SlotRing.Taken taken = new SlotRing.Taken();
        assertThat(by.take(CompetingInbox.NO_LEASES, false, taken)).isTrue();
        by.done(taken.position, taken.word);
        return taken.position;
    }

    private boolean sees() {
        accesses = 0;
        return looker.hasMessage(CompetingInbox.NO_LEASES);
    }

    private boolean takesNothing() {
        accesses = 0;
        return !looker.take(CompetingInbox.NO_LEASES, false, new SlotRing.Taken());
    }

    @Test
    void shouldNotWalkOverThemAgain() {
        assertThat(sees()).isFalse();
        assertThat(accesses).as("at first it has to").isGreaterThan(BEHIND);
        assertThat(sees()).isFalse();
        assertThat(accesses).isLessThan(MOST_ACCESSES);
        assertThat(takesNothing()).isTrue();
        assertThat(accesses).isLessThan(MOST_ACCESSES);
    }

    @Test
    void shouldNotWalkOverThemAgainAfterAnAttemptToTake() {
        assertThat(takesNothing()).isTrue();
        assertThat(sees()).isFalse();
        assertThat(accesses).isLessThan(MOST_ACCESSES);
        for (int i = 0; i < 150; i++) {
            send();
            assertThat(sees()).isTrue();
            assertThat(accesses).isLessThan(2 * MOST_ACCESSES);
            takeAndEnd(looker);
            assertThat(sees()).isFalse();
            assertThat(accesses).isLessThan(2 * MOST_ACCESSES);
        }
    }

    @Test
    void shouldSeeWhatComesAfterThem() {
        assertThat(sees()).isFalse();
        send();
        assertThat(sees()).isTrue();
        assertThat(takeAndEnd(looker)).isEqualTo(kept.position + 1 + BEHIND);
        assertThat(sees()).isFalse();
    }

    @Test
    void shouldSeeTheKeptOneWhenItComesBack() {
        assertThat(sees()).isFalse();
        assertThat(takesNothing()).isTrue();
        assertThat(keeper.giveBack(kept.position, kept.word)).isTrue();
        assertThat(sees()).isTrue();
        assertThat(takeAndEnd(looker)).isEqualTo(kept.position);
        assertThat(looker.advance()).isEqualTo(kept.position + 1 + BEHIND);
        assertThat(sees()).isFalse();
        assertThat(accesses).isLessThan(10);
    }

    @Test
    void shouldSeeOneInTheMiddleThatComesBack() {
        SlotRing.Taken second = new SlotRing.Taken();
        send();
        assertThat(keeper.take(CompetingInbox.NO_LEASES, false, second)).isTrue();
        for (int i = 0; i < 100; i++) {
            send();
            takeAndEnd(keeper);
        }
        assertThat(sees()).isFalse();
        assertThat(keeper.giveBack(second.position, second.word)).isTrue();
        assertThat(sees()).isTrue();
        assertThat(takeAndEnd(looker)).isEqualTo(second.position);
        assertThat(sees()).isFalse();
        assertThat(takesNothing()).isTrue();
        assertThat(keeper.giveBack(kept.position, kept.word)).isTrue();
        assertThat(takeAndEnd(looker)).isEqualTo(kept.position);
    }

    @Test
    void shouldSeeWhatOneGaveBackWhoWasKilledBeforeItCountedThat() {
        assertThat(sees()).isFalse();
        assertThat(memory.compareAndSetLong(
                        keeper.controlAddress(kept.position), kept.word, ControlWord.returned(kept.word)))
                .isTrue();
        new Estate(memory, BASE, KEEPER).settle();
        assertThat(sees()).isTrue();
        assertThat(takeAndEnd(looker)).isEqualTo(kept.position);
    }
}
