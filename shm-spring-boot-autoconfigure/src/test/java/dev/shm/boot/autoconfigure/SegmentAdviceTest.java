package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.error.SharedMemoryException;
import dev.shm.error.UnsupportedPlatformException;
import org.junit.jupiter.api.Test;

/** Those reasons that {@link StartupFailureTest} cannot bring about. */
class SegmentAdviceTest {

    private static String advice(SharedMemoryException failure) {
        return SegmentAdvice.on(failure, "shm.segments.desk");
    }

    @Test
    void shouldAdviseOnAHostThatIsNotLinux() {
        assertThat(advice(new UnsupportedPlatformException("x", new RuntimeException())))
                .contains("on Linux", "docker run", "leave 'shm.segments.desk'")
                .doesNotContain("chmod");
    }

    @Test
    void shouldAdviseToLookIfNothingElseIsKnown() {
        assertThat(advice(new SharedMemoryException("x"))).contains("cli.jar ls");
    }
}
