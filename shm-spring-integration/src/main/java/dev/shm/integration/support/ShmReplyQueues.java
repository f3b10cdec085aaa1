package dev.shm.integration.support;

import dev.shm.ObjectInfo;
import dev.shm.PeerInfo;
import dev.shm.SharedMemory;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names of the queues on which gateways wait for replies. A name says whose it is, so that others remove it when that process has died:
 * {@code shm.reply.<slot>.<generation>.<number>}.
 */
public final class ShmReplyQueues {

    private static final String PREFIX = "shm.reply.";
    private static final Pattern NAME = Pattern.compile(Pattern.quote(PREFIX) + "(\\d+\\.-?\\d+)\\.\\d+");
    private static final AtomicLong NUMBERS = new AtomicLong();

    private ShmReplyQueues() {}

    /** A name that nobody has, for a queue of this process. */
    public static String newName(SharedMemory memory) {
        return PREFIX + owner(memory.self()) + "." + NUMBERS.incrementAndGet();
    }

    private static String owner(PeerInfo peer) {
        return peer.slot() + "." + peer.generation();
    }

    private static @Nullable String ownerOf(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? matcher.group(1) : null;
    }

    /** The reply queues that are there. */
    public static Set<String> names(SharedMemory memory) {
        Set<String> names = new HashSet<>();
        for (ObjectInfo object : memory.objects()) {
            if (!object.destroyed() && ownerOf(object.name()) != null) {
                names.add(object.name());
            }
        }
        return names;
    }

    /** Removes the reply queues of processes that are gone. What they take goes back when nobody has them open any more. */
    public static void removeOrphans(SharedMemory memory) {
        // In this order: whose queue is there has joined before, and is among the peers unless it is gone.
        Set<String> names = names(memory);
        if (names.isEmpty()) {
            return;
        }
        List<String> living = memory.peers().stream().map(ShmReplyQueues::owner).toList();
        for (String name : names) {
            if (!living.contains(ownerOf(name))) {
                memory.destroy(name);
            }
        }
    }
}
