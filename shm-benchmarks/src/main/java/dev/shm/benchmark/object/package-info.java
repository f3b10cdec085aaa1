/**
 * Benchmarks of shared objects, alone and while another process uses the same one, beside what the JDK and Chronicle Map have. Each
 * contender has a process of its own, so that the compiler sees its classes only. {@code run-objects} in the module's directory builds
 * and runs them.
 */
package dev.shm.benchmark.object;
