package dev.shm;

/**
 * An object that lives in a segment, as one process has it open. Any thread may use it. Whoever opened it may close it, once
 * no thread uses it any more; closing the segment closes it too.
 */
public interface SharedObject extends AutoCloseable {

    /** The name it was opened by. */
    String name();

    /** Whether it can be used. */
    boolean isOpen();

    /**
     * Gives this opening back. The object itself stays, unless its name was destroyed and this was the last process that had it
     * open.
     */
    @Override
    void close();
}
