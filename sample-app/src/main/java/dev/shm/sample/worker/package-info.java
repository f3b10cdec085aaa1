/** The role that does the orders. */
@NullMarked
package dev.shm.sample.worker;

import org.jspecify.annotations.NullMarked;
