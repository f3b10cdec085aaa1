package dev.shm.sample.desk;

/**
 * A new price.
 *
 * @param symbol of what
 * @param cents the price of a piece
 */
public record Tick(String symbol, long cents) {}
