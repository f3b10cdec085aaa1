package dev.shm.segment;

import dev.shm.error.InsufficientSpaceException;
import dev.shm.error.SegmentAccessException;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.error.SharedMemoryException;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The private directory that holds segments, and the files in it:
 *
 * <pre>
 *   NAME                 the segment
 *   NAME.lk              locked while somebody decides who creates, opens or removes NAME
 *   NAME.UUID8.sI        locked by the owner of slot I for as long as it lives
 *   NAME.UUID8.dI        doorbell of slot I, a Unix socket
 *   NAME.UUID.tmp        a segment that is not ready yet
 * </pre>
 *
 * A name never refers to an unfinished file, no file ever changes its size, and no inode is used twice.
 */
public final class SegmentDirectory {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
    private static final Set<String> REMOTE_STORES = Set.of(
            "nfs",
            "nfs4",
            "cifs",
            "smb",
            "smb2",
            "smb3",
            "smbfs",
            "9p",
            "afs",
            "ceph",
            "glusterfs",
            "fuse.glusterfs",
            "fuse.sshfs",
            "lustre",
            "gpfs",
            "beegfs");
    private static final int ZERO_CHUNK = 1 << 20;
    /** A Unix socket's path has at most this many bytes. */
    private static final int SOCKET_PATH_BYTES = 107;

    private static final int MAX_SOCKET_SUFFIX = ".12345678.d1023".length();

    private final Path path;
    private final FileAccess access;

    private SegmentDirectory(Path path, FileAccess access) {
        this.path = path;
        this.access = access;
    }

    /** {@code /dev/shm/shm-<uid>}. */
    public static Path defaultPath() {
        return Path.of("/dev/shm/shm-" + ProcessIdentity.uid());
    }

    /**
     * Checks a segment's name.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public static String checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a segment's name has 1 to 64 letters, digits, '-' and '_', and starts with a "
                            + "letter or digit: name='" + (name.length() > 80 ? name.substring(0, 80) + "…" : name)
                            + "'");
        }
        return name;
    }

    /** Names of the segments in a directory, in order; none if there is no directory. */
    public static List<String> names(Path path) {
        try {
            return openAsFound(path).names();
        } catch (SegmentNotFoundException e) {
            return List.of();
        }
    }

    /** Makes the directory if there is none, and refuses one that is not ours alone. */
    public static SegmentDirectory openOrCreate(Path path, FileAccess access) {
        try {
            checkGroup(path, access);
            Path parent = path.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            try {
                Files.createDirectory(path, access.directoryAttribute());
                if (access.group() != null) {
                    adoptGroup(path, access, true);
                }
            } catch (FileAlreadyExistsException e) {
                // Checked below like one that has long been there.
            }
            return open(path, access);
        } catch (IOException e) {
            throw new SegmentAccessException(
                    "the directory " + path + " cannot be used: " + reason(e) + ". Choose another with directory(...).",
                    e);
        }
    }

    /** As {@link #openOrCreate}, but never makes it. */
    public static SegmentDirectory open(Path path, FileAccess access) {
        try {
            PosixFileAttributes found =
                    Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (found.isSymbolicLink()) {
                throw new SegmentAccessException(
                        path + " is a symbolic link, which others could point elsewhere. Name the "
                                + "directory itself with directory(...).");
            }
            if (!found.isDirectory()) {
                throw new SegmentAccessException(
                        path + " is not a directory. Choose another with directory(...), or remove the file.");
            }
            checkOwner(path, found, access, "directory");
            FileStore store = Files.getFileStore(path);
            if (REMOTE_STORES.contains(store.type())) {
                throw new SegmentAccessException(path + " is on a " + store.type()
                        + " file system, which processes on other hosts could share. Choose one in memory, such as "
                        + defaultPath() + ".");
            }
            return new SegmentDirectory(path.toRealPath(), access);
        } catch (NoSuchFileException e) {
            throw new SegmentNotFoundException(
                    "there is no directory " + path
                            + ", so there is no segment in it. Start the process that creates one, or look into another directory.");
        } catch (IOException e) {
            throw new SegmentAccessException("the directory " + path + " cannot be used: " + reason(e), e);
        }
    }

