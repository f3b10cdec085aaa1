/**
 * Segments and channels from the configuration of a Spring Boot application. What users touch are the {@linkplain
 * dev.shm.boot.autoconfigure.ShmProperties keys}, the customizers, and {@link dev.shm.boot.autoconfigure.ShmSegments}; the rest is
 * wiring. Nothing here runs for each message.
 */
@NullMarked
package dev.shm.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
