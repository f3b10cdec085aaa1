package dev.shm.benchmark.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Files that exist in memory before anything is measured. */
final class MappedFile {

    private static final int CHUNK = 1 << 20;

    private MappedFile() {}

    static MappedByteBuffer create(Path file, int bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK);
            for (long at = 0; at < bytes; ) {
                zeros.clear().limit((int) Math.min(CHUNK, bytes - at));
                at += channel.write(zeros, at);
            }
            return map(channel);
        }
    }

    static MappedByteBuffer open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return map(channel);
        }
    }

    private static MappedByteBuffer map(FileChannel channel) throws IOException {
        MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
        buffer.order(ByteOrder.nativeOrder());
        return buffer.load();
    }
}
