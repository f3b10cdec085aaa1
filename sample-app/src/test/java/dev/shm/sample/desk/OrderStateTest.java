package dev.shm.sample.desk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.sample.desk.OrderState.Status;
import org.junit.jupiter.api.Test;

class OrderStateTest {

    private final Order order = new Order(7, "HEMP", 3, 1_000);
    private final OrderState accepted = OrderState.accepted(order);
    private final OrderState done = OrderState.done(new Fill(order, 250, 11, 1, 2_000));
    private final OrderState doneByAnother = OrderState.done(new Fill(order, 260, 22, 2, 3_000));
    private final OrderState failed = OrderState.failed(order, 4_000);

    @Test
    void shouldBeInFlightUntilItIsDoneOrFails() {
        assertThat(accepted.inFlight()).isTrue();
        assertThat(accepted.then(done).inFlight()).isFalse();
        assertThat(accepted.then(failed).inFlight()).isFalse();
    }

    @Test
    void shouldCountTheFirstWorkerThatDidIt() {
        OrderState twice = accepted.then(done).then(doneByAnother);

        assertThat(twice.worker()).isEqualTo(11);
        assertThat(twice.cents()).isEqualTo(250);
        assertThat(twice.endedAt()).isEqualTo(2_000);
        assertThat(twice.reports()).isEqualTo(2);
    }

    @Test
    void shouldStayDoneWhenTheGatewayAcceptsItLater() {
        assertThat(done.then(accepted)).isEqualTo(done);
    }

    @Test
    void shouldBeDoneWhenAWorkerDidItInWhateverOrderTheNewsCome() {
        assertThat(accepted.then(failed).then(done).status()).isEqualTo(Status.DONE);
        assertThat(accepted.then(done).then(failed).status()).isEqualTo(Status.DONE);
        assertThat(accepted.then(done).then(failed).reports()).isEqualTo(1);
    }
}
