package dev.shm.integration.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Hears what a class logs. */
public final class LogListener extends Handler implements AutoCloseable {

    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    public LogListener(Class<?> of) {
        logger = Logger.getLogger(of.getName());
        logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord line) {
        lines.add(level(line.getLevel()) + " " + line.getMessage());
    }

    private static String level(Level level) {
        return level.equals(Level.SEVERE) ? "ERROR" : level.equals(Level.WARNING) ? "WARN" : level.getName();
    }

    /** What was logged, each line beginning with its level. */
    public List<String> lines() {
        return lines;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
