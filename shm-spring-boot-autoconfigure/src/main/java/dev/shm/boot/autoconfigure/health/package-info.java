/**
 * Health {@code shm}: a component for each segment of the application.
 */
@NullMarked
package dev.shm.boot.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
