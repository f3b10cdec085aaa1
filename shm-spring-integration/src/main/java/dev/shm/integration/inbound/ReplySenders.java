package dev.shm.integration.inbound;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.error.SharedMemoryException;
import dev.shm.integration.support.ShmReplyQueues;
import dev.shm.queue.SendOptions;
import dev.shm.queue.SharedQueue;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;

/** The queues of those who have asked, kept open for their next requests. Any thread may use it. */
final class ReplySenders {

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, SharedQueue<Message<?>>> open = new HashMap<>();
    private Codec<Message<?>> codec;
    private @Nullable SharedMemory of;

    ReplySenders(Codec<Message<?>> codec) {
        this.codec = codec;
    }

    void setCodec(Codec<Message<?>> replyCodec) {
        this.codec = replyCodec;
    }

    /**
     * Sends a reply.
     *
     * @return null, or why it was not sent
     */
    @Nullable
    String send(SharedMemory memory, String name, Message<?> reply, long millis) {
        SharedQueue<Message<?>> queue = queue(memory, name);
        if (queue == null) {
            return "who asked is gone";
        }
        try {
            boolean sent = queue.offer(reply, SendOptions.NONE, Duration.ofMillis(Math.max(0, millis)));
            return sent
                    ? null
                    : "who asked has taken none of its replies for " + millis + " ms, and there is no room for another";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the thread was interrupted while it waited for room";
        }
    }

    private @Nullable SharedQueue<Message<?>> queue(SharedMemory memory, String name) {
        lock.lock();
        try {
            if (of != memory) {
                closeAll();
                of = memory;
            }
            SharedQueue<Message<?>> known = open.get(name);
            if (known != null && known.isOpen()) {
                return known;
            }
            // It is the one who asks that makes it: what is not there any more is not to be made again.
            Optional<SharedQueue<Message<?>>> found = memory.find(name, SharedQueue.of(codec));
            closeEnded(memory);
            found.ifPresent(queue -> open.put(name, queue));
            return found.orElse(null);
        } finally {
            lock.unlock();
        }
    }

    /** Removes the queues of processes that are gone, and lets go of those that are closed. */
    void removeOrphans(SharedMemory memory) {
        try {
            ShmReplyQueues.removeOrphans(memory);
            lock.lock();
            try {
                if (of == memory) {
                    closeEnded(memory);
                }
            } finally {
                lock.unlock();
            }
        } catch (SharedMemoryException e) {
            // The segment has ended, and with it all that was in it.
        }
    }

    private void closeEnded(SharedMemory memory) {
        if (open.isEmpty()) {
            return;
        }
        Set<String> there = ShmReplyQueues.names(memory);
        open.entrySet().removeIf(entry -> {
            boolean ended = !there.contains(entry.getKey());
            if (ended) {
                entry.getValue().close();
            }
            return ended;
        });
    }

    private void closeAll() {
        open.values().forEach(SharedQueue::close);
        open.clear();
    }

    void close() {
        lock.lock();
        try {
            closeAll();
            of = null;
        } finally {
            lock.unlock();
        }
    }
}
