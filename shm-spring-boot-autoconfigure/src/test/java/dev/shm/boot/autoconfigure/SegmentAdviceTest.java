package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.error.SegmentExistsException;
import dev.shm.error.SegmentFailedException;
import dev.shm.error.SharedMemoryException;
import org.junit.jupiter.api.Test;

/** Those reasons that {@link StartupFailureTest} does not bring about. */
class SegmentAdviceTest {

    private static String advice(SharedMemoryException failure) {
        return SegmentAdvice.on(failure, "shm.segments.desk");
    }

    @Test
    void shouldAdviseOnWhatADeadCreatorLeft() {
        assertThat(advice(new SegmentExistsException("x")))
                .contains("shm.segments.desk.on-stale: adopt", "cli.jar rm desk");
    }

    @Test
    void shouldAdviseOnASegmentThatHasFailed() {
        assertThat(advice(new SegmentFailedException("x"))).contains("rm desk --force");
    }

    @Test
    void shouldAdviseToLookIfNothingElseIsKnown() {
        assertThat(advice(new SharedMemoryException("x"))).contains("cli.jar ls");
    }
}
