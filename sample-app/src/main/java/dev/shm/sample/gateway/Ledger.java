package dev.shm.sample.gateway;

import dev.shm.collection.SharedMap;
import dev.shm.sample.desk.Fill;
import dev.shm.sample.desk.Order;
import dev.shm.sample.desk.OrderState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Profile;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.stereotype.Component;

/**
 * The account of all orders. It is a map in the segment, with one entry for each order, and every change is atomic and does no harm
 * when it is done again; so it is right whoever is killed, a gateway included. Nothing is counted but what the map holds.
 */
@Component
@Profile("gateway")
class Ledger {

    private final SharedMap<Long, OrderState> states;
    private final int limit;

    Ledger(SharedMap<Long, OrderState> orderStates, @Value("${sample.orders-kept}") int limit) {
        this.states = orderStates;
        this.limit = limit;
    }

    /** For how many more orders there is room. */
    int room() {
        return Math.max(0, limit - states.size());
    }

    int limit() {
        return limit;
    }

    /** After the order has been sent: then it comes to a worker, also if this gateway is killed now. It may be done already. */
    void accepted(Order order) {
        states.putIfAbsent(order.id(), OrderState.accepted(order));
    }

    @ServiceActivator(inputChannel = "fills")
    public void done(Fill fill) {
        tell(OrderState.done(fill));
    }

    /** The orders that became dead letters. */
    @ServiceActivator(inputChannel = "rejects")
    public void failed(Order order) {
        tell(OrderState.failed(order, System.currentTimeMillis()));
    }

    private void tell(OrderState news) {
        states.merge(news.order().id(), news, OrderState::then);
    }

    Optional<OrderState> find(long id) {
        return Optional.ofNullable(states.get(id));
    }

    /** Forgets the orders that are done or have failed. */
    int forget() {
        int before = states.size();
        states.values().removeIf(state -> !state.inFlight());
        return before - states.size();
    }

    Account account(int latest) {
        int accepted = 0;
        int done = 0;
        int failed = 0;
        int deliveredAgain = 0;
        int doneAgain = 0;
        Map<Long, Integer> byWorker = new HashMap<>();
        List<OrderState> ended = new ArrayList<>();
        for (OrderState state : states.values()) {
            accepted++;
            switch (state.status()) {
                case ACCEPTED -> {}
                case FAILED -> {
                    failed++;
                    ended.add(state);
                }
                case DONE -> {
                    done++;
                    deliveredAgain += state.deliveries() > 1 ? 1 : 0;
                    doneAgain += state.reports() > 1 ? 1 : 0;
                    byWorker.merge(state.worker(), 1, Integer::sum);
                    ended.add(state);
                }
            }
        }
        ended.sort(Comparator.comparingLong(OrderState::endedAt)
                .thenComparingLong(state -> state.order().id())
                .reversed());
        return new Account(
                accepted,
                done,
                failed,
                accepted - done - failed,
                deliveredAgain,
                doneAgain,
                byWorker,
                List.copyOf(ended.subList(0, Math.min(latest, ended.size()))));
    }

    /**
     * What becomes of orders: {@code accepted == done + failed + inFlight}.
     *
     * @param accepted orders in the ledger
     * @param done orders that are done
     * @param failed orders that no worker could do
     * @param inFlight the others
     * @param deliveredAgain how many of those that are done had been delivered before, to a worker that was killed or failed
     * @param doneAgain how many were done by two workers, and count once
     * @param byWorker how many are done, by the pids of workers
     * @param latest those that ended last
     */
    record Account(
            int accepted,
            int done,
            int failed,
            int inFlight,
            int deliveredAgain,
            int doneAgain,
            Map<Long, Integer> byWorker,
            List<OrderState> latest) {}
}
