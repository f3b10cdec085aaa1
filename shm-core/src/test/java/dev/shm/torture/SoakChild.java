package dev.shm.torture;

import dev.shm.SharedMemory;
import dev.shm.error.EndpointTakenException;
import dev.shm.error.LeaseLostException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SubscriptionEvictedException;
import dev.shm.queue.Claim;
import dev.shm.queue.Delivery;
import dev.shm.queue.MessageHandler;
import dev.shm.queue.SendOptions;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.random.RandomGenerator;

/**
 * Sends or receives in all ways there are, and writes down each before and after, until it is killed or told to leave. Says how far it
 * has come, so that it can be killed there.
 */
public final class SoakChild {

    static final String JOINING = "joining";
    static final String WORKING = "working";
    static final String CLOSING = "closing";
    static final String LEAVE = "leave";

    private static final int FAILED = 70;
    private static final int LARGEST_BATCH = 8;
    private static final int MOST_HELD = 8;

    private final SoakPlan plan;
    private final SharedMemory memory;
    private final String subscription;
    private final ReadWriteLock reopening = new ReentrantReadWriteLock();
    private Ends ends;
    private static final List<Thread> PATIENT = new CopyOnWriteArrayList<>();
    private static volatile boolean leaving;

    private SoakChild(SoakPlan plan, SharedMemory memory, String subscription) {
        this.plan = plan;
        this.memory = memory;
        this.subscription = subscription;
    }

