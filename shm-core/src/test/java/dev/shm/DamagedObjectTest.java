package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.heap.BlockLayout;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.segment.DirectoryEntry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Objects that somebody wrote into who should not: nobody else has to suffer for it. */
class DamagedObjectTest {

    private static final QueueType<String> TYPE = SharedQueue.of(String.class).capacityBytes(1 << 16);
    private static final String LARGE = "l".repeat(40_000);

    private final World world = World.ofBytes(1 << 20);
    private final Process victim = world.process(World.VICTIM);
    private final Process survivor = world.process(World.SURVIVOR);

    private long rootOf(String name) {
        return survivor.objects.entries().stream()
                .filter(entry -> entry.name().equals(name))
                .mapToLong(DirectoryEntry::reference)
                .findFirst()
                .orElseThrow();
    }

    /** Several queues that the victim has open, with a large message that it has received. */
    private void open(List<String> names) {
        for (String name : names) {
            SharedQueue<String> queue = survivor.objects.create(name, TYPE);
            assertThat(queue.offer(LARGE)).isTrue();
            queue.close();
            assertThat(victim.objects.open(name, TYPE).poll()).isEqualTo(LARGE);
            assertThat(victim.objects.open(name, TYPE).offer(LARGE)).isTrue();
        }
    }

    private void die() {
        victim.memory.kill();
        world.kill(World.VICTIM);
        survivor.reap();
        survivor.objects.collectDestroyed();
    }

    @Test
    void shouldReapWhoHadADamagedObjectOpen() {
        open(List.of("damaged", "other"));
        world.memory.putLong(BlockLayout.payload(rootOf("damaged")) + 63 & -64, -1);
        die();
        assertThat(survivor.slots.isFree(World.VICTIM)).isTrue();
        try (SharedQueue<String> other = survivor.objects.open("other", TYPE)) {
            assertThat(other.poll()).isEqualTo(LARGE);
        }
    }

    @Test
    void shouldCollectADestroyedObjectThatSaysNothingOfItself() {
        long before = world.count().usedBytes();
        open(List.of("damaged", "other"));
        long payload = BlockLayout.payload(rootOf("damaged"));
        survivor.objects.destroy("damaged");
        survivor.objects.destroy("other");
        world.memory.putLong(payload + 63 & -64, -1);
        die();
        assertThat(survivor.objects.entries()).isEmpty();
        // Its message is out of reach; all else is free.
        assertThat(world.count().usedBytes() - before).isEqualTo(world.count().queuedBytes());
        assertThat(world.count().queuedBytes()).isBetween((long) LARGE.length(), 2L * LARGE.length());
    }

    @Test
    void shouldCollectOthersThoughTheBlockOfADestroyedObjectIsNoBlock() {
        open(List.of("damaged", "other"));
        long header = BlockLayout.header(rootOf("damaged"));
        long word = world.memory.getLong(header);
        survivor.objects.destroy("damaged");
        survivor.objects.destroy("other");
        world.memory.putLong(header, word ^ 1L << 40);
        die();
        assertThat(survivor.objects.entries()).extracting(DirectoryEntry::name).containsExactly("damaged");
    }
}
