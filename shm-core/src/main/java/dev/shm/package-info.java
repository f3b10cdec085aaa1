/**
 * What users open: {@link dev.shm.SharedMemory}, a named segment of memory that several processes on one host share, and
 * {@link dev.shm.SharedMemoryManager}, which owns several of them for the life of a process.
 *
 * <p>Every public type says who may call it and who closes it. Any thread of any process may be killed at any instruction:
 * what was committed stays, what was not is given back, and nobody waits for the dead.
 */
@NullMarked
package dev.shm;

import org.jspecify.annotations.NullMarked;
