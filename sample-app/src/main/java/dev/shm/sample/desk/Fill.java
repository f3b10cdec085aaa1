package dev.shm.sample.desk;

/**
 * Tells that an order is done, on its way from a worker to a gateway. An order whose worker dies at the wrong moment has two of them.
 *
 * @param order the order
 * @param cents the price of a piece
 * @param worker the pid of the worker
 * @param deliveries how often the order had been delivered by then
 * @param doneAt when it was done, in milliseconds since 1970
 */
public record Fill(Order order, long cents, long worker, int deliveries, long doneAt) {}
