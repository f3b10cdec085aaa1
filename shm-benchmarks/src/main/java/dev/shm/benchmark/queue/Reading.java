package dev.shm.benchmark.queue;

import java.util.Locale;

/** What a receiver does with a message. */
enum Reading {
    /** Copies it to the Java heap. */
    COPY,
    /** Reads eight bytes of each cache line where they are. */
    IN_PLACE;

    static Reading of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