    /** Arguments: directory of segments, plan, seat's number, number of the process, seed, and for each thread a log file. */
    public static void main(String[] arguments) throws InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(FAILED);
        });
        Thread listener = new Thread(SoakChild::listen, "listens");
        listener.setDaemon(true);
        listener.start();
        SoakPlan plan = SoakPlan.valueOf(arguments[1]);
        boolean producing = arguments[2].startsWith("producer");
        int number = Integer.parseInt(arguments[3]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[4]));
        System.out.println(JOINING);
        try (SharedMemory memory = SharedMemory.named(SoakPlan.SEGMENT)
                .directory(Path.of(arguments[0]))
                .application(arguments[2] + "-" + number)
                .open()) {
            SoakChild child = new SoakChild(plan, memory, producing ? "" : arguments[2]);
            List<SoakLog> logs = new ArrayList<>();
            for (int i = 5; i < arguments.length; i++) {
                logs.add(SoakLog.open(Path.of(arguments[i])));
            }
            child.ends = child.open(logs.get(0));
            List<Thread> threads = new ArrayList<>();
            for (SoakLog log : logs) {
                RandomGenerator own = random.split();
                Runnable work =
                        producing ? child.new Producer(log, own, number)::run : child.new Consumer(log, own)::run;
                threads.add(new Thread(work, "worker-" + threads.size()));
            }
            System.out.println(WORKING);
            threads.forEach(Thread::start);
            if (plan.isPatient()) {
                PATIENT.addAll(threads);
                if (leaving) {
                    PATIENT.forEach(Thread::interrupt);
                }
            }
            for (Thread thread : threads) {
                thread.join();
            }
            child.ends.close();
        }
    }

    private static void listen() {
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                if (line.equals(LEAVE)) {
                    leaving = true;
                    PATIENT.forEach(Thread::interrupt);
                }
            }
        } catch (IOException e) {
            // As good as its end.
        }
        Runtime.getRuntime().halt(1);
    }

    // ------------------------------------------------------------------------------------------ queue or topic

    /** What a queue and a topic have in common. */
    private interface Ends {

        boolean offer(byte[] message, SendOptions options);

        boolean offer(byte[] message, SendOptions options, Duration timeout) throws InterruptedException;

        boolean offerAll(List<byte[]> messages, SendOptions options);

        Claim tryClaim(int bytes, SendOptions options);

        byte[] poll();

        Delivery<byte[]> receive(Duration timeout) throws InterruptedException;

        int drain(MessageHandler handler, int limit);

        byte[] pollDeadLetter();

        /** Waits for room until it is interrupted. */
        void put(byte[] message, SendOptions options) throws InterruptedException;

        CompletableFuture<Boolean> offerAsync(byte[] message, SendOptions options);

        /** Waits for a message until it is interrupted. */
        byte[] take() throws InterruptedException;

        CompletableFuture<Delivery<byte[]>> receiveAsync();

        Flow.Publisher<Delivery<byte[]>> deliveries();

        /** Ends the subscription for good. */
        void unsubscribe();

        void close();
    }

    private Ends open(SoakLog log) {
        if (!plan.isTopic()) {
            return new QueueEnds(memory.open(SoakPlan.NAME, plan.queue()));
        }
        SharedTopic<byte[]> topic = memory.open(SoakPlan.NAME, plan.topic());
        return new TopicEnds(topic, subscription.isEmpty() ? null : subscribe(topic, log));
    }

    private Subscription<byte[]> subscribe(SharedTopic<byte[]> topic, SoakLog log) {
        for (; ; ) {
            try {
                boolean kept = plan.isKept(SoakPlan.consumer(subscription));
                Subscription<byte[]> subscribed = kept ? topic.subscribe(subscription) : topic.subscribe();
                log.write(SoakLog.SUBSCRIBED, 0, 0);
                return subscribed;
            } catch (EndpointTakenException e) {
                // Our predecessor is not reaped yet.
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private record QueueEnds(SharedQueue<byte[]> queue) implements Ends {

        @Override
        public boolean offer(byte[] message, SendOptions options) {
            return queue.offer(message, options);
        }

        @Override
        public boolean offer(byte[] message, SendOptions options, Duration timeout) throws InterruptedException {
            return queue.offer(message, options, timeout);
        }

        @Override
        public boolean offerAll(List<byte[]> messages, SendOptions options) {
            return queue.offerAll(messages, options);
        }

        @Override
        public Claim tryClaim(int bytes, SendOptions options) {
            return queue.tryClaim(bytes, options);
        }

        @Override
        public byte[] poll() {
            return queue.poll();
        }

        @Override
        public Delivery<byte[]> receive(Duration timeout) throws InterruptedException {
            return queue.receive(timeout);
        }

        @Override
        public int drain(MessageHandler handler, int limit) {
            return queue.drain(handler, limit);
        }

        @Override
        public byte[] pollDeadLetter() {
            return queue.deadLetters().poll();
        }

        @Override
        public void put(byte[] message, SendOptions options) throws InterruptedException {
            queue.put(message, options);
        }

        @Override
        public CompletableFuture<Boolean> offerAsync(byte[] message, SendOptions options) {
            return queue.offerAsync(message, options).toCompletableFuture();
        }

        @Override
        public byte[] take() throws InterruptedException {
            return queue.take();
        }

        @Override
        public CompletableFuture<Delivery<byte[]>> receiveAsync() {
            return queue.receiveAsync().toCompletableFuture();
        }

        @Override
        public Flow.Publisher<Delivery<byte[]>> deliveries() {
            return queue.deliveries();
        }

        @Override
        public void unsubscribe() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    private record TopicEnds(SharedTopic<byte[]> topic, Subscription<byte[]> subscription) implements Ends {

        @Override
        public boolean offer(byte[] message, SendOptions options) {
            return topic.offer(message, options);
        }

        @Override
        public boolean offer(byte[] message, SendOptions options, Duration timeout) throws InterruptedException {
            return topic.offer(message, options, timeout);
        }

        @Override
        public boolean offerAll(List<byte[]> messages, SendOptions options) {
            return topic.offerAll(messages);
        }

        @Override
        public Claim tryClaim(int bytes, SendOptions options) {
            return topic.tryClaim(bytes, options);
        }

        @Override
        public byte[] poll() {
            return subscription.poll();
        }

        @Override
        public Delivery<byte[]> receive(Duration timeout) throws InterruptedException {
            return subscription.receive(timeout);
        }

        @Override
        public int drain(MessageHandler handler, int limit) {
            return subscription.drain(handler, limit);
        }

        @Override
        public byte[] pollDeadLetter() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void put(byte[] message, SendOptions options) throws InterruptedException {
            topic.publish(message, options);
        }

        @Override
        public CompletableFuture<Boolean> offerAsync(byte[] message, SendOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] take() throws InterruptedException {
            return subscription.take();
        }

        @Override
        public CompletableFuture<Delivery<byte[]>> receiveAsync() {
            return subscription.receiveAsync().toCompletableFuture();
        }

        @Override
        public Flow.Publisher<Delivery<byte[]>> deliveries() {
            return subscription.deliveries();
        }

        @Override
        public void unsubscribe() {
            subscription.close();
            if (!topic.unsubscribe(subscription.name())) {
                throw new AssertionError("there was no " + subscription.name());
            }
        }

        @Override
        public void close() {
            topic.close();
        }
    }

    /** One thread. */
    private abstract class Worker {

        final SoakLog log;
        final RandomGenerator random;
        private boolean putOut;

        Worker(SoakLog log, RandomGenerator random) {
            this.log = log;
            this.random = random;
        }

        final void run() {
            try {
                while (!leaving) {
                    if (!log.hasRoom()) {
                        LockSupport.parkNanos(1_000_000);
                        continue;
                    }
                    if (putOut || random.nextInt(fickle() ? 60 : 400) == 0) {
                        reopen();
                    }
                    reopening.readLock().lock();
                    try {
                        operation();
                    } catch (EndpointTakenException e) {
                        taken();
                    } catch (SubscriptionEvictedException e) {
                        putOut();
                    } catch (InterruptedException e) {
                        // It is to leave, and has neither sent nor got what it waited for.
                        interrupted();
                    } finally {
                        reopening.readLock().unlock();
                    }
                    pause();
                }
                reopening.readLock().lock();
                try {
                    finish();
                } catch (InterruptedException e) {
                    interrupted();
                } finally {
                    reopening.readLock().unlock();
                }
                log.write(SoakLog.LEFT, 0, 0);
                System.out.println(CLOSING);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Closes the queue while things are lent, which gives them back, and opens it again. */
        private void reopen() throws InterruptedException {
            reopening.writeLock().lock();
            try {
                finish();
                if (fickle() && random.nextBoolean()) {
                    log.write(SoakLog.GONE, 0, 0);
                    ends.unsubscribe();
                }
            } finally {
                try {
                    ends.close();
                    putOut = false;
                    ends = open(log);
                } finally {
                    reopening.writeLock().unlock();
                }
            }
        }

        private void finish() throws InterruptedException {
            try {
                if (!putOut) {
                    operationBeforeClosing();
                }
            } catch (EndpointTakenException e) {
                taken();
            } catch (SubscriptionEvictedException e) {
                putOut();
            }
        }

        /** Was too slow. The only thing to do is to begin anew. */
        private void putOut() {
            log.write(SoakLog.GONE, 0, 0);
            putOut = true;
        }

        private boolean fickle() {
            return !subscription.isEmpty() && plan.isFickle(SoakPlan.consumer(subscription));
        }

        private void pause() {
            int micros = random.nextInt(3) == 0 ? random.nextInt(600) : 0;
            if (micros > 0) {
                LockSupport.parkNanos(micros * 1_000L);
            }
        }

        /** Another process has the place that this one wants. */
        void taken() {
            LockSupport.parkNanos(1_000_000);
        }

        /** Was told to leave while it waited. */
        abstract void interrupted();

        abstract void operation() throws InterruptedException;

        abstract void operationBeforeClosing() throws InterruptedException;
    }

    // ------------------------------------------------------------------------------------------ producer

    private final class Producer extends Worker {

        private final int number;
        private final List<Long> underWay = new ArrayList<>();
        private long sequence;

        Producer(SoakLog log, RandomGenerator random, int number) {
            super(log, random);
            this.number = number;
        }

        @Override
        void operation() throws InterruptedException {
            try {
                send();
            } catch (OutOfSharedMemoryException e) {
                ended(false);
            }
        }

        private void send() throws InterruptedException {
            if (plan.isPatient() && random.nextInt(2) == 0) {
                if (random.nextBoolean()) {
                    long id = next();
                    ends.put(SoakMessage.payload(id), SoakMessage.options(id));
                    ended(true);
                } else {
                    offerAsync();
                }
                return;
            }
            switch (random.nextInt(10)) {
                case 0, 1 -> batch();
                case 2, 3 -> claim(true);
                case 4 -> claim(false);
                case 5, 6 -> {
                    long id = next();
                    ended(ends.offer(
                            SoakMessage.payload(id), SoakMessage.options(id), Duration.ofMillis(random.nextInt(30))));
                }
                default -> {
                    long id = next();
                    ended(ends.offer(SoakMessage.payload(id), SoakMessage.options(id)));
                }
            }
        }

        /** Has some stand in line, if there is no room. */
        private void offerAsync() throws InterruptedException {
            List<Long> ids = new ArrayList<>();
            List<CompletableFuture<Boolean>> stages = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                long id = next();
                ids.add(id);
                stages.add(ends.offerAsync(SoakMessage.payload(id), SoakMessage.options(id)));
            }
            // Whether one was sent that stood in line as it was given up nobody says.
            underWay.clear();
            for (int i = 0; i < ids.size(); i++) {
                try {
                    log.write(stages.get(i).get() ? SoakLog.SENT : SoakLog.REFUSED, ids.get(i), 0);
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof OutOfSharedMemoryException)) {
                        throw new IllegalStateException(e);
                    }
                    log.write(SoakLog.REFUSED, ids.get(i), 0);
                } catch (InterruptedException e) {
                    stages.forEach(stage -> stage.cancel(true));
                    throw e;
                }
            }
        }

        @Override
        void interrupted() {
            ended(false);
        }

        private long next() {
            long id = SoakMessage.id(number, false, random.nextInt(plan.priorities()), ++sequence);
            if (plan.largeOf() > 0 && random.nextInt(plan.largeOf()) == 0) {
                id = SoakMessage.large(id);
            }
            intend(List.of(id));
            return id;
        }

        private void intend(List<Long> ids) {
            underWay.clear();
            underWay.addAll(ids);
            ids.forEach(id -> log.write(SoakLog.INTENDED, id, ids.size()));
        }

        private void ended(boolean sent) {
            underWay.forEach(id -> log.write(sent ? SoakLog.SENT : SoakLog.REFUSED, id, 0));
            underWay.clear();
        }

        @Override
        void taken() {
            ended(false);
            super.taken();
        }

        private void batch() {
            int priority = random.nextInt(plan.priorities());
            List<Long> ids = new ArrayList<>();
            for (int i = random.nextInt(LARGEST_BATCH) + 1; i > 0; i--) {
                ids.add(SoakMessage.id(number, true, priority, ++sequence));
            }
            intend(ids);
            ended(ends.offerAll(ids.stream().map(SoakMessage::payload).toList(), SendOptions.priority(priority)));
        }

        private void claim(boolean wanted) {
            long id = next();
            byte[] payload = SoakMessage.payload(id);
            try (Claim claim = ends.tryClaim(payload.length, SoakMessage.options(id))) {
                if (claim == null) {
                    ended(false);
                    return;
                }
                claim.putBytes(0, payload, 0, payload.length);
                if (wanted) {
                    claim.commit();
                }
            }
            ended(wanted);
        }

        /** Leaves a claim open. */
        @Override
        void operationBeforeClosing() {
            long id = next();
            try {
                ends.tryClaim(SoakMessage.length(id), SoakMessage.options(id));
            } catch (OutOfSharedMemoryException e) {
                // As good.
            }
            ended(false);
        }
    }

    // ------------------------------------------------------------------------------------------ consumer

    private final class Consumer extends Worker {

        private static final class Refusal extends RuntimeException {
            private static final long serialVersionUID = 1L;
        }

        private final List<Long> handled = new ArrayList<>();
        private final List<Integer> counts = new ArrayList<>();

        Consumer(SoakLog log, RandomGenerator random) {
            super(log, random);
        }

        @Override
        void operation() throws InterruptedException {
            if (plan == SoakPlan.DEAD_LETTERS && random.nextInt(4) == 0) {
                pollDeadLetter();
            }
            if (plan.isPatient() && random.nextInt(2) == 0) {
                switch (random.nextInt(3)) {
                    case 0 -> take();
                    case 1 -> receiveAsync();
                    default -> subscribe();
                }
                return;
            }
            switch (random.nextInt(plan == SoakPlan.DEAD_LETTERS ? 16 : 10)) {
                case 0, 1 -> poll();
                case 2, 3 -> drain(Integer.MAX_VALUE);
                case 4 -> drain(random.nextInt(4));
                case 5, 6 -> hold(1, 1);
                case 7, 8 -> hold(MOST_HELD, MOST_HELD);
                default -> hold(MOST_HELD, random.nextInt(MOST_HELD));
            }
        }

        private void poll() {
            log.write(SoakLog.POLLING, 0, 0);
            byte[] payload = ends.poll();
            if (payload == null) {
                log.write(SoakLog.NOTHING, 0, 0);
            } else {
                long id = SoakMessage.check(payload);
                log.write(SoakLog.DELIVERED, id, 0);
                log.write(SoakLog.ACKNOWLEDGED, id, 0);
            }
        }

        private void take() throws InterruptedException {
            log.write(SoakLog.POLLING, 0, 0);
            long id = SoakMessage.check(ends.take());
            log.write(SoakLog.DELIVERED, id, 0);
            log.write(SoakLog.ACKNOWLEDGED, id, 0);
        }

        @Override
        void interrupted() {
            log.write(SoakLog.NOTHING, 0, 0);
        }

        private void receiveAsync() throws InterruptedException {
            CompletableFuture<Delivery<byte[]>> stage = ends.receiveAsync();
            try {
                acknowledge(stage.get());
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                if (!stage.cancel(true)) {
                    stage.join().close();
                }
                throw e;
            }
        }

        private void acknowledge(Delivery<byte[]> delivery) {
            long id = SoakMessage.check(delivery.message().toBytes(), delivery.header());
            // Without the count: one that somebody was about to get who gave up came from him, and is late.
            log.write(SoakLog.DELIVERED, id, 0);
            delivery.ack();
            log.write(SoakLog.ACKNOWLEDGED, id, 0);
        }

        /** Has some messages handed to it by threads of the pool. */
        private void subscribe() throws InterruptedException {
            Some some = new Some(1 + random.nextInt(8));
            ends.deliveries().subscribe(some);
            some.await(random.nextInt(30));
        }

        /** Acknowledges so many messages, unless it is cancelled before. It writes the log while its thread waits. */
        private final class Some implements Flow.Subscriber<Delivery<byte[]>> {

            private final CountDownLatch left;
            private Flow.Subscription source;
            private boolean over;

            Some(int count) {
                left = new CountDownLatch(count);
            }

            void await(int millis) throws InterruptedException {
                try {
                    boolean unused = left.await(millis, TimeUnit.MILLISECONDS);
                } finally {
                    synchronized (this) {
                        over = true;
                    }
                    source.cancel();
                }
            }

            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                source = subscription;
                source.request(left.getCount());
            }

            @Override
            public synchronized void onNext(Delivery<byte[]> delivery) {
                if (over) {
                    delivery.close();
                    return;
                }
                acknowledge(delivery);
                left.countDown();
            }

            @Override
            public void onError(Throwable error) {
                // One that was given up may hear of the end.
                synchronized (this) {
                    if (!over) {
                        error.printStackTrace();
                        Runtime.getRuntime().halt(FAILED);
                    }
                }
            }

            @Override
            public void onComplete() {
                throw new IllegalStateException("a queue does not end");
            }
        }

        private void pollDeadLetter() {
            log.write(SoakLog.POLLING_DEAD, 0, 0);
            byte[] payload = ends.pollDeadLetter();
            log.write(
                    payload == null ? SoakLog.NOTHING : SoakLog.DEAD,
                    payload == null ? 0 : SoakMessage.check(payload),
                    0);
        }

        /** Reads in place; one of the messages may make the handler fail. */
        private void drain(int failAt) {
            handled.clear();
            counts.clear();
            int count = -1;
            try {
                count = ends.drain(
                        message -> {
                            long id = SoakMessage.check(message.toBytes(), message.header());
                            log.write(SoakLog.DELIVERED, id, message.deliveryCount());
                            if (handled.size() == failAt) {
                                log.write(SoakLog.RELEASING, id, 0);
                                throw new Refusal();
                            }
                            handled.add(id);
                            counts.add(message.deliveryCount());
                        },
                        1 + random.nextInt(20));
            } catch (Refusal e) {
                // Those before it are acknowledged.
                count = plan.isRevocable() ? -1 : handled.size();
            }
            // A lease that was over by then is no acknowledgement, and which one it was nobody says.
            if (count == handled.size()) {
                for (int i = 0; i < count; i++) {
                    log.write(SoakLog.ACKNOWLEDGED, handled.get(i), counts.get(i));
                }
            }
        }

        /** Holds several at a time; acknowledges so many of them, and gives the others back. */
        private void hold(int most, int acknowledged) throws InterruptedException {
            ArrayDeque<Delivery<byte[]>> held = new ArrayDeque<>();
            for (int i = random.nextInt(most); i >= 0; i--) {
                Delivery<byte[]> delivery = receive(Duration.ofMillis(random.nextInt(20)));
                if (delivery == null) {
                    break;
                }
                held.add(delivery);
            }
            for (int i = 0; !held.isEmpty(); i++) {
                // A topic counts acknowledgements in order.
                boolean first = plan.isTopic() || random.nextBoolean();
                try (Delivery<byte[]> delivery = first ? held.pollFirst() : held.pollLast()) {
                    long id = SoakMessage.check(delivery.payload());
                    if (i < acknowledged) {
                        delivery.ack();
                        log.write(SoakLog.ACKNOWLEDGED, id, delivery.deliveryCount());
                    } else {
                        log.write(SoakLog.RELEASING, id, 0);
                        delivery.release();
                    }
                } catch (LeaseLostException e) {
                    if (!plan.isRevocable()) {
                        throw e;
                    }
                }
            }
        }

        private Delivery<byte[]> receive(Duration timeout) throws InterruptedException {
            Delivery<byte[]> delivery = ends.receive(timeout);
            if (delivery != null) {
                long id = SoakMessage.check(delivery.message().toBytes(), delivery.header());
                log.write(SoakLog.DELIVERED, id, delivery.deliveryCount());
                if (plan.isLossy()) {
                    log.write(SoakLog.ACKNOWLEDGED, id, delivery.deliveryCount());
                }
            }
            return delivery;
        }

        /** Holds some. */
        @Override
        void operationBeforeClosing() throws InterruptedException {
            for (int i = random.nextInt(4); i > 0; i--) {
                Delivery<byte[]> delivery = receive(Duration.ZERO);
                if (delivery != null) {
                    log.write(SoakLog.RELEASING, SoakMessage.check(delivery.payload()), 0);
                }
            }
        }
    }
}
