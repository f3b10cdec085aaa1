package dev.shm.segment;

import dev.shm.error.SegmentAccessException;
import dev.shm.error.SegmentInUseException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Kernel locks on the files of one segment name.
 *
 * <p>The kernel gives a file lock back when its process ends, in whatever way, and only after the last thread of that process
 * has made its last store. That is the only proof of death used anywhere. It has one trap: closing <em>any</em> descriptor of
 * a locked file drops the lock, while the JVM goes on believing in it. So every file here is opened once, and whatever opens
 * one does so inside {@link #exclusively}, which no two attachments of one JVM enter together, not even from two class
 * loaders.
 */
final class FileLocks {

    private static final long RETRY_MILLIS = 2;

    private final SegmentDirectory directory;
    private final String name;
    private final Object monitor;

    FileLocks(SegmentDirectory directory, String name) {
        this.directory = directory;
        this.name = name;
        // An interned string is the same object for every class loader of a JVM, so it is a lock that they all share.
        this.monitor = ("dev.shm.FileLocks:" + directory.data(name)).intern();
    }

    /**
     * Runs an action that may open, lock and close files of this segment. Excludes the other attachments of this JVM only. The
     * action must not wait for a lock in the segment, since that lock's holder may be waiting to get in here.
     */
    <T extends @Nullable Object> T exclusively(Supplier<T> action) {
        // A file channel is closed when the thread that uses it is interrupted, and with it goes the lock.
        boolean interrupted = Thread.interrupted();
        try {
            synchronized (monitor) {
                return action.get();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Runs an action while this process alone decides what becomes of the name.
     *
     * @throws SegmentInUseException if another process has held the role lock for all of the time-out
     */
    <T extends @Nullable Object> T withRoleLock(Duration timeout, Supplier<T> action) {
        return exclusively(() -> {
            long deadline = System.nanoTime() + timeout.toNanos();
            try (HeldLock lock = acquireRoleLock(deadline, timeout)) {
                try {
                    return action.get();
                } finally {
                    if (directory.fileKey(name) == null) {
                        // There is no segment and nobody else can be deciding about it: the lock file need not stay
                        // either.
                        SegmentDirectory.deleteQuietly(directory.roleLock(name));
                    }
                }
            }
        });
    }

    private HeldLock acquireRoleLock(long deadline, Duration timeout) {
        Path file = directory.roleLock(name);
        for (; ; ) {
            try {
                directory.createLockFile(file);
                HeldLock lock = tryLock(file);
                if (lock != null) {
                    return lock;
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new SegmentInUseException(
                            "another process has been deciding about segment '" + name + "' for " + timeout.toMillis()
                                    + " ms: it holds " + file + ". Is it stopped, or creating a huge segment?");
                }
                Thread.sleep(RETRY_MILLIS);
            } catch (ClosedByInterruptException | InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SegmentAccessException("interrupted while waiting for " + file, e);
            } catch (IOException e) {
                throw new SegmentAccessException("cannot lock " + file + ": " + SegmentDirectory.reason(e), e);
            }
        }
    }

    /**
     * Locks the file of a free slot, making it if there is none. Call inside {@link #exclusively}.
     *
     * @return null if somebody holds it
     */
    @Nullable
    HeldLock lockFreeSlot(Path file) {
        try {
            directory.createLockFile(file);
            return tryLock(file);
        } catch (IOException e) {
            throw new SegmentAccessException("cannot lock " + file + ": " + SegmentDirectory.reason(e), e);
        }
    }

    /**
     * Locks the file of a slot that has an owner, other than an attachment of this JVM: success proves that the owner is dead.
     * A file that is missing proves nothing, so it is not made anew. Call inside {@link #exclusively}.
     *
     * @return null if the owner holds it, or nothing can be said
     */
    @Nullable
    HeldLock lockDeadSlot(Path file) {
        try {
            return tryLock(file);
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Whether the owner of a slot's file lives, or nothing can be said; for those who only look. The question is a shared lock on
     * a file that is open for reading only, given back at once: it changes nothing, and of several who ask at the same time each
     * gets the right answer. Not for a slot of this JVM. Call inside {@link #exclusively}.
     */
    boolean isHeld(Path file) {
        try (HeldLock lock = tryLock(file, true)) {
            return lock == null;
        } catch (IOException e) {
            return true;
        }
    }

    /**
     * Whether this JVM has the file open: then it must not be opened a second time, since closing it would drop the lock. Call
     * inside {@link #exclusively}.
     */
    static boolean isOpenHere(Path file) {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.anyMatch(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).equals(file);
                } catch (IOException e) {
                    return false;
                }
            });
        } catch (IOException e) {
            return true;
        }
    }

    private @Nullable HeldLock tryLock(Path file) throws IOException {
        return tryLock(file, false);
    }

    /**
     * Takes the lock only if the path still names the file that was opened: the lock of a removed file means nothing. The
     * path is looked at before and after, since an open channel cannot be asked for its inode and a second descriptor would
     * drop the lock.
     */
    private @Nullable HeldLock tryLock(Path file, boolean shared) throws IOException {
        Object before = key(file);
        FileChannel channel;
        try {
            channel = shared
                    ? FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)
                    : FileChannel.open(
                            file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
        HeldLock held = null;
        try {
            if (channel.tryLock(0, Long.MAX_VALUE, shared) != null && before != null && before.equals(key(file))) {
                held = new HeldLock(channel);
            }
            return held;
        } catch (OverlappingFileLockException e) {
            throw new IllegalStateException("a file of segment '" + name + "' is locked twice in one JVM", e);
        } finally {
            if (held == null) {
                channel.close();
            }
        }
    }

    private static @Nullable Object key(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** A lock that is held until it is closed, or this process ends. */
    static final class HeldLock implements AutoCloseable {

        private final FileChannel channel;

        private HeldLock(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                // The descriptor is gone whatever close says, and the lock with it.
            }
        }
    }
}