    /**
     * Opens a directory for one who only looks: it may be shared with a group, whichever that is.
     *
     * @throws SegmentNotFoundException if there is none
     */
    static SegmentDirectory openAsFound(Path path) {
        FileAccess access = FileAccess.PRIVATE;
        try {
            PosixFileAttributes found =
                    Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!access.admits(found.permissions())) {
                access = new FileAccess(found.group().getName());
            }
        } catch (IOException e) {
            // Said better below.
        }
        return open(path, access);
    }

    private static void checkOwner(Path path, PosixFileAttributes found, FileAccess access, String what)
            throws IOException {
        int owner = (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        boolean groupMatches = access.group() != null && found.group().getName().equals(access.group());
        if (owner != ProcessIdentity.uid() && !groupMatches) {
            throw new SegmentAccessException("the " + what + " " + path + " belongs to user "
                    + found.owner().getName() + " (" + owner + "), this process runs as user "
                    + ProcessIdentity.uid() + ". Run both as one user, or choose another directory(...).");
        }
        if (!access.admits(found.permissions())) {
            throw new SegmentAccessException("the " + what + " " + path + " is open to others. Close it: chmod "
                    + (access.group() == null ? "go-rwx " : "o-rwx ") + path);
        }
    }

    /** Before anything is made, so that nothing is left behind. */
    private static void checkGroup(Path path, FileAccess access) throws IOException {
        if (access.group() == null) {
            return;
        }
        try {
            path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(access.group());
        } catch (UserPrincipalNotFoundException e) {
            throw new SegmentAccessException(
                    "there is no group '" + access.group() + "' on this host. Name one that there is with group(...).",
                    e);
        }
    }

    private static void adoptGroup(Path path, FileAccess access, boolean directory) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        GroupPrincipal group =
                path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(access.group());
        view.setGroup(group);
        // The process's umask may have taken the group's bits away.
        view.setPermissions(directory ? access.directoryPermissions() : access.filePermissions());
    }

    public Path path() {
        return path;
    }

    public Path data(String name) {
        return path.resolve(name);
    }

    Path roleLock(String name) {
        return path.resolve(name + ".lk");
    }

    Path slotLock(String name, UUID uuid, int slot) {
        return path.resolve(name + "." + shortForm(uuid) + ".s" + slot);
    }

    Path doorbell(String name, UUID uuid, int slot) {
        return path.resolve(name + "." + shortForm(uuid) + ".d" + slot);
    }

    private static String shortForm(UUID uuid) {
        return uuid.toString().substring(0, 8);
    }

    /** Refuses a directory whose path would leave no room for a doorbell's name. */
    static void checkSocketPath(Path directory, String name) {
        Path data = directory.toAbsolutePath().resolve(name);
        if (data.toString().getBytes(StandardCharsets.UTF_8).length + MAX_SOCKET_SUFFIX > SOCKET_PATH_BYTES) {
            throw new SegmentAccessException("the path " + data + " is too long: Unix sockets beside it may have "
                    + SOCKET_PATH_BYTES + " bytes, which leaves " + (SOCKET_PATH_BYTES - MAX_SOCKET_SUFFIX)
                    + " for directory and name together. Choose a shorter directory(...).");
        }
    }

    /** Names of the segments that are here, in order. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(path)) {
            files.filter(file -> NAME.matcher(file.getFileName().toString()).matches())
                    .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .forEach(file -> names.add(file.getFileName().toString()));
        } catch (IOException e) {
            throw new SegmentAccessException("the directory " + path + " cannot be listed: " + reason(e), e);
        }
        Collections.sort(names);
        return names;
    }

    /**
     * Opens the file of a segment that exists, or returns null if there is none.
     *
     * @throws SegmentAccessException if the file is a link, not ours, or not private
     */
    public @Nullable FileChannel openData(String name, boolean writable) {
        Path file = data(name);
        try {
            PosixFileAttributes found =
                    Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isRegularFile()) {
                throw new SegmentAccessException(
                        file + " is a " + (found.isSymbolicLink() ? "symbolic link" : "directory or device")
                                + ", not a segment. Remove it, or choose another name.");
            }
            checkOwner(file, found, access, "segment");
            return writable
                    ? FileChannel.open(
                            file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)
                    : FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new SegmentAccessException("the segment " + file + " cannot be opened: " + reason(e), e);
        }
    }

    /**
     * Makes a whole segment and then gives it its name. Caller holds the role lock.
     *
     * @param initialiser fills in the zeros before the segment has a name
     * @return the mapping, or null if the name was taken meanwhile
     * @throws InsufficientSpaceException if the file system has too little room; nothing is left behind
     */
    @Nullable
    MappedMemory create(String name, SegmentLayout layout, UUID uuid, Consumer<Memory> initialiser) {
        Path temporary = path.resolve(name + "." + uuid + ".tmp");
        long bytes = layout.segmentBytes();
        try {
            checkSpace(name, bytes);
            try (FileChannel file = FileChannel.open(
                    temporary,
                    Set.of(
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            LinkOption.NOFOLLOW_LINKS),
                    access.fileAttribute())) {
                shareWithGroup(temporary);
                preallocate(file, name, bytes);
                MappedMemory memory = MappedMemory.map(file, bytes);
                initialiser.accept(memory);
                Files.createLink(data(name), temporary);
                return memory;
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (FileAlreadyExistsException e) {
            return null;
        } catch (IOException e) {
            throw new SegmentAccessException("the segment " + data(name) + " cannot be created: " + reason(e), e);
        }
    }

    private void checkSpace(String name, long bytes) throws IOException {
        long usable = Files.getFileStore(path).getUsableSpace();
        if (usable < bytes) {
            throw tooLittleSpace(name, bytes, usable, null);
        }
    }

    /** Writes zeros, so that a full file system is an exception here and not a signal at some later store. */
    private void preallocate(FileChannel file, String name, long bytes) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZERO_CHUNK, bytes));
        try {
            for (long written = 0; written < bytes; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - written));
                written += file.write(zeros, written);
            }
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            throw tooLittleSpace(name, bytes, Files.getFileStore(path).getUsableSpace(), e);
        }
    }

    private InsufficientSpaceException tooLittleSpace(
            String name, long bytes, long usable, @Nullable IOException cause) {
        String message = "the segment '" + name + "' needs " + bytes + " bytes in " + path + ", where " + usable
                + " are free. Ask for less with size(...), or make room; a Docker container has 64 MB of /dev/shm unless it is "
                + "started with --shm-size, a Kubernetes pod unless it mounts an emptyDir with medium: Memory.";
        return cause == null
                ? new InsufficientSpaceException(message)
                : new InsufficientSpaceException(message + " (" + reason(cause) + ")", cause);
    }

    /** Lets the group use a file of ours that was made without attributes, if there is a group. */
    void shareWithGroup(Path file) throws IOException {
        if (access.group() != null) {
            adoptGroup(file, access, false);
        }
    }

    /** Makes a lock file if there is none. */
    void createLockFile(Path file) throws IOException {
        try {
            Files.createFile(file, access.fileAttribute());
            shareWithGroup(file);
        } catch (FileAlreadyExistsException e) {
            // Somebody else made it.
        }
    }

    /**
     * Removes the segment's name and every file that belongs to it or to a predecessor of that name, except the role lock,
     * which the caller holds.
     */
    public void remove(String name) {
        deleteQuietly(data(name));
        removeLeftovers(name, null);
    }

    /** Files that the owners of slots lock, of the segment of that name and of its predecessors. */
    List<Path> slotLocks(String name) {
        Pattern slotLock = Pattern.compile(Pattern.quote(name) + "\\.[0-9a-f]{8}\\.s[0-9]+");
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(file ->
                            slotLock.matcher(file.getFileName().toString()).matches())
                    .toList();
        } catch (IOException e) {
            throw new SegmentAccessException("the directory " + path + " cannot be listed: " + reason(e), e);
        }
    }

    /** Removes files of former segments of that name. Caller holds the role lock. */
    void removeLeftovers(String name, @Nullable UUID except) {
        String prefix = name + ".";
        String kept = except == null ? "" : prefix + shortForm(except) + ".";
        try (Stream<Path> files = Files.list(path)) {
            files.filter(file -> {
                        String text = file.getFileName().toString();
                        return text.startsWith(prefix)
                                && !text.endsWith(".lk")
                                && (kept.isEmpty() || !text.startsWith(kept));
                    })
                    .forEach(SegmentDirectory::deleteQuietly);
        } catch (IOException e) {
            throw new SharedMemoryException("the directory " + path + " cannot be listed: " + reason(e), e);
        }
    }

    static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // What cannot be removed now is removed by the next creator of that name.
        }
    }

    /** Identity of the file under the segment's name now, or null if there is none. */
    public @Nullable Object fileKey(String name) {
        try {
            return Files.readAttributes(data(name), PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** Size of the file under the segment's name now, or -1 if there is none. */
    public long fileBytes(String name) {
        try {
            return Files.readAttributes(data(name), PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .size();
        } catch (IOException e) {
            return -1;
        }
    }

    static String reason(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : e.getClass().getSimpleName() + ": " + message;
    }
}
