package dev.shm.queue;

import com.google.common.collect.testing.QueueTestSuiteBuilder;
import com.google.common.collect.testing.TestStringQueueGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.testers.CollectionToStringTester;
import dev.shm.SharedMemory;
import dev.shm.testing.TestDirectory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Queue;
import java.util.stream.Stream;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What {@link Queue} and {@link java.util.Collection} promise, as Guava checks it of any queue. */
class QueueAsCollectionTest {

    private static TestDirectory directory;
    private static SharedMemory mine;
    private static SharedMemory theirs;
    private static int created;

    @BeforeAll
    static void open() {
        directory = TestDirectory.create();
        SharedMemory.Builder segment =
                SharedMemory.named("queues").directory(directory.path()).size(16 << 20);
        mine = segment.openOrCreate();
        theirs = segment.openOrCreate();
    }

    @AfterAll
    static void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfAQueue() {
        QueueType<String> small = SharedQueue.of(String.class).capacityBytes(1 << 16);
        return Stream.of(
                        suite("competing consumers", small),
                        suite("single consumer", small.singleConsumer()),
                        suite("single producer", small.singleProducer()),
                        suite("priorities", small.priorities(2)),
                        suite("visibility", small.visibilityTimeout(Duration.ofMinutes(1))))
                .map(QueueAsCollectionTest::node);
    }

    private static TestSuite suite(String name, QueueType<String> type) {
        Strings strings = new Strings(type);
        return QueueTestSuiteBuilder.using(strings)
                .named(name)
                .withFeatures(
                        CollectionFeature.SUPPORTS_ADD,
                        CollectionFeature.SUPPORTS_REMOVE,
                        CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                        CollectionFeature.ALLOWS_NULL_QUERIES,
                        CollectionFeature.KNOWN_ORDER,
                        CollectionSize.ANY)
                .withTearDown(() -> strings.destroyAllBut(0))
                // A queue says its name and not what is in it, which others change meanwhile.
                .suppressing(CollectionToStringTester.class.getMethods())
                .createTestSuite();
    }

    private static DynamicNode node(Test test) {
        if (test instanceof TestSuite suite) {
            return DynamicContainer.dynamicContainer(
                    suite.getName(), Collections.list(suite.tests()).stream().map(QueueAsCollectionTest::node));
        }
        TestCase one = (TestCase) test;
        return DynamicTest.dynamicTest(one.getName(), one::runBare);
    }

    /** Queues in one mapping that were filled in the other. */
    private static final class Strings extends TestStringQueueGenerator {

        private final QueueType<String> type;
        private final ArrayDeque<SharedQueue<String>> open = new ArrayDeque<>();

        Strings(QueueType<String> type) {
            this.type = type;
        }

        @Override
        protected Queue<String> create(String[] elements) {
            // Some tests make thousands of queues, and look at the last.
            destroyAllBut(3);
            SharedQueue<String> queue = theirs.create("q" + created++, type);
            open.add(queue);
            try (SharedQueue<String> sender = mine.open(queue.name(), type)) {
                Collections.addAll(sender, elements);
            }
            return queue;
        }

        void destroyAllBut(int count) {
            while (open.size() > count) {
                SharedQueue<String> queue = open.remove();
                queue.close();
                mine.destroy(queue.name());
            }
        }
    }
}
