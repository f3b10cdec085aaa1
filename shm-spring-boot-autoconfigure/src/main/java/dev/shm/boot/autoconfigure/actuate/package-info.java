/**
 * Actuator endpoints {@code shm} and {@code shmheap}, and what {@code info} tells of segments. All of them only look: they take no lock and store
 * nothing, and a segment that is damaged or just ending is a sentence in the answer, not a failure. Any thread may call them.
 */
@NullMarked
package dev.shm.boot.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
