package dev.shm.collection;

import dev.shm.error.StaleReferenceException;

/**
 * A stub was read, and the part that it tells of has been given back since: it was taken out meanwhile, so who reads anew finds something else in
 * the stub's place. Who finds it there under the lock has found damage, and the user is told.
 */
final class PartGone extends StaleReferenceException {

    private static final long serialVersionUID = 1;

    PartGone(String message) {
        super(message);
    }
}
