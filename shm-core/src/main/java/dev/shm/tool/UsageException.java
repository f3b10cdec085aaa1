package dev.shm.tool;

/** The command line makes no sense; the message says why, and the usage follows. */
final class UsageException extends Exception {

    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
