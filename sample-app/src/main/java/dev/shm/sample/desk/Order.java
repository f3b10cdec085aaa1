package dev.shm.sample.desk;

/**
 * An order, on its way from a gateway to a worker.
 *
 * @param id its number, which no other order of the segment has
 * @param symbol what is bought
 * @param pieces how many
 * @param placedAt when, in milliseconds since 1970
 */
public record Order(long id, String symbol, int pieces, long placedAt) {}
