package dev.shm.sample.desk;

/**
 * What the ledger knows of an order. There is one for each order, however often that was delivered and done.
 *
 * @param order the order
 * @param status what became of it
 * @param cents the price of a piece, once it is done
 * @param worker the pid of the worker that did it first, 0 before
 * @param deliveries how often it had been delivered then
 * @param reports how often a worker said that it is done
 * @param endedAt when it was done or given up, in milliseconds since 1970, 0 before
 */
public record OrderState(
        Order order, Status status, long cents, long worker, int deliveries, int reports, long endedAt) {

    /** What became of an order. */
    public enum Status {
        /** A gateway took it and sent it on. */
        ACCEPTED,
        /** A worker did it. */
        DONE,
        /** No worker could do it, however often it was tried. */
        FAILED
    }

    public static OrderState accepted(Order order) {
        return new OrderState(order, Status.ACCEPTED, 0, 0, 0, 0, 0);
    }

    public static OrderState done(Fill fill) {
        return new OrderState(
                fill.order(), Status.DONE, fill.cents(), fill.worker(), fill.deliveries(), 1, fill.doneAt());
    }

    public static OrderState failed(Order order, long now) {
        return new OrderState(order, Status.FAILED, 0, 0, 0, 0, now);
    }

    /**
     * What it is after one more message tells of it, whatever the order in which they come: the first worker that did it counts, and an
     * order that is done has not failed.
     */
    public OrderState then(OrderState news) {
        if (news.status == Status.ACCEPTED) {
            return this;
        }
        if (status != Status.DONE) {
            return news;
        }
        return new OrderState(order, status, cents, worker, deliveries, reports + news.reports, endedAt);
    }

    public boolean inFlight() {
        return status == Status.ACCEPTED;
    }
}
