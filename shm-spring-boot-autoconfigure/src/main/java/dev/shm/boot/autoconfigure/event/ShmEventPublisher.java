package dev.shm.boot.autoconfigure.event;

import dev.shm.ObjectFigures;
import dev.shm.PeerInfo;
import dev.shm.SegmentListener;
import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.actuate.ChannelFigures;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Tells the application what managers hear. As a post-processor it meets each manager before anything is opened with it, also when
 * beans are lazy, and so misses nothing. The housekeeping thread only puts events into a queue; a thread of this class takes them out,
 * and looks for dead letters once a second.
 */
final class ShmEventPublisher
        implements BeanPostProcessor, ApplicationListener<ApplicationContextEvent>, DisposableBean {

    private static final Log logger = LogFactory.getLog(ShmEventPublisher.class);
    private static final int MOST_WAITING = 10_000;

    private final ApplicationContext context;
    private final Duration interval;
    private final CountDownLatch started = new CountDownLatch(1);
    private final List<SharedMemoryManager> managers = new CopyOnWriteArrayList<>();
    private final ScheduledThreadPoolExecutor worker;
    private volatile @Nullable Thread thread;
    private volatile boolean closed;

    /** Dead letters of each segment as they were last seen. Only the worker's. */
    private final Map<SharedMemory, Map<Queue, Long>> seen = new HashMap<>();

    /** One that is created anew under the same name is another. */
    private record Queue(String name, Instant created) {}

    ShmEventPublisher(ApplicationContext context, Duration interval) {
        this.context = context;
        this.interval = interval;
        this.worker = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "shm-events");
            made.setDaemon(true);
            thread = made;
            return made;
        });
    }

    // ------------------------------------------------------------------------------------------ hearing

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // The task reports what it throws, and ends with the worker.
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof SharedMemoryManager manager && !managers.contains(manager)) {
            if (managers.isEmpty()) {
                worker.execute(this::awaitStart);
                worker.scheduleWithFixedDelay(this::lookForDeadLetters, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
            }
            managers.add(manager);
            manager.addListener(listener);
        }
        return bean;
    }

    private final SegmentListener listener = new SegmentListener() {
        @Override
        public void peerJoined(SharedMemory memory, PeerInfo peer) {
            hand(new ShmPeerJoinedEvent(memory, peer));
        }

        @Override
        public void peerLeft(SharedMemory memory, PeerInfo peer) {
            hand(new ShmPeerLeftEvent(memory, peer));
        }

        @Override
        public void peerDied(SharedMemory memory, PeerInfo peer) {
            hand(new ShmPeerDiedEvent(memory, peer));
        }

        @Override
        public void creatorLost(SharedMemory memory) {
            hand(new ShmCreatorLostEvent(memory));
        }

        @Override
        public void ended(SharedMemory memory, RuntimeException reason) {
            hand(new ShmSegmentEndedEvent(memory, reason));
        }
    };

    private void hand(ShmEvent event) {
        if (worker.getQueue().size() >= MOST_WAITING) {
            logger.warn("A listener of events of shared memory does not return, so this one is dropped: " + event);
            return;
        }
        try {
            worker.execute(() -> publish(event));
        } catch (RejectedExecutionException e) {
            // The application is closing.
        }
    }

    // ------------------------------------------------------------------------------------------ telling

    /** Listeners are not all there before the context is. */
    @Override
    public void onApplicationEvent(ApplicationContextEvent event) {
        if (event.getApplicationContext() != context) {
            return;
        }
        if (event instanceof ContextRefreshedEvent) {
            started.countDown();
        } else if (event instanceof ContextClosedEvent) {
            closed = true;
        }
    }

    private void awaitStart() {
        try {
            started.await();
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    private void publish(ShmEvent event) {
        if (closed) {
            return;
        }
        try {
            context.publishEvent(event);
        } catch (RuntimeException | Error e) {
            if (!closed) {
                logger.error("A listener of events of shared memory has failed on " + event, e);
            }
        }
    }

    @Override
    public void destroy() {
        closed = true;
        managers.forEach(manager -> manager.removeListener(listener));
        worker.shutdownNow();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            // A listener may be at work, with beans that are about to be destroyed.
            if (!worker.awaitTermination(1, TimeUnit.SECONDS)) {
                logger.warn(
                        "A listener of events of shared memory does not return; the application closes nevertheless.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ------------------------------------------------------------------------------------------ dead letters

    private void lookForDeadLetters() {
        if (closed) {
            return;
        }
        try {
            List<SharedMemory> open = managers.stream()
                    .flatMap(manager -> manager.segments().stream())
                    .toList();
            seen.keySet().retainAll(open);
            open.forEach(this::lookForDeadLetters);
        } catch (RuntimeException | Error e) {
            // It must not end the looking.
            logger.debug("Looking for dead letters has failed", e);
        }
    }

    private void lookForDeadLetters(SharedMemory memory) {
        List<ObjectFigures> figures;
        try {
            figures = memory.counters();
        } catch (RuntimeException | InternalError e) {
            // It ends just now, which is told in another way.
            return;
        }
        boolean first = !seen.containsKey(memory);
        Map<Queue, Long> before = seen.getOrDefault(memory, Map.of());
        Map<Queue, Long> now = new HashMap<>();
        for (ObjectFigures described : figures) {
            Queue queue =
                    new Queue(described.object().name(), described.object().created());
            Long buried = ChannelFigures.DEAD_LETTERED.in(described);
            Long known = before.get(queue);
            if (buried == null) {
                // It is no queue, or it cannot be read now.
                if (known != null) {
                    now.put(queue, known);
                }
                continue;
            }
            now.put(queue, buried);
            long count = first ? 0 : buried - (known == null ? 0 : known);
            if (count > 0) {
                publish(new ShmDeadLetterEvent(memory, queue.name(), count, buried));
            }
        }
        seen.put(memory, now);
    }
}
