/** The role that publishes prices. */
@NullMarked
package dev.shm.sample.ticker;

import org.jspecify.annotations.NullMarked;
