/** Starts the roles as processes of their own, and ends them. */
@NullMarked
package dev.shm.sample.launcher;

import org.jspecify.annotations.NullMarked;
