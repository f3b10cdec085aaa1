/** Locks among processes. */
@NullMarked
package dev.shm.integration.lock;

import org.jspecify.annotations.NullMarked;
