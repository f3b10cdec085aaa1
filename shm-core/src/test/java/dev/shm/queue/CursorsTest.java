package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Subscribers that come while others make room, step by step. */
class CursorsTest {

    private static final long BASE = 4096;
    private static final int PRODUCER = 1;
    private static final int JOINER = 2;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private final Geometry geometry =
            new Geometry(QueueLayout.TOPIC | QueueLayout.BY_CURSOR, 1, 1 << 16, 0, 0, 0, 0, 4, 2);
    private Memory memory;
    private Cursors cursors;
    private SlotRing ring;

    @BeforeEach
    void map() throws IOException {
        long size = BASE + geometry.blockBytes();
        try (FileChannel file = FileChannel.open(
                directory.file("topic"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate((int) size), 0);
            memory = MappedMemory.map(file, size);
        }
        geometry.write(memory, BASE);
        cursors = new Cursors(memory, geometry, BASE, reference -> {});
        ring = ring(cursors);
    }

    private SlotRing ring(Cursors reclaimer) {
        return (SlotRing) Ring.of(memory, geometry, 0, BASE, PRODUCER, reclaimer);
    }

    private long send(long reference) {
        int flags = reference == 0 ? 0 : RecordLayout.BY_REFERENCE;
        long position = ring.claim(1);
        memory.putLong(ring.address(position), RecordLayout.word(8, 0, flags));
        memory.putLong(ring.address(position) + RecordLayout.bodyOffset(flags, 0), reference);
        ring.commit(position, 1);
        return position;
    }

    /** As a join leaves it that is killed before it touches the head. */
    private void joinHalfway(String name) {
        long at = cursors.address(0);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        memory.putBytes(at + QueueLayout.NAME, new byte[] {(byte) bytes.length}, 0, 1);
        memory.putBytes(at + QueueLayout.NAME + 1, bytes, 0, bytes.length);
        memory.putLong(at + QueueLayout.TAKEN, ring.head());
        memory.putLong(at + QueueLayout.POSITION, ring.head());
        memory.putLongRelease(at + QueueLayout.STATE, Tenancy.word(JOINER, 1, Tenancy.PLACING));
    }

    private void leave() {
        Departure.leave(memory, geometry, cursors, ring, 0, cursors.state(0), false);
    }

    @Test
    void aSubscriptionThatWasOvertakenWhileItJoinedAndDiedIsNotKept() {
        long word = memory.getLong(ring.headAddress);
        send(0);
        joinHalfway("late");
        assertThat(ring.moveHead(word, ring.end()))
                .as("by one who looked at the cursors before")
                .isTrue();
        leave();
        assertThat(cursors.state(0)).isEqualTo(Tenancy.NOBODY);
    }

    @Test
    void whoJoinsWhileABlockIsBeingFreedBeginsBehindIt() {
        List<Long> freed = new ArrayList<>();
        Cursors others = new Cursors(memory, geometry, BASE, reference -> {});
        Cursors reclaimer = new Cursors(memory, geometry, BASE, reference -> {
            if (freed.isEmpty()) {
                others.join(ring, "", JOINER, 1, true);
            }
            freed.add(reference);
        });
        send(8);
        long second = send(16);
        reclaimer.reclaim(ring, ring.end());
        assertThat(others.position(0)).isEqualTo(second);
        // Perhaps more than once, which does nothing.
        assertThat(freed).containsOnly(8L);
    }
}
