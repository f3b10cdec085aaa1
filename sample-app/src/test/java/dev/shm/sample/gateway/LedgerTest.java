package dev.shm.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import dev.shm.sample.desk.Fill;
import dev.shm.sample.desk.Order;
import dev.shm.sample.desk.OrderState;
import dev.shm.sample.desk.OrderState.Status;
import dev.shm.sample.gateway.Ledger.Account;
import dev.shm.sample.testing.SegmentDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LedgerTest {

    @RegisterExtension
    final SegmentDirectory directory = new SegmentDirectory();

    private SharedMemory memory;
    private Ledger ledger;

    @BeforeEach
    void open() {
        memory = SharedMemory.named("desk")
                .directory(directory.path())
                .size(8 << 20)
                .slots(8)
                .openOrCreate();
        ledger = ledger();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private Ledger ledger() {
        SharedMap<Long, OrderState> states =
                memory.openOrCreate("order-states", SharedMap.of(Long.class, OrderState.class));
        return new Ledger(states, 5);
    }

    private static Order order(long id) {
        return new Order(id, "AMBER", 10, 1_000 + id);
    }

    private static Fill fill(long id, long worker, int deliveries) {
        return new Fill(order(id), 9_950, worker, deliveries, 2_000 + id);
    }

    @Test
    void shouldAccountForEachOrderOnce() {
        ledger.accepted(order(1));
        ledger.accepted(order(2));
        ledger.accepted(order(3));
        ledger.done(fill(1, 11, 1));
        ledger.done(fill(1, 22, 2));
        ledger.done(fill(2, 22, 2));
        ledger.failed(order(3));
        ledger.accepted(order(4));

        Account account = ledger.account(10);

        assertThat(account.accepted()).isEqualTo(4);
        assertThat(account.done()).isEqualTo(2);
        assertThat(account.failed()).isEqualTo(1);
        assertThat(account.inFlight()).isEqualTo(1);
        assertThat(account.deliveredAgain()).isEqualTo(1);
        assertThat(account.doneAgain()).isEqualTo(1);
        assertThat(account.byWorker()).containsOnly(java.util.Map.entry(11L, 1), java.util.Map.entry(22L, 1));
    }

    @Test
    void shouldKeepAnOrderDoneThatIsAcceptedAfterItsFill() {
        ledger.done(fill(1, 11, 1));
        ledger.accepted(order(1));

        assertThat(ledger.account(1).accepted()).isEqualTo(1);
        assertThat(ledger.account(1).done()).isEqualTo(1);
        assertThat(ledger.find(1)).get().extracting(OrderState::status).isEqualTo(Status.DONE);
    }

    @Test
    void shouldShowTheLastThatEndedFirst() {
        for (long id = 1; id <= 4; id++) {
            ledger.accepted(order(id));
        }
        ledger.done(fill(2, 11, 1));
        ledger.done(fill(1, 11, 1));
        ledger.done(fill(3, 11, 1));

        assertThat(ledger.account(2).latest())
                .extracting(state -> state.order().id())
                .containsExactly(3L, 2L);
    }

    @Test
    void shouldGoOnWithTheAccountOfAnotherGateway() {
        ledger.accepted(order(1));
        Ledger another = ledger();

        another.done(fill(1, 11, 1));

        assertThat(ledger.account(1)).isEqualTo(another.account(1));
        assertThat(ledger.account(1).done()).isEqualTo(1);
    }

    @Test
    void shouldHaveRoomAgainForWhatItForgets() {
        for (long id = 1; id <= 5; id++) {
            ledger.accepted(order(id));
        }
        ledger.done(fill(1, 11, 1));
        ledger.failed(order(2));
        assertThat(ledger.room()).isZero();

        assertThat(ledger.forget()).isEqualTo(2);

        assertThat(ledger.room()).isEqualTo(2);
        assertThat(ledger.account(5).inFlight()).isEqualTo(3);
        assertThat(ledger.find(1)).isEmpty();
    }
}
