/**
 * The exceptions of the library: unchecked, all under {@link dev.shm.error.SharedMemoryException}, each saying what to
 * do next. Full, empty and absent are answers and never appear here.
 */
@NullMarked
package dev.shm.error;

import org.jspecify.annotations.NullMarked;
