package dev.shm.collection;

import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.testing.TestDirectory;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestSuite;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/** What Guava's suites need: objects in one mapping that are filled in another. */
final class Suites implements AutoCloseable {

    record Point(int x, int y) {}

    private final TestDirectory directory = TestDirectory.create();
    private final SharedMemory mine = attach();
    private final SharedMemory theirs = attach();
    private int created;

    private SharedMemory attach() {
        return SharedMemory.named("collections")
                .directory(directory.path())
                .size(16 << 20)
                .openOrCreate();
    }

    SharedMemory mine() {
        return mine;
    }

    SharedMemory theirs() {
        return theirs;
    }

    @Override
    public void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    static Object any(int i) {
        return List.<Object>of("text", 1L, new BigDecimal("1.50"), ZoneId.of("Europe/Vienna"), DayOfWeek.FRIDAY)
                .get(i);
    }

    static DynamicNode node(Test test) {
        if (test instanceof TestSuite suite) {
            return DynamicContainer.dynamicContainer(
                    suite.getName(), Collections.list(suite.tests()).stream().map(Suites::node));
        }
        TestCase one = (TestCase) test;
        return DynamicTest.dynamicTest(one.getName(), one::runBare);
    }

    /** Makes objects, and destroys them. */
    final class Made<T extends SharedObject> {

        private final ArrayDeque<T> open = new ArrayDeque<>();

        T make(SharedType<T> type) {
            // Some tests make thousands, and look at the last.
            destroyAllBut(3);
            T made = theirs.create("c" + created++, type);
            open.add(made);
            return made;
        }

        void destroyAllBut(int count) {
            while (open.size() > count) {
                T one = open.remove();
                one.close();
                mine.destroy(one.name());
            }
        }
    }
}
