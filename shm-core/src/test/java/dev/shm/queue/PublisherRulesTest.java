package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.shm.SharedMemory;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.ITestResult;
import org.testng.SkipException;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;
import org.testng.annotations.AfterMethod;
import org.testng.annotations.BeforeMethod;
import org.testng.annotations.Test;

/** Has the reactive streams TCK, which is written for TestNG, look at each publisher, and shows every rule as a test. */
class PublisherRulesTest {

    /** How long the TCK waits for a signal that must come, and for one that must not. */
    private static final long MUST_COME_MILLIS = 5_000;

    private static final long MUST_NOT_COME_MILLIS = 50;

    /** The TCK looks for an error after this time, and miscounts what is left of the time then: so it looks once. */
    private static final long POLL_MILLIS = 500;

    private static final int RULES = 22;

    @TestFactory
    Stream<DynamicNode> shouldKeepTheRulesOfReactiveStreams() {
        return Stream.of(
                        QueuePayloads.class,
                        QueueDeliveries.class,
                        SingleConsumer.class,
                        SubscriptionPayloads.class,
                        SubscriptionDeliveries.class,
                        TopicPayloads.class,
                        TopicDeliveries.class)
                .map(verification ->
                        DynamicContainer.dynamicContainer(verification.getSimpleName(), run(verification)));
    }

    private static List<DynamicTest> run(Class<?> verification) {
        TestListenerAdapter results = new TestListenerAdapter();
        TestNG testng = new TestNG(false);
        testng.setVerbose(0);
        testng.setTestClasses(new Class<?>[] {verification});
        testng.addListener(results);
        testng.run();
        List<DynamicTest> tests = new ArrayList<>();
        results.getPassedTests().forEach(passed -> tests.add(test(passed, () -> {})));
        results.getSkippedTests()
                .forEach(skipped -> tests.add(test(
                        skipped,
                        () -> abort("not for this publisher: "
                                + (skipped.getThrowable() == null
                                        ? ""
                                        : skipped.getThrowable().getMessage())))));
        results.getFailedTests()
                .forEach(failed -> tests.add(test(failed, () -> {
                    throw failed.getThrowable();
                })));
        results.getConfigurationFailures()
                .forEach(failed -> tests.add(test(failed, () -> {
                    throw failed.getThrowable();
                })));
        tests.add(DynamicTest.dynamicTest(
                "most rules were looked at",
                () -> assertThat(results.getPassedTests()).hasSizeGreaterThanOrEqualTo(RULES)));
        return tests;
    }

    private static DynamicTest test(ITestResult result, Executable outcome) {
        return DynamicTest.dynamicTest(result.getName(), outcome);
    }

    /** Every method with a segment of its own, and a thread that sends for as long as somebody may ask for more. */
    abstract static class Rules<E> extends FlowPublisherVerification<E> {

        private TestDirectory directory;
        private final List<Thread> feeders = new ArrayList<>();
        SharedMemory memory;
        SharedMemory sender;
        private volatile boolean over;
        private int made;

        Rules() {
            super(new TestEnvironment(MUST_COME_MILLIS, MUST_NOT_COME_MILLIS, POLL_MILLIS));
        }

        @BeforeMethod
        void open() {
            directory = TestDirectory.create();
            memory = directory.segment("rules").size(10 << 20).openOrCreate();
            sender = directory.segment("rules").openOrCreate();
            over = false;
        }

        @AfterMethod
        void close() throws InterruptedException {
            over = true;
            for (Thread feeder : feeders) {
                feeder.join();
            }
            feeders.clear();
            sender.close();
            memory.close();
            directory.close();
        }

        /** Sends so many messages, as there is room for them. */
        void feed(long messages, IntPredicate offer) {
            Thread feeder = new Thread(() -> {
                for (long sent = 0; sent < messages && !over; ) {
                    if (offer.test((int) sent)) {
                        sent++;
                    } else {
                        LockSupport.parkNanos(100_000);
                    }
                }
            });
            feeders.add(feeder);
            feeder.start();
        }

