package dev.shm.benchmark.object;

/** A record that is a value of maps. */
public record Quote(String symbol, double bid, double ask, long at) {}
