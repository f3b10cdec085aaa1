/**
 * Meters {@code shm.*}: what segments and their queues and topics are doing.
 */
@NullMarked
package dev.shm.boot.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
