package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.memory.TracingMemory;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SlowestCursorTest {

    private static final long BASE = 4096;
    private static final int PRODUCER = 1;
    private static final int SENT = 30;
    private static final int ACCESSES = 40;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private final Geometry geometry =
            new Geometry(QueueLayout.TOPIC | QueueLayout.BY_CURSOR, 1, 1 << 16, 0, 0, 0, 0, 4, 2);

    @Test
    void shouldHoldTheHeadForASubscriberThatIsOvertakenWhileSomebodyLooks() throws IOException {
        Memory memory = map();
        geometry.write(memory, BASE);
        TracingMemory looking = new TracingMemory(memory);
        Cursors cursors = new Cursors(looking, geometry, BASE, reference -> {});
        Ring ring = Ring.of(looking, geometry, 0, BASE, PRODUCER, cursors);
        for (int i = 0; i < SENT; i++) {
            ring.commit(ring.claim(1), 1);
        }
        int overtaken = 0;
        for (int moment = 0; moment < ACCESSES; moment++) {
            place(memory, cursors, 0, 0);
            place(memory, cursors, 1, 10);
            int[] left = {moment};
            looking.beforeAccess(() -> {
                if (left[0]-- == 0) {
                    memory.putLongRelease(cursors.address(0) + QueueLayout.POSITION, 20);
                }
            });
            assertThat(ring.reachable()).as("moved before access " + moment).isLessThanOrEqualTo(10);
            overtaken += left[0] < 0 ? 1 : 0;
        }
        assertThat(overtaken).as("moments at which it moved").isGreaterThan(5);
    }

    private static void place(Memory memory, Cursors cursors, int cursor, long position) {
        memory.putLong(cursors.address(cursor) + QueueLayout.POSITION, position);
        memory.putLongRelease(
                cursors.address(cursor) + QueueLayout.STATE, Tenancy.word(cursor + 2, 1, Tenancy.PRESENT));
    }

    private Memory map() throws IOException {
        long size = BASE + geometry.blockBytes();
        try (FileChannel file = FileChannel.open(
                directory.file("topic"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate((int) size), 0);
            return MappedMemory.map(file, size);
        }
    }
}
