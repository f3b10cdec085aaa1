package dev.shm.torture;

import dev.shm.SharedMemory;
import dev.shm.collection.BellAccess;
import dev.shm.collection.DequeType;
import dev.shm.collection.SharedDeque;
import dev.shm.testing.ChildJvm;
import java.nio.file.Path;

/** Puts into a bounded deque, or takes from it; sleeps while it is full, or empty. Of two seats the first puts and the second takes. */
public final class WaitingTortureChild {

    static final String SEGMENT = "waiting-torture";
    static final String DEQUE = "deque";
    static final int SEATS = 4;
    static final DequeType<String> TYPE = SharedDeque.of(String.class).maxLength(4);

    private WaitingTortureChild() {}

    static boolean isTaker(int seat) {
        return seat % 2 == 1;
    }

    /** Arguments: directory of segments, log file, seat, whether it looks for itself while it sleeps. */
    public static void main(String[] arguments) {
        ChildJvm.dieWithParent();
        WaitingLog log = new WaitingLog(Path.of(arguments[1]));
        int seat = Integer.parseInt(arguments[2]);
        if (!Boolean.parseBoolean(arguments[3])) {
            BellAccess.trustRings();
        }
        try (SharedMemory memory = SharedMemory.named(SEGMENT)
                        .directory(Path.of(arguments[0]))
                        .application("seat-" + seat)
                        .open();
                SharedDeque<String> deque = memory.open(DEQUE, TYPE)) {
            log.run(() -> {
                try {
                    if (isTaker(seat)) {
                        long element = DequeTortureChild.parse(deque.take());
                        log.taken(DequeLog.seat(element), DequeLog.number(element));
                    } else {
                        deque.put(DequeTortureChild.text(seat, log.beginPut()));
                        log.endPut();
                    }
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }
}
