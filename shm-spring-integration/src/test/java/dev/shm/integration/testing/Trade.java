package dev.shm.integration.testing;

/** What is ordered in the tests. */
public record Trade(String id, int pieces) {}
