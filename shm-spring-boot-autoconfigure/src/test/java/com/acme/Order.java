package com.acme;

/** A payload of the README. */
public record Order(String id, int pieces) {}
