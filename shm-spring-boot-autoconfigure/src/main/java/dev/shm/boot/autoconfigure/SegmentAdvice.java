package dev.shm.boot.autoconfigure;

import dev.shm.error.HashSeedMismatchException;
import dev.shm.error.InsufficientSpaceException;
import dev.shm.error.SegmentAccessException;
import dev.shm.error.SegmentExistsException;
import dev.shm.error.SegmentFailedException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.SegmentInUseException;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.error.SegmentSizeMismatchException;
import dev.shm.error.SegmentTooNewException;
import dev.shm.error.SegmentTooOldException;
import dev.shm.error.SharedMemoryException;
import dev.shm.error.TooManyPeersException;
import dev.shm.error.UnsupportedPlatformException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What to do about a segment that cannot be opened, in the words of the configuration. */
final class SegmentAdvice {

    private static final String KEY = "{key}";
    private static final String NAME = "{name}";
    private static final String REMOVE = "java -jar shm-core-<version>-cli.jar rm " + NAME;

    private static final Map<Class<? extends SharedMemoryException>, String> ADVICE = new LinkedHashMap<>();

    static {
        ADVICE.put(
                SegmentInUseException.class,
                "A segment has one creator, or none and only peers. Stop the process that is named above, or give this one a role"
                        + " that goes with it:\n\n    " + KEY
                        + ".role: consumer    # the other one is the creator\n    " + KEY
                        + ".role: peer        # in all processes");
        ADVICE.put(
                HashSeedMismatchException.class,
                "Leave '" + KEY
                        + ".hash-seed' out to take the segment with the seed that it has. Or give all processes the same number,"
                        + " and stop all of them so that the segment is made anew.");
        ADVICE.put(
                InsufficientSpaceException.class,
                "Ask for less with '" + KEY
                        + ".size', or make room. See what there is with\n\n    df -h /dev/shm\n    java -jar"
                        + " shm-core-<version>-cli.jar ls\n\nA container has 64 MB of /dev/shm unless it is told otherwise:\n\n    docker run"
                        + " --shm-size=1g ...\n\nA Kubernetes pod mounts an emptyDir with 'medium: Memory' at /dev/shm. Another directory on"
                        + " a file system in memory will do too: 'shm.directory'.");
        ADVICE.put(
                SegmentTooOldException.class,
                "The segment was made by an older version of the library. Stop all processes that use it; then remove it, with\n\n    "
                        + REMOVE + " --force\n\nand start them again, all with the same version of dev.shm.");
        ADVICE.put(
                SegmentTooNewException.class,
                "The segment was made by a newer version of the library. Raise this application's version of dev.shm to that of the"
                        + " others. Or stop all processes that use it, and remove it with\n\n    " + REMOVE
                        + " --force");
        ADVICE.put(
                SegmentAccessException.class,
                "The directory and the files in it belong to the user of all processes, and to nobody else. Run them as one user, and"
                        + " let the directory be made by the first of them; or choose one of your own:\n\n    shm.directory:"
                        + " /dev/shm/<name>\n\nTo close one that is open to others:\n\n    chmod 700 <directory>\n\nTo share it with a group"
                        + " on purpose, give all processes '" + KEY + ".group: <group>'.");
        ADVICE.put(
                SegmentFormatException.class,
                "Whatever has that name is no segment, or a damaged one. Rename the entry; or, if nobody needs the file, remove it"
                        + " with\n\n    " + REMOVE + " --force");
        ADVICE.put(
                SegmentSizeMismatchException.class,
                "Give all processes the same '" + KEY
                        + ".size', or leave it out in those that only join. A segment that exists does not"
                        + " grow: for another size, stop all its processes.");
        ADVICE.put(
                SegmentNotFoundException.class,
                "Start the process whose role is 'creator'. If it needs longer, raise '" + KEY
                        + ".attach-timeout'. If no process is" + " to be the only creator, make them all alike:\n\n    "
                        + KEY + ".role: peer");
        ADVICE.put(
                SegmentExistsException.class,
                "A creator may replace what a dead one left, or go on with it:\n\n    " + KEY
                        + ".on-stale: recreate\n    " + KEY + ".on-stale: adopt\n\nTo remove it by hand:\n\n    "
                        + REMOVE);
        ADVICE.put(
                TooManyPeersException.class,
                "Stop a process that is attached; 'java -jar shm-core-<version>-cli.jar peers " + NAME
                        + "' lists them. For more of them," + " raise '" + KEY
                        + ".slots' in all processes, and stop all of them so that the segment is made anew.");
        ADVICE.put(
                UnsupportedPlatformException.class,
                "Run it on Linux, with /proc mounted; elsewhere, in a container or a virtual machine:\n\n    docker run --shm-size=1g"
                        + " ...\n\nTo start without shared memory here, leave '" + KEY + "' and its channels out.");
        ADVICE.put(
                SegmentFailedException.class,
                "Stop all processes that use the segment, remove it with\n\n    " + REMOVE
                        + " --force\n\nand start them again.");
    }

    private SegmentAdvice() {}

    /** What to do about it, for the segment with that key. */
    static String on(SharedMemoryException failure, String key) {
        for (Map.Entry<Class<? extends SharedMemoryException>, String> advice : ADVICE.entrySet()) {
            if (advice.getKey().isInstance(failure)) {
                String name = key.substring(key.lastIndexOf('.') + 1);
                return advice.getValue().replace(KEY, key).replace(NAME, name);
            }
        }
        return "See what is there with 'java -jar shm-core-<version>-cli.jar ls'.";
    }
}
