/**
 * Single values in a segment: numbers, flags, bytes. Every operation is atomic among all threads of all processes, and a process
 * that is killed in the middle of one leaves the value before or the value after.
 */
@NullMarked
package dev.shm.value;

import org.jspecify.annotations.NullMarked;
