package dev.shm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedBoolean;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import org.junit.jupiter.api.Test;

/** What the README shows, and the size it names there. */
class TutorialTest {

    @Test
    void runsTheLinesOfTheReadme() {
        try (TestDirectory directory = TestDirectory.create();
                SharedMemory memory = SharedMemory.named("desk")
                        .directory(directory.segments())
                        .size(256L << 20)
                        .openOrCreate()) {
            SharedLong hits = memory.openOrCreate("hits", SharedLong.type());
            hits.incrementAndGet();

            SharedBytes greeting = memory.openOrCreate("greeting", SharedBytes.type());
            greeting.set("hello".getBytes(UTF_8));

            SharedBoolean ready = memory.openOrCreate("ready", SharedBoolean.type());
            ready.compareAndSet(false, true);

            SegmentStatistics now = memory.statistics();
            memory.peers()
                    .forEach(peer -> assertThat(peer.pid())
                            .isEqualTo(ProcessHandle.current().pid()));
            assertThat(now.freeBytes()).isPositive();

            assertThat(hits.get()).isOne();
            assertThat(new String(greeting.get(), UTF_8)).isEqualTo("hello");
            assertThat(ready.get()).isTrue();
            assertThat(memory.objects())
                    .extracting(ObjectInfo::name)
                    .containsExactlyInAnyOrder("hits", "greeting", "ready");
        }
    }
}
