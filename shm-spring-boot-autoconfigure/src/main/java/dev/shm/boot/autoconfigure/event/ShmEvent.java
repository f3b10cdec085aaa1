package dev.shm.boot.autoconfigure.event;

import dev.shm.SharedMemory;

/**
 * Something happened in a segment of this application. Published in every application that has the segment open, on a thread of its
 * own, one after another: listeners may take their time, and may close the segment or the application. Events that happen while the
 * application starts are published when it has started; those that happen while it closes are not published.
 */
public sealed interface ShmEvent permits ShmPeerEvent, ShmCreatorLostEvent, ShmSegmentEndedEvent, ShmDeadLetterEvent {

    /** In which segment. It may have ended or been closed meanwhile. */
    SharedMemory memory();

    /** Name of the segment. */
    default String segment() {
        return memory().name();
    }
}
