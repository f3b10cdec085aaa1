/**
 * Message transports between JVMs, measured side by side: ours, the libraries that people would use instead, and what the machine
 * does without any of them. {@code run-queues} in the module's directory builds and runs it. Nothing here is published, and
 * nobody may call it.
 *
 * <p>{@link dev.shm.benchmark.queue.QueueBenchmark} runs in one JVM and starts others; {@link dev.shm.benchmark.queue.Worker} is
 * what runs in each of those. A transport is one class, an entry in {@link dev.shm.benchmark.queue.Transports}. Every
 * measurement has JVMs and files of its own, so that no run of the compiler and no leftover favours a later one.
 */
package dev.shm.benchmark.queue;
