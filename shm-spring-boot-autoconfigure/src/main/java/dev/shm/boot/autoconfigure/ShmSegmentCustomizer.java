package dev.shm.boot.autoconfigure;

import dev.shm.SharedMemory;

/**
 * Changes a segment of the configuration before it is opened. Beans of this type are called in their order, for every segment, after
 * the configuration has been applied; so what they say counts.
 *
 * <pre>{@code
 * @Bean
 * ShmSegmentCustomizer listening(Monitor monitor) {
 *     return (name, segment) -> segment.listener(monitor);
 * }
 * }</pre>
 */
@FunctionalInterface
public interface ShmSegmentCustomizer {

    /**
     * Called each time the segment is opened: once, and again if it ends and has a successor.
     *
     * @param name its name
     */
    void customize(String name, SharedMemory.Builder segment);
}
