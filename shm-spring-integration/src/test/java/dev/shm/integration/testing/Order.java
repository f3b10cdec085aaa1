package dev.shm.integration.testing;

/** What is ordered in the tests. */
public record Order(String id, int pieces) {}
