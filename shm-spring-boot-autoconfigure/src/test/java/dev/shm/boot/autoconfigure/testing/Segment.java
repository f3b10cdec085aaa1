package dev.shm.boot.autoconfigure.testing;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.actuate.Segments;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What tests of this module do with segments. */
public final class Segment {

    private Segment() {}

    /** A segment in a directory of the test's own. */
    public static SharedMemory.Builder in(Path directory, String name) {
        return SharedMemory.named(name)
                .directory(directory.resolve("segments"))
                .size(4 << 20)
                .application("test");
    }

    /** The segments of a manager, as the beans of an application see them. */
    public static Segments of(SharedMemoryManager manager) {
        StaticListableBeanFactory beans = new StaticListableBeanFactory();
        beans.addBean("manager", manager);
        return new Segments(beans.getBeanProvider(SharedMemoryManager.class));
    }

    /** Truncates the file, as somebody might who does not know what it is. */
    public static void truncate(SharedMemory memory) {
        try (RandomAccessFile file = new RandomAccessFile(memory.path().toFile(), "rw")) {
            file.setLength(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Overwrites all of a heap with the same byte, as no process of ours would. */
    public static void damage(SharedMemory memory) {
        long tables = memory.heapMap().tableBytes();
        try (RandomAccessFile file = new RandomAccessFile(memory.path().toFile(), "rw")) {
            byte[] garbage = new byte[1 << 16];
            Arrays.fill(garbage, (byte) 0x5A);
            file.seek(tables);
            for (long at = tables; at + garbage.length <= memory.size(); at += garbage.length) {
                file.write(garbage);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An application's manager. */
    @Configuration(proxyBeanMethods = false)
    public static class ManagerConfiguration {

        @Bean
        SharedMemoryManager manager() {
            return SharedMemoryManager.start();
        }
    }
}
