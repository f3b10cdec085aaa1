/**
 * Spring Integration from one JVM to another: from {@code channel.send} to an annotated method, over our channel and over what the
 * framework itself has. {@code run-channels} in the module's directory builds and runs it. Nothing here is published, and nobody may
 * call it.
 *
 * <p>{@link dev.shm.benchmark.channel.ChannelBenchmark} runs in one JVM and starts others; {@link
 * dev.shm.benchmark.channel.ChannelWorker} is what runs in each of those. A way is an entry in {@link
 * dev.shm.benchmark.channel.Link}.
 */
package dev.shm.benchmark.channel;
