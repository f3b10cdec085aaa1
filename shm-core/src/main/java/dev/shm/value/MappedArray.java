package dev.shm.value;

import dev.shm.codec.ElementType;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An array of numbers over a file, or over memory that has no name, which holds the elements and nothing else: a program of any language
 * can map it. Elements are little-endian, row by row.
 *
 * <p>Any thread may use it, and any number of processes may map the same file; what one writes the others see. No lock and no owner: several
 * elements at once are not guarded against each other. A process that is killed leaves each element before or after its call, and what
 * was written stays in the file. For a table that nobody should change take {@link #openReadOnly}.
 *
 * <p>Nobody may truncate the file while it is mapped: then touching what is gone raises {@link dev.shm.error.SegmentFailedException}, and
 * through a buffer {@link InternalError}; the JVM goes on. Closed by whoever opened it; the mapping itself goes when the last buffer and view
 * of it is garbage, so late access through a buffer is safe, and through a view it is {@link dev.shm.error.SegmentClosedException}.
 */
public final class MappedArray implements ElementArray, AutoCloseable {

    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int ZEROS = 1 << 20;
    /**
     * A lock on a file keeps out other processes, and within this one is an error: so it is taken one at a time. And it is gone as soon as
     * this process closes any channel of the file: so all are opened and closed under this one.
     */
    static final Object RESIZING = new Object();

    private final Path path;
    private final ElementType type;
    private final boolean readOnly;
    /** What is on the file system that the bytes are taken from. */
    private final Path place;
    /** Keeps memory without a name alive. */
    private final @Nullable FileChannel keptOpen;

    private final ArrayStore.Switch closing;

    private volatile ArrayView view;

    private MappedArray(
            Path path,
            ElementType type,
            boolean readOnly,
            Path place,
            @Nullable FileChannel keptOpen,
            ArrayStore.Switch closing,
            ArrayView view) {
        this.path = path;
        this.type = type;
        this.readOnly = readOnly;
        this.place = place;
        this.keptOpen = keptOpen;
        this.closing = closing;
        this.view = view;
    }

    /**
     * Creates a file with zeros, readable and writable by this user alone. It appears under its name when all of it is there, and its space
     * is taken from the disk at once, so that no access can fail later.
     *
     * @throws java.nio.file.FileAlreadyExistsException if there is such a file
     * @throws IOException if there is no room, or the file system has no hard links
     */
    public static MappedArray create(Path file, ElementType type, long... shape) throws IOException {
        long bytes = bytes(type, shape);
        Path unfinished = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(unfinished, forCreation(), PRIVATE)) {
                writeZeros(channel, 0, bytes, unfinished);
            }
            Files.createLink(file, unfinished);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        return open(file, type, shape);
    }

    /**
     * Creates an array of zeros in memory that has no name, and is gone when the last process that maps it has ended. Another process of
     * this user opens it by its {@link #path}, for as long as this one has it open.
     */
    public static MappedArray anonymous(ElementType type, long... shape) throws IOException {
        long bytes = bytes(type, shape);
        Path directory =
                Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
        String name = "shm-array-" + UUID.randomUUID();
        // On Linux the name is taken away as soon as the file is open.
        Set<OpenOption> options = Set.of(
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        FileChannel channel = FileChannel.open(directory.resolve(name), options, PRIVATE);
        boolean opened = false;
        try {
            writeZeros(channel, 0, bytes, directory);
            Path path = descriptor(name);
            ArrayStore.Switch closing = new ArrayStore.Switch();
            ArrayView view = map(channel, path, type, false, closing, shape);
            opened = true;
            return new MappedArray(path, type, false, directory, channel, closing, view);
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    /** Where other processes find a file of this one that has no name. */
    private static Path descriptor(String name) throws IOException {
        try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                if (refersTo(descriptor, name)) {
                    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor.getFileName());
                }
            }
        }
        throw new IOException("the open file " + name + " is not in " + DESCRIPTORS + ". Is /proc mounted?");
    }

    private static boolean refersTo(Path descriptor, String name) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains(name);
        } catch (NoSuchFileException e) {
            // Another thread has closed it.
            return false;
        }
    }

    /**
     * Opens a file for reading and writing.
     *
     * @param shape its shape; if there is none, the array has one dimension and as many elements as the file
     * @throws NoSuchFileException if there is none
     * @throws IllegalArgumentException if the file does not have as many bytes as that makes
     */
    public static MappedArray open(Path file, ElementType type, long... shape) throws IOException {
        return open(file, type, false, shape);
    }

    /** As {@link #open}, for reading only: then every change raises {@link UnsupportedOperationException}. */
    public static MappedArray openReadOnly(Path file, ElementType type, long... shape) throws IOException {
        return open(file, type, true, shape);
    }

    private static MappedArray open(Path file, ElementType type, boolean readOnly, long[] shape) throws IOException {
        synchronized (RESIZING) {
            return openAlone(file, type, readOnly, shape);
        }
    }

    private static MappedArray openAlone(Path file, ElementType type, boolean readOnly, long[] shape)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, writeUnless(readOnly))) {
            long size = channel.size();
            if ((size & type.bytes() - 1) != 0) {
                throw new IllegalArgumentException("the file " + file + " has " + size
                        + " bytes, which is no whole number of elements of " + type + ". Is it of another type?");
            }
            long[] found = shape.length == 0 ? new long[] {size >>> type.shift()} : shape;
            if (bytes(type, found) != size) {
                throw new IllegalArgumentException("the file " + file + " has " + size + " bytes, and an array of "
                        + ArrayView.describe(type, found) + " has " + bytes(type, found) + ". Give the shape it has.");
            }
            ArrayStore.Switch closing = new ArrayStore.Switch();
            return new MappedArray(
                    file, type, readOnly, file, null, closing, map(channel, file, type, readOnly, closing, found));
        }
    }

    private static ArrayView map(
            FileChannel channel,
            Path file,
            ElementType type,
            boolean readOnly,
            ArrayStore.Switch closing,
            long... shape)
            throws IOException {
        long bytes = bytes(type, shape);
        List<Strip> parts = new ArrayList<>();
        if (bytes == 0) {
            parts.add(MappedMemory.of(ByteBuffer.allocateDirect(0)).strip(0, 0));
        } else {
            Memory memory = readOnly ? MappedMemory.mapReadOnly(channel, bytes) : MappedMemory.map(channel, bytes);
            for (long from = 0; from < bytes; from += Memory.WINDOW_BYTES) {
                parts.add(memory.strip(from, (int) Math.min(Memory.WINDOW_BYTES, bytes - from)));
            }
        }
        ArrayStore store = new ArrayStore(
                type, parts, Memory.WINDOW_BYTES >>> type.shift(), null, readOnly, closing, "the array in " + file);
        return ArrayView.whole(store, shape);
    }

    private static long bytes(ElementType type, long[] shape) {
        if (shape.length == 0) {
            throw new IllegalArgumentException("an array has at least one dimension");
        }
        long bytes = type.bytes();
        try {
            for (long dimension : shape) {
                if (dimension < 0) {
                    throw new IllegalArgumentException("a dimension is negative: " + Arrays.toString(shape));
                }
                bytes = Math.multiplyExact(bytes, dimension);
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("there is no room for " + ArrayView.describe(type, shape), e);
        }
        return bytes;
    }

    private static Set<OpenOption> forCreation() {
        return Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /**
     * By writing, so that a full disk is an exception now and not an error when the memory is touched.
     *
     * @param place something on the file system of the channel's file. What has no room there is not begun: it would fill the disk first
     */
    private static void writeZeros(FileChannel channel, long from, long to, Path place) throws IOException {
        long usable = Files.getFileStore(place).getUsableSpace();
        if (to - from > usable) {
            throw new IOException("the array needs " + (to - from) + " more bytes than there are in its file, and "
                    + usable + " are free where " + place
                    + " is. Ask for a smaller one, or make room. Nothing was changed.");
        }
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, Math.max(1, to - from)));
        for (long at = from; at < to; ) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), to - at));
            at += channel.write(zeros, at);
        }
    }

    // ------------------------------------------------------------------------------------------ resizing

    /**
     * Makes it longer: the first dimension becomes so large, and what is new is zeros. Other processes have the length that they had,
     * until they {@link #refresh}. Views and buffers that were taken before stay good, and show the first elements.
     *
     * @throws IllegalArgumentException if that is less than it has: memory that others map cannot be taken away from them. Copy what is to
     *     be kept into another file
     * @throws IOException if there is no room
     */
    public void resize(long first) throws IOException {
        ArrayView before = view;
        before.store().checkWritable();
        long[] shape = before.shape();
        shape[0] = first;
        synchronized (RESIZING) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                FileLock lock = channel.lock();
                try {
                    resize(channel, shape);
                } finally {
                    lock.release();
                }
            }
        }
    }

    private void resize(FileChannel channel, long[] shape) throws IOException {
        long bytes = bytes(type, shape);
        long size = channel.size();
        if (bytes < size) {
            throw new IllegalArgumentException("the array in " + path + " has " + size + " bytes, and "
                    + ArrayView.describe(type, shape) + " would have " + bytes
                    + ". It cannot become shorter while others map it: copy what is to be kept into another file.");
        }
        writeZeros(channel, size, bytes, place);
        remap(channel, shape);
    }

    /** Looks how long the file is now that others may have resized; returns whether it is longer than it was. */
    public boolean refresh() throws IOException {
        ArrayView before = view;
        before.store().check();
        long[] shape = before.shape();
        long below = 1;
        for (int i = 1; i < shape.length; i++) {
            below *= shape[i];
        }
        synchronized (RESIZING) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, writeUnless(readOnly))) {
                FileLock lock = channel.lock(0, Long.MAX_VALUE, true);
                try {
                    return refresh(channel, shape, below);
                } finally {
                    lock.release();
                }
            }
        }
    }

    /** While nobody resizes it. Other programs may have it end in the middle of a row. */
    private boolean refresh(FileChannel channel, long[] shape, long below) throws IOException {
        long rows = below == 0 ? shape[0] : (channel.size() >>> type.shift()) / below;
        if (rows <= shape[0]) {
            return false;
        }
        shape[0] = rows;
        remap(channel, shape);
        return true;
    }

    private static OpenOption writeUnless(boolean readOnly) {
        return readOnly ? StandardOpenOption.READ : StandardOpenOption.WRITE;
    }

    private void remap(FileChannel channel, long[] shape) throws IOException {
        view = map(channel, path, type, readOnly, closing, shape);
    }

    // ------------------------------------------------------------------------------------------- the rest

    @Override
    public ArrayView view() {
        return view;
    }

    /** Where it is: the file, or by what other processes open memory that has no name. */
    public Path path() {
        return path;
    }

    /** Whether it was opened for reading only. */
    public boolean isReadOnly() {
        return readOnly;
    }

    /** Whether it can be used. */
    public boolean isOpen() {
        return view.store().isOpen();
    }

    /** Has its methods throw from now on. The file stays; memory without a name goes with the last who maps it. */
    @Override
    public void close() {
        closing.turnOff();
        if (keptOpen != null) {
            synchronized (RESIZING) {
                try {
                    keptOpen.close();
                } catch (IOException e) {
                    // It has no name and nothing to be written: there is nothing that the caller could do.
                }
            }
        }
    }

    /** Its type and shape. */
    @Override
    public String toString() {
        return view.toString();
    }
}
