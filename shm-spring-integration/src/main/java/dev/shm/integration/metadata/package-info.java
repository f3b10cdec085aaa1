/** Metadata that all processes share: which files, lines and messages were seen. */
@NullMarked
package dev.shm.integration.metadata;

import org.jspecify.annotations.NullMarked;
