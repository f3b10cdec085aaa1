package dev.shm.sample.launcher;

import java.io.IOException;
import java.io.InputStream;

/**
 * Ends this process when the launcher that started it ends, however that does: the input of a process is a pipe from who started it, and
 * the kernel closes the other end even if that was killed.
 */
public final class ParentWatch {

    static final String LAUNCHED = "sample.launched";

    private ParentWatch() {}

    /** Watches, if a launcher started this process; does nothing in one that was started by hand. */
    public static void startIfLaunched() {
        if (Boolean.getBoolean(LAUNCHED)) {
            Thread watch = new Thread(() -> watch(System.in), "parent-watch");
            watch.setDaemon(true);
            watch.start();
        }
    }

    private static void watch(InputStream parent) {
        try {
            while (parent.read() >= 0) {
                // It says nothing.
            }
        } catch (IOException e) {
            // As good as its end.
        }
        System.exit(0);
    }
}
