package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {

    private static final List<String> NAMES = List.of("size", "role", "hash-seed", "attach-timeout");

    @Test
    void shouldCountWhatIsInsertedRemovedChangedAndSwapped() {
        assertThat(Nearest.distance("", "abc")).isEqualTo(3);
        assertThat(Nearest.distance("size", "size")).isZero();
        assertThat(Nearest.distance("siez", "size")).isEqualTo(1);
        assertThat(Nearest.distance("sise", "size")).isEqualTo(1);
        assertThat(Nearest.distance("sze", "size")).isEqualTo(1);
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
    }

    @Test
    void shouldFindWhatWasMeant() {
        assertThat(Nearest.of("siez", NAMES)).isEqualTo("size");
        assertThat(Nearest.of("Roll", NAMES)).isEqualTo("role");
        assertThat(Nearest.of("hashed", NAMES)).isEqualTo("hash-seed");
        assertThat(Nearest.of("attach-time", NAMES)).isEqualTo("attach-timeout");
    }

    @Test
    void shouldFindWhatBeginsSo() {
        assertThat(Nearest.of("attach", NAMES)).isEqualTo("attach-timeout");
        assertThat(Nearest.of("at", NAMES)).isNull();
    }

    @Test
    void shouldFindNothingIfNothingIsAlike() {
        assertThat(Nearest.of("colour", NAMES)).isNull();
        assertThat(Nearest.of("x", List.of())).isNull();
    }
}
