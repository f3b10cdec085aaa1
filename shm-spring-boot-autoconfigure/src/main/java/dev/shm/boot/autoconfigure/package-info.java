/** Segments and channels from configuration: the auto-configuration of shared memory for Spring Boot. */
@NullMarked
package dev.shm.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
