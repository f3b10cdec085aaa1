/**
 * Application events: processes that joined, left or died, creators that were lost, segments that ended, dead letters.
 */
@NullMarked
package dev.shm.boot.autoconfigure.event;

import org.jspecify.annotations.NullMarked;
