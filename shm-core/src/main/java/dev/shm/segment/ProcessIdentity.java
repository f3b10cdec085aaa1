package dev.shm.segment;

import dev.shm.error.UnsupportedPlatformException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What tells this process from every other on the host, dead ones and those of other containers included.
 *
 * @param pid process id in its own namespace
 * @param namespace inode of the PID namespace
 * @param startTicks start time in clock ticks after boot
 * @param bootId hash of the kernel's boot id
 */
public record ProcessIdentity(long pid, long namespace, long startTicks, long bootId) {

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final int START_TIME_FIELD = 22;

    private static final class Current {
        static final ProcessIdentity IDENTITY = read();
    }

    /**
     * The identity of this JVM.
     *
     * @throws UnsupportedPlatformException where there is no Linux {@code /proc}
     */
    public static ProcessIdentity current() {
        return Current.IDENTITY;
    }

    /**
     * The user that this process runs as.
     *
     * @throws UnsupportedPlatformException where there is no Linux {@code /proc}
     */
    public static int uid() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            throw unsupported(e);
        }
    }

    private static ProcessIdentity read() {
        try {
            String namespace =
                    Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
            long inode = Long.parseLong(namespace.substring(namespace.indexOf('[') + 1, namespace.indexOf(']')));
            String bootId = Files.readString(BOOT_ID, StandardCharsets.US_ASCII).strip();
            return new ProcessIdentity(ProcessHandle.current().pid(), inode, readStartTicks(), hash(bootId));
        } catch (IOException | RuntimeException e) {
            throw unsupported(e);
        }
    }

    private static long readStartTicks() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
        // The second field is the command in parentheses and may hold anything, parentheses and spaces too.
        String[] afterCommand = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(afterCommand[START_TIME_FIELD - 3]);
    }

    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    private static UnsupportedPlatformException unsupported(Exception cause) {
        return new UnsupportedPlatformException(
                "shared memory needs Linux with /proc mounted; this is " + System.getProperty("os.name") + ": " + cause,
                cause);
    }
}
