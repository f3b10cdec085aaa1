package dev.shm.torture;

import dev.shm.SharedMemory;
import dev.shm.collection.DequeType;
import dev.shm.collection.SharedDeque;
import dev.shm.testing.ChildJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Puts elements into a deque and takes some at random, and writes down each before and after, until it is killed. */
public final class DequeTortureChild {

    static final String SEGMENT = "deque-torture";
    static final String DEQUE = "deque";
    static final DequeType<String> TYPE = SharedDeque.of(String.class);

    private static final int MANY = 1_500;
    private static final int MOST_AT_ONCE = 90;

    private DequeTortureChild() {}

    /** A text that fits into a cell, needs a block, or pages of its own. */
    static String text(int seat, long number) {
        String one = seat + ":" + number + ";";
        return number % 40 == 7 ? one.repeat(600) : number % 3 == 0 ? one : one.repeat(8);
    }

    /** What {@link #text} made, as a log has it. */
    static long parse(String text) {
        int colon = text.indexOf(':');
        int seat = Integer.parseInt(text.substring(0, colon));
        long number = Long.parseLong(text.substring(colon + 1, text.indexOf(';')));
        if (!text.equals(text(seat, number))) {
            throw new IllegalStateException("no element was ever like this: " + text);
        }
        return DequeLog.element(seat, number);
    }

    /** Arguments: directory of segments, log file, seat, seed. */
    public static void main(String[] arguments) {
        ChildJvm.dieWithParent();
        DequeLog log = new DequeLog(Path.of(arguments[1]));
        int seat = Integer.parseInt(arguments[2]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[3]));
        try (SharedMemory memory = SharedMemory.named(SEGMENT)
                        .directory(Path.of(arguments[0]))
                        .application("seat-" + seat)
                        .open();
                SharedDeque<String> deque = memory.open(DEQUE, TYPE)) {
            log.run(() -> {
                if (random.nextInt(5) == 0) {
                    deque.rotate(random.nextInt(41) - 20);
                } else if (deque.size() < random.nextInt(MANY)) {
                    put(log, seat, random, deque);
                } else if (log.hasRoom(2 * MANY)) {
                    take(log, random, deque);
                }
            });
        }
    }

    private static void put(DequeLog log, int seat, SplittableRandom random, SharedDeque<String> deque) {
        long first = log.lastPut() + 1;
        int way = random.nextInt(6);
        int count = way < 3 ? 1 : 1 + random.nextInt(MOST_AT_ONCE);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(text(seat, first + i));
        }
        log.beginPut(first + count - 1);
        switch (way) {
            case 0 -> deque.addFirst(texts.get(0));
            case 1, 2 -> deque.add(texts.get(0));
            case 3 -> deque.addAllFirst(texts);
            default -> deque.addAll(texts);
        }
        log.endPut();
    }

    private static void take(DequeLog log, SplittableRandom random, SharedDeque<String> deque) {
        int way = random.nextInt(8);
        if (way < 4) {
            log.beginTake(DequeLog.UNKNOWN);
            String taken = way < 2 ? deque.poll() : deque.pollLast();
            if (taken != null) {
                log.note(parse(taken));
            }
        } else if (way == 4) {
            String last = deque.peekLast();
            log.beginTake(DequeLog.UNKNOWN);
            if (last != null && deque.removeLastOccurrence(last)) {
                log.note(parse(last));
            }
        } else if (way == 5) {
            long rest = random.nextInt(10);
            log.beginTake(DequeLog.KNOWN);
            deque.removeIf(text -> {
                long element = parse(text);
                boolean removed = DequeLog.number(element) % 10 == rest;
                if (removed) {
                    log.note(element);
                }
                return removed;
            });
        } else {
            log.beginTake(DequeLog.KNOWN);
            deque.drainTo(new Noting(log), 1 + random.nextInt(2 * MOST_AT_ONCE));
        }
        log.endTake();
    }

    /** Writes down what it is given, before the deque takes it out. */
    private static final class Noting extends ArrayList<String> {

        private static final long serialVersionUID = 1;

        private final transient DequeLog log;

        Noting(DequeLog log) {
            this.log = log;
        }

        @Override
        public boolean add(String text) {
            log.note(parse(text));
            return true;
        }
    }
}
