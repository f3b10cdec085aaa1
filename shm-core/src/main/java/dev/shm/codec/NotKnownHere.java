package dev.shm.codec;

import com.esotericsoftware.kryo.KryoException;

/** Bytes that are good for all that can be told, of a class or a constant that this process does not have. */
final class NotKnownHere extends KryoException {

    private static final long serialVersionUID = 1L;

    private final String advice;

    /**
     * Tells what was met.
     *
     * @param message what is not known, and as much about it as can be told
     * @param advice a sentence: what to do
     */
    NotKnownHere(String message, String advice) {
        super(message);
        this.advice = advice;
    }

    String advice() {
        return advice;
    }
}
