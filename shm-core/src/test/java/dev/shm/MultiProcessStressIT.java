package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.testing.ChildJvm;
import dev.shm.testing.Content;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several processes with several threads each on one segment that is too small for them; nobody dies. */
class MultiProcessStressIT {

    private static final int PROCESSES = 4;
    private static final int SIZE = 3 << 20;

    private final TestDirectory directory = TestDirectory.create();
    private final List<ChildJvm> children = new ArrayList<>();

    @AfterEach
    void close() {
        try {
            children.forEach(ChildJvm::close);
        } finally {
            directory.close();
        }
    }

    @Test
    void everyByteIsAccountedForAfterManyProcessesFoughtForAFullHeapAndForTheSameNames() {
        try (SharedMemory memory = SharedMemory.named(StressChild.SEGMENT)
                .directory(directory.segments())
                .size(SIZE)
                .create()) {
            SharedLong counter = memory.create("counter", SharedLong.type());
            SharedBytes value = memory.create("value", SharedBytes.type());

            Map<String, Long> done = runChildren();

            assertThat(done.getOrDefault("full", 0L))
                    .as("answers that there is no memory")
                    .isPositive();
            assertThat(counter.get()).isEqualTo(done.get("increments"));
            assertThat(Content.version(value.get())).isEqualTo(done.get("replacements"));
            long objects = 2;
            for (int i = 0; i < StressChild.NAMES; i++) {
                String name = "contended-" + i;
                boolean exists = memory.objects().stream()
                        .anyMatch(object -> object.name().equals(name));
                assertThat(done.get("created-" + i) - done.get("destroyed-" + i))
                        .as("times that contended-%d was created less those that it was destroyed", i)
                        .isEqualTo(exists ? 1 : 0);
                objects += exists ? 1 : 0;
            }
            assertThat(memory.objects()).hasSize((int) objects);
            assertThat(memory.verify()).isEmpty();
            SegmentStatistics after = memory.deepStatistics();
            assertThat(after.usedBlocks()).isEqualTo(objects + 1);
            assertThat(after.tentativeBytes()).isZero();

            counter.close();
            value.close();
            memory.objects().forEach(object -> memory.destroy(object.name()));
            HeapAccess.awaitEmpty(memory);
        }
        assertThat(directory.segmentFiles()).isEmpty();
    }

    private Map<String, Long> runChildren() {
        for (int i = 0; i < PROCESSES; i++) {
            children.add(ChildJvm.start(StressChild.class, directory.segments(), i));
        }
        children.forEach(child -> child.await(StressChild.READY));
        children.forEach(child -> child.send("go"));
        Map<String, Long> done = new HashMap<>();
        for (ChildJvm child : children) {
            for (String count : child.await(StressChild.RESULT).split(" ", -1)) {
                String[] parts = count.split("=", -1);
                done.merge(parts[0], Long.valueOf(parts[1]), Long::sum);
            }
            assertThat(child.awaitEnd()).as(child::output).isZero();
        }
        return done;
    }
}
