package dev.shm.torture;

import dev.shm.SharedMemory;
import dev.shm.collection.DequeType;
import dev.shm.collection.ListType;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.testing.ChildJvm;
import dev.shm.value.SharedLong;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Changes a list and a deque at random until it is killed. Elements come and go in twos, so an odd number of them is half of a change. The
 * first elements of the list are counters, one of each seat.
 */
public final class ListTortureChild {

    static final String SEGMENT = "list-torture";
    static final String LIST = "list";
    static final String DEQUE = "deque";
    static final int SEATS = 3;
    static final ListType<Object> LIST_TYPE = SharedList.of(Object.class);
    static final DequeType<String> DEQUE_TYPE = SharedDeque.of(String.class);

    private static final int MANY = 1_200;

    private ListTortureChild() {}

    static String done(int seat) {
        return "done by seat " + seat;
    }

    static String text(int number) {
        return ("<" + number + ">").repeat(new int[] {1, 3, 20, 900}[number % 4]);
    }

    /** Arguments: directory of segments, seat, seed. */
    public static void main(String[] arguments) {
        ChildJvm.dieWithParent();
        int seat = Integer.parseInt(arguments[1]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[2]));
        try (SharedMemory memory = SharedMemory.named(SEGMENT)
                        .directory(Path.of(arguments[0]))
                        .application("seat-" + seat)
                        .open();
                SharedLong done = memory.open(done(seat), SharedLong.type());
                SharedList<Object> list = memory.open(LIST, LIST_TYPE);
                SharedDeque<String> deque = memory.open(DEQUE, DEQUE_TYPE)) {
            for (; ; ) {
                list.updateAndGet(seat, count -> (long) count + 1);
                done.set(done.get() + 1);
                change(random, list);
                change(random, deque);
            }
        }
    }

    private static List<String> pair(SplittableRandom random) {
        return Collections.nCopies(2, text(random.nextInt(1_000)));
    }

    private static void change(SplittableRandom random, SharedList<Object> list) {
        int size = list.size();
        int index = SEATS + random.nextInt(Math.max(1, size - SEATS));
        try {
            switch (random.nextInt(9)) {
                case 0, 1 -> list.addAll(pair(random));
                case 2 -> list.addAll(index, pair(random));
                case 3 -> list.subList(index, index + 2).clear();
                case 4 -> list.set(index, text(random.nextInt(1_000)));
                case 5 -> list.swap(index, SEATS + random.nextInt(Math.max(1, size - SEATS)));
                case 6 -> list.subList(SEATS, size).sort(null);
                case 7 -> list.subList(index, size).replaceAll(element -> text(random.nextInt(1_000)));
                default -> {
                    if (size > MANY || random.nextInt(40) == 0) {
                        list.subList(SEATS, size - size % 2 + SEATS % 2).clear();
                    } else if (random.nextInt(10) == 0) {
                        list.addAll(Collections.nCopies(600, 7L + random.nextInt(5)));
                    }
                }
            }
        } catch (IndexOutOfBoundsException | ClassCastException e) {
            // Another was quicker, or there are numbers among texts: nothing has changed.
        }
    }

    private static void change(SplittableRandom random, SharedDeque<String> deque) {
        switch (random.nextInt(8)) {
            case 0 -> deque.addAll(pair(random));
            case 1 -> deque.addAllFirst(pair(random));
            case 2 -> deque.drainTo(new ArrayList<>(), 2);
            case 3 -> deque.rotate(random.nextInt(21) - 10);
            case 4 -> {
                if (deque.size() > MANY || random.nextInt(60) == 0) {
                    deque.clear();
                }
            }
            case 5 -> {
                List<String> many = new ArrayList<>();
                for (int i = random.nextInt(30); i > 0; i--) {
                    many.addAll(pair(random));
                }
                deque.addAll(many);
            }
            default -> deque.rotate(1);
        }
    }
}
