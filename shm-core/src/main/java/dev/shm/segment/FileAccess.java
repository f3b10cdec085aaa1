package dev.shm.segment;

import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may use a directory of segments: this user alone, or a group as well. Never everybody.
 *
 * @param group name of the group, or null for this user alone
 */
public record FileAccess(@Nullable String group) {

    private static final Set<PosixFilePermission> OTHERS = Set.of(
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE);
    private static final Set<PosixFilePermission> GROUP =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_EXECUTE);

    /** Directory 0700, files 0600. */
    public static final FileAccess PRIVATE = new FileAccess(null);

    Set<PosixFilePermission> directoryPermissions() {
        return PosixFilePermissions.fromString(group == null ? "rwx------" : "rwxrwx---");
    }

    Set<PosixFilePermission> filePermissions() {
        return PosixFilePermissions.fromString(group == null ? "rw-------" : "rw-rw----");
    }

    FileAttribute<Set<PosixFilePermission>> directoryAttribute() {
        return PosixFilePermissions.asFileAttribute(directoryPermissions());
    }

    FileAttribute<Set<PosixFilePermission>> fileAttribute() {
        return PosixFilePermissions.asFileAttribute(filePermissions());
    }

    /** Whether the permissions found let in nobody beyond those meant. */
    boolean admits(Set<PosixFilePermission> found) {
        return found.stream().noneMatch(p -> OTHERS.contains(p) || (group == null && GROUP.contains(p)));
    }
}
