package dev.shm.sample.desk;

import java.util.List;

/** What can be bought. */
public final class Symbols {

    public static final List<String> ALL = List.of("AMBER", "COBALT", "HEMP", "INDIGO", "QUARTZ");

    private Symbols() {}
}
