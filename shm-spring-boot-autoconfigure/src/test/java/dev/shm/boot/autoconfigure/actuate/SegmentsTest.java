package dev.shm.boot.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SegmentsTest {

    private final AtomicInteger looks = new AtomicInteger();

    @Test
    void shouldLookAgainAfterAnErrorThatCameLate() {
        String seen = Segments.looking(() -> {
            if (looks.incrementAndGet() < 3) {
                throw new InternalError("a fault occurred");
            }
            return "seen";
        });
        assertThat(seen).isEqualTo("seen");
        assertThat(looks).hasValue(3);
    }

    @Test
    void shouldGiveUpIfTheErrorStays() {
        assertThatThrownBy(() -> Segments.looking(() -> {
                    looks.incrementAndGet();
                    throw new InternalError("a fault occurred");
                }))
                .isInstanceOf(InternalError.class);
        assertThat(looks).hasValue(10);
    }

    @Test
    void shouldNotLookAgainAfterAnythingElse() {
        assertThatThrownBy(() -> Segments.looking(() -> {
                    looks.incrementAndGet();
                    throw new IllegalStateException("closed");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(looks).hasValue(1);
    }
}
