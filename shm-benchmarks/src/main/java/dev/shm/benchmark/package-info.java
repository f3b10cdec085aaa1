/**
 * Benchmarks of the heap and the memory below it: JMH classes, and programs that JMH has no words for. {@code run-heap} in the
 * module's directory builds and runs all of them. Nothing here is published, and nobody may call it.
 *
 * <p>They build a heap on a file of their own, without membership or housekeeping, so that nothing else runs beside what they
 * measure.
 */
package dev.shm.benchmark;
