package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionsTest {

    private final Positions positions = new Positions();

    @ParameterizedTest
    @ValueSource(ints = {8, 200, 5_000})
    void shouldHoldWhatASortedSetHolds(int different) {
        TreeSet<Long> expected = new TreeSet<>();
        Random random = new Random(different);
        for (int i = 0; i < 20_000; i++) {
            long position = random.nextInt(different);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    positions.add(position);
                    expected.add(position);
                }
                case 2 -> assertThat(positions.remove(position)).isEqualTo(expected.remove(position));
                case 3 -> {
                    if (!expected.isEmpty()) {
                        assertThat(positions.remove(positions.first())).isTrue();
                        expected.pollFirst();
                    }
                }
                default -> assertThat(positions.contains(position)).isEqualTo(expected.contains(position));
            }
            assertThat(positions.isEmpty()).isEqualTo(expected.isEmpty());
            assertThat(positions.size()).isEqualTo(expected.size());
            if (!expected.isEmpty()) {
                assertThat(positions.first()).isEqualTo(expected.first());
            }
        }
        int index = 0;
        for (long position : expected) {
            assertThat(positions.get(index++)).isEqualTo(position);
        }
        positions.clear();
        assertThat(positions.isEmpty()).isTrue();
    }

    @Test
    void shouldGoOnForEverInLittleRoom() {
        for (long position = 0; position < 100_000; position++) {
            positions.add(position);
            if (position >= 3) {
                assertThat(positions.remove(position - 3)).isTrue();
                assertThat(positions.first()).isEqualTo(position - 2);
                assertThat(positions.size()).isEqualTo(3);
            }
        }
    }
}
