/** Messages and groups of messages that outlive the process. */
@NullMarked
package dev.shm.integration.store;

import org.jspecify.annotations.NullMarked;
