package dev.shm.torture;

import dev.shm.SharedMemory;
import dev.shm.collection.SetType;
import dev.shm.collection.SharedSet;
import dev.shm.testing.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Adds and removes elements of a set at random, and writes down each before and after, until it is killed. */
public final class SetTortureChild {

    static final String SEGMENT = "set-torture";
    static final String SET = "set";
    static final SetType<Object> TYPE = SharedSet.of(Object.class);

    private SetTortureChild() {}

    /** One that nobody else touches. */
    static Object own(int seat, int number) {
        return element(seat + "/" + number, number);
    }

    /** One that everybody adds and removes. */
    static Object contended(int number) {
        return element("contended " + number, number);
    }

    /** A word, one in two words, a block, pages of its own, or a collection. */
    private static Object element(String name, int number) {
        return switch (number % 6) {
            case 0, 1 -> name;
            case 2 -> name.repeat(5);
            case 3 -> name.repeat(800);
            case 4 -> Set.of(name, "in a set");
            default -> List.of(name, (long) number);
        };
    }

    /** Arguments: directory of segments, log file, seat, seed. */
    public static void main(String[] arguments) {
        ChildJvm.dieWithParent();
        SetLog log = new SetLog(Path.of(arguments[1]));
        int seat = Integer.parseInt(arguments[2]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[3]));
        try (SharedMemory memory = SharedMemory.named(SEGMENT)
                        .directory(Path.of(arguments[0]))
                        .application("seat-" + seat)
                        .open();
                SharedSet<Object> set = memory.open(SET, TYPE)) {
            log.run(() -> work(log, seat, random, set));
        }
    }

    private static void work(SetLog log, int seat, SplittableRandom random, SharedSet<Object> set) {
        boolean adding = random.nextBoolean();
        if (random.nextInt(3) == 0) {
            int number = random.nextInt(SetLog.CONTENDED);
            log.beginContended(number, adding);
            Object element = contended(number);
            log.endContended(number, adding ? set.add(element) : set.remove(element));
            return;
        }
        int number = random.nextInt(SetLog.OWN);
        Object element = own(seat, number);
        log.begin(number, adding);
        boolean changed;
        if (adding) {
            changed = set.add(element);
        } else if (number % 50 == 0) {
            changed = set.removeIf(element::equals);
        } else {
            changed = set.remove(element);
        }
        if (changed == (log.isPresent(number) == adding)) {
            throw new IllegalStateException((adding ? "adding " : "removing ") + element + " says " + changed
                    + " although it " + (log.isPresent(number) ? "was" : "was not") + " there");
        }
        log.end(number, adding);
    }
}