        abstract Flow.Publisher<E> publisher(long elements);

        /** The first so many of what the publisher has, since none of ours completes and most rules are about those that do. */
        @Override
        public Flow.Publisher<E> createFlowPublisher(long elements) {
            return new First<>(publisher(elements), elements);
        }

        /** With a queue or one subscription they compete: no two get the same. */
        @Override
        @Test
        public void
                optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingOneByOne()
                        throws Throwable {
            skipIfSubscribersCompete();
            super
                    .optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingOneByOne();
        }

        @Override
        @Test
        public void
                optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingManyUpfront()
                        throws Throwable {
            skipIfSubscribersCompete();
            super
                    .optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingManyUpfront();
        }

        @Override
        @Test
        public void
                optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingManyUpfrontAndCompleteAsExpected()
                        throws Throwable {
            skipIfSubscribersCompete();
            super
                    .optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequestingManyUpfrontAndCompleteAsExpected();
        }

        @Override
        @Test
        public void optional_spec111_registeredSubscribersMustReceiveOnNextOrOnCompleteSignals() throws Throwable {
            skipIfSubscribersCompete();
            super.optional_spec111_registeredSubscribersMustReceiveOnNextOrOnCompleteSignals();
        }

        /** Our own form of the rule: the one there gives the garbage collector 100 ms. */
        @Override
        @Test
        public void required_spec313_cancelMustMakeThePublisherEventuallyDropAllReferencesToTheSubscriber()
                throws Throwable {
            WeakReference<Flow.Subscriber<E>> subscriber = subscribeAndCancel(createFlowPublisher(3));
            Watchdog.await("dropped", () -> {
                System.gc();
                return subscriber.get() == null;
            });
        }

        private WeakReference<Flow.Subscriber<E>> subscribeAndCancel(Flow.Publisher<E> publisher)
                throws InterruptedException {
            CountDownLatch cancelled = new CountDownLatch(1);
            Flow.Subscriber<E> subscriber = new Flow.Subscriber<>() {
                private Flow.Subscription subscription;

                @Override
                public void onSubscribe(Flow.Subscription given) {
                    subscription = given;
                    given.request(1);
                }

                @Override
                public void onNext(E element) {
                    subscription.cancel();
                    cancelled.countDown();
                }

                @Override
                public void onError(Throwable error) {
                    cancelled.countDown();
                }

                @Override
                public void onComplete() {
                    cancelled.countDown();
                }
            };
            publisher.subscribe(subscriber);
            cancelled.await();
            return new WeakReference<>(subscriber);
        }

        private void skipIfSubscribersCompete() {
            if (!getClass().getSimpleName().startsWith("Topic")) {
                throw new SkipException("subscribers compete");
            }
        }

        QueueType<Integer> type() {
            return SharedQueue.of(Integer.class).capacityBytes(1 << 16);
        }

        SharedQueue<Integer> queue(long elements) {
            String name = "q" + ++made;
            SharedQueue<Integer> queue = memory.create(name, type());
            SharedQueue<Integer> other = sender.open(name, type());
            feed(elements, other::offer);
            return queue;
        }

        SharedQueue<Integer> closedQueue() {
            SharedQueue<Integer> queue = memory.create("closed", type());
            queue.close();
            return queue;
        }

        SharedTopic<Integer> topic() {
            return memory.create("t" + ++made, SharedTopic.of(Integer.class).capacityBytes(1 << 16));
        }

        SharedTopic<Integer> closedTopic() {
            SharedTopic<Integer> topic = topic();
            topic.close();
            return topic;
        }

        Subscription<Integer> subscription(long elements) {
            Subscription<Integer> subscription = topic().subscribe();
            feed(elements, subscription.topic()::offer);
            return subscription;
        }

        Subscription<Integer> closedSubscription() {
            Subscription<Integer> subscription = topic().subscribe();
            subscription.close();
            return subscription;
        }

