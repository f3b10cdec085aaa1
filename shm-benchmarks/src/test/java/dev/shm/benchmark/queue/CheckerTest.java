package dev.shm.benchmark.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CheckerTest {

    private static final int BYTES = 32;

    @Test
    void shouldFollowEachProducerToItsLastMessage() {
        Checker checker = new Checker(BYTES, Reading.COPY, false);

        checker.onMessage(new Stub(0, BYTES));
        checker.onMessage(new Stub(Checker.firstSequence(1), BYTES));
        checker.onMessage(new Stub(1, BYTES));
        checker.onMessage(new Stub(Checker.last(Checker.firstSequence(1) + 1), BYTES));

        assertThat(checker.ends()).isEqualTo(1);
    }

    @Test
    void shouldNoticeWhatIsLostTwiceOrCut() {
        Checker checker = new Checker(BYTES, Reading.IN_PLACE, false);
        checker.onMessage(new Stub(0, BYTES));

        assertThatThrownBy(() -> checker.onMessage(new Stub(2, BYTES))).hasMessageContaining("out of order");
        assertThatThrownBy(() -> checker.onMessage(new Stub(0, BYTES))).hasMessageContaining("out of order");
        assertThatThrownBy(() -> checker.onMessage(new Stub(1, BYTES - 8))).hasMessageContaining("instead of");
    }

    @Test
    void shouldAllowForWhatOtherConsumersGotButNotForDisorder() {
        Checker checker = new Checker(BYTES, Reading.COPY, true);
        checker.onMessage(new Stub(3, BYTES));
        checker.onMessage(new Stub(7, BYTES));

        assertThatThrownBy(() -> checker.onMessage(new Stub(5, BYTES))).hasMessageContaining("out of order");
    }

    private record Stub(long sequence, int length) implements Message {

        @Override
        public long getLong(int offset) {
            return sequence;
        }

        @Override
        public void copyTo(byte[] destination) {}
    }
}
