package dev.shm.benchmark;

import dev.shm.heap.Heap;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.SegmentHeader;
import dev.shm.segment.SegmentLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** A real mapped segment without processes: a header, a heap and one attachment for each slot that somebody names. */
final class BenchmarkSegment {

    private static final int SLOTS = 8;
    private static final int CHUNK = 1 << 20;

    private final Memory memory;
    private final SegmentLayout layout;

    private BenchmarkSegment(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    /** A segment whose file has no name any more when this returns: however this JVM ends, nothing is left behind. */
    static BenchmarkSegment unnamed(long bytes) {
        try {
            Path directory = newDirectory();
            Path file = directory.resolve("segment");
            try {
                return create(file, bytes);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new directory in shared memory; the caller removes it. */
    static Path newDirectory() throws IOException {
        Path shared = Path.of("/dev/shm");
        return Files.isDirectory(shared)
                ? Files.createTempDirectory(shared, "shm-benchmark-")
                : Files.createTempDirectory("shm-benchmark-");
    }

    static BenchmarkSegment create(Path file, long bytes) throws IOException {
        SegmentLayout layout = SegmentLayout.of(bytes, SLOTS);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK);
            for (long at = 0; at < bytes; ) {
                zeros.clear().limit((int) Math.min(CHUNK, bytes - at));
                at += channel.write(zeros, at);
            }
            Memory memory = MappedMemory.map(channel, bytes);
            Heap.initialise(memory, layout);
            SegmentHeader.write(memory, layout, UUID.randomUUID(), 0, 0, System.currentTimeMillis());
            return new BenchmarkSegment(memory, layout);
        }
    }

    static BenchmarkSegment open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            SegmentLayout layout = SegmentHeader.check(channel, file);
            return new BenchmarkSegment(MappedMemory.map(channel, layout.segmentBytes()), layout);
        }
    }

    /** The heap as the process in that slot uses it. */
    Heap heap(int slot) {
        return new Heap(new Attachment(memory, layout, "benchmark", slot, 1), () -> false);
    }

    Memory memory() {
        return memory;
    }

    SegmentLayout layout() {
        return layout;
    }
}