        /** A topic that is sent to when somebody has subscribed. */
        SharedTopic<Integer> fedTopic(long elements) {
            SharedTopic<Integer> topic = topic();
            SharedTopic<Integer> other =
                    sender.open(topic.name(), SharedTopic.of(Integer.class).capacityBytes(1 << 16));
            feed(Long.MAX_VALUE, i -> {
                LockSupport.parkNanos(20_000);
                return other.offer(i);
            });
            return topic;
        }
    }

    public static class QueuePayloads extends Rules<Integer> {
        @Override
        Flow.Publisher<Integer> publisher(long elements) {
            return queue(elements).publisher();
        }

        @Override
        public Flow.Publisher<Integer> createFailedFlowPublisher() {
            return closedQueue().publisher();
        }
    }

    public static class QueueDeliveries extends Rules<Delivery<Integer>> {
        @Override
        Flow.Publisher<Delivery<Integer>> publisher(long elements) {
            return queue(elements).deliveries();
        }

        @Override
        public Flow.Publisher<Delivery<Integer>> createFailedFlowPublisher() {
            return closedQueue().deliveries();
        }
    }

    public static class SingleConsumer extends QueuePayloads {
        @Override
        QueueType<Integer> type() {
            return super.type().singleProducer();
        }
    }

    public static class SubscriptionPayloads extends Rules<Integer> {
        @Override
        Flow.Publisher<Integer> publisher(long elements) {
            return subscription(elements).publisher();
        }

        @Override
        public Flow.Publisher<Integer> createFailedFlowPublisher() {
            return closedSubscription().publisher();
        }
    }

    public static class SubscriptionDeliveries extends Rules<Delivery<Integer>> {
        @Override
        Flow.Publisher<Delivery<Integer>> publisher(long elements) {
            return subscription(elements).deliveries();
        }

        @Override
        public Flow.Publisher<Delivery<Integer>> createFailedFlowPublisher() {
            return closedSubscription().deliveries();
        }
    }

    public static class TopicPayloads extends Rules<Integer> {
        @Override
        Flow.Publisher<Integer> publisher(long elements) {
            return fedTopic(elements).publisher();
        }

        @Override
        public Flow.Publisher<Integer> createFailedFlowPublisher() {
            return closedTopic().publisher();
        }
    }

    public static class TopicDeliveries extends Rules<Delivery<Integer>> {
        @Override
        Flow.Publisher<Delivery<Integer>> publisher(long elements) {
            return fedTopic(elements).deliveries();
        }

        @Override
        public Flow.Publisher<Delivery<Integer>> createFailedFlowPublisher() {
            return closedTopic().deliveries();
        }
    }

    /** Completes after so many elements. */
    private static final class First<E> implements Flow.Publisher<E> {

        private final Flow.Publisher<E> publisher;
        private final long elements;

        First(Flow.Publisher<E> publisher, long elements) {
            this.publisher = publisher;
            this.elements = elements;
        }

        @Override
        public void subscribe(Flow.Subscriber<? super E> subscriber) {
            publisher.subscribe(
                    subscriber == null
                            ? null
                            : new Flow.Subscriber<E>() {

                                private Flow.Subscription subscription;
                                private long seen;

                                @Override
                                public void onSubscribe(Flow.Subscription given) {
                                    subscription = given;
                                    subscriber.onSubscribe(given);
                                    completeIfSeen();
                                }

                                @Override
                                public void onNext(E element) {
                                    seen++;
                                    subscriber.onNext(element);
                                    completeIfSeen();
                                }

                                private void completeIfSeen() {
                                    if (seen == elements) {
                                        subscription.cancel();
                                        subscriber.onComplete();
                                    }
                                }

                                @Override
                                public void onError(Throwable failure) {
                                    subscriber.onError(failure);
                                }

                                @Override
                                public void onComplete() {
                                    throw new AssertionError("a queue never completes");
                                }
                            });
        }
    }
}
