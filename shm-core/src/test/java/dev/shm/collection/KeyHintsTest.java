package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyHintsTest {

    private static final int MANY = 200_000;

    private final KeyHints<Number> hints = new KeyHints<>();

    private static final class Number extends KeyHints.Hint {
        final int number;

        Number(Object key, int number) {
            super(key);
            this.number = number;
        }
    }

    /** As a table does with a key that it had to search. */
    private void search(Object key, int number) {
        int place = hints.place(key);
        if (place >= 0) {
            hints.note(place, new Number(key, number));
        }
    }

    private boolean knows(Object key, int number) {
        Number found = hints.find(key);
        assertThat(found == null ? number : found.number).isEqualTo(number);
        return found != null;
    }

    private static String key(int number) {
        return "key " + number;
    }

    @Test
    void shouldFindAnEqualKeyAndNoOther() {
        search("a", 1);
        search(1L, 2);
        assertThat(knows(new String(new char[] {'a'}), 1)).isTrue();
        assertThat(knows(Long.valueOf(1), 2)).isTrue();
        assertThat(hints.find("b")).isNull();
        assertThat(hints.find(2L)).isNull();
        assertThat(hints.find(1)).isNull();
    }

    @Test
    void shouldTellKeysOfTheSameHashCodeApart() {
        search("Aa", 1);
        search("BB", 2);
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
        assertThat(knows("Aa", 1)).isTrue();
        assertThat(knows("BB", 2)).isTrue();
        search("Aa", 3);
        assertThat(knows("Aa", 3)).isTrue();
    }

    @Test
    void shouldNoteNothingOfKeysThatMayChangeOrAreLong() {
        for (Object key : new Object[] {new byte[1], UUID.randomUUID(), 1, "x".repeat(257)}) {
            assertThat(hints.place(key)).isEqualTo(-1);
            assertThat(hints.find(key)).isNull();
        }
    }

    @Test
    void shouldKnowNearlyAllOfAThousandKeysThatComeAgain() {
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 1000; i++) {
                if (!knows(key(i), i)) {
                    search(key(i), i);
                }
            }
        }
        assertThat(IntStream.range(0, 1000).filter(i -> knows(key(i), i)).count())
                .isGreaterThan(900);
    }

    @Test
    void shouldKeepWhatIsUsedWhileOtherKeysComeOnce() {
        for (int i = 0; i < MANY; i++) {
            int again = i % 500;
            if (!knows(key(again), again)) {
                search(key(again), again);
            }
            search(-1L - i, i);
        }
        assertThat(IntStream.range(0, 500).filter(i -> knows(key(i), i)).count())
                .isGreaterThan(250);
    }

    @Test
    void shouldLetGoOfAllWhereNoKeyComesAgainAndTryLater() {
        for (int i = 0; i < MANY; i++) {
            search(key(i), i);
        }
        assertThat(IntStream.range(0, MANY).filter(i -> knows(key(i), i)).count())
                .isZero();
        boolean known = false;
        for (int i = 0; i < 2 << 20 && !known; i++) {
            search("again", 1);
            known = knows("again", 1);
        }
        assertThat(known).isTrue();
    }
}
