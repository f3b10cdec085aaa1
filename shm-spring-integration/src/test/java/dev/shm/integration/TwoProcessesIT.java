package dev.shm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.dsl.Shm;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmReplyQueues;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.ChildJvm;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.config.EnableIntegration;
import org.springframework.integration.core.MessagingTemplate;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.GenericMessage;

/** Two JVMs, one of which is killed in the middle of its work. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoProcessesIT {

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private final BlockingQueue<Message<?>> received = new LinkedBlockingQueue<>();

    /** What each process has. */
    @EnableIntegration
    static class Common {
        @Bean
        SubscribableShmChannel work(SharedMemory desk) {
            SubscribableShmChannel channel =
                    new SubscribableShmChannel(ShmDestination.queue(desk, "work", Integer.class));
            channel.setConcurrency(2);
            return channel;
        }

        @Bean
        SubscribableShmChannel results(SharedMemory desk) {
            return new SubscribableShmChannel(ShmDestination.queue(desk, "results", String.class));
        }

        @Bean
        IntegrationFlow asks(SharedMemory desk) {
            return flow -> flow.handle(Shm.outboundGateway(ShmDestination.queue(desk, "requests", String.class)));
        }
    }

    /** The other process: {@code Worker <directory> works|holds|asks|answers}. */
    static final class Worker {

        public static void main(String[] arguments) throws Exception {
            String role = arguments[1];
            Application application = new Application();
            try (SharedMemory desk =
                    SharedMemory.named("test").directory(Path.of(arguments[0])).open()) {
                application.bean("desk", SharedMemory.class, () -> desk).with(Common.class);
                if (role.equals("answers")) {
                    application.with(Answers.class);
                }
                application.start();
                SubscribableShmChannel work = application.get("work", SubscribableShmChannel.class);
                SubscribableShmChannel results = application.get("results", SubscribableShmChannel.class);
                switch (role) {
                    case "works" ->
                        work.subscribe(message -> results.send(new GenericMessage<>("child:" + message.getPayload())));
                    case "holds" ->
                        work.subscribe(message -> {
                            System.out.println("holding " + message.getPayload());
                            hold();
                        });
                    case "asks" ->
                        new Thread(() -> application
                                        .get("asks.input", MessageChannel.class)
                                        .send(new GenericMessage<>("x")))
                                .start();
                    default -> {
                        // The flow answers by itself.
                    }
                }
                System.out.println("ready");
                while (System.in.read() >= 0) {
                    // Until the parent lets go.
                }
            }
            Runtime.getRuntime().halt(0);
        }

        private static void hold() {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static class Answers {
        @Bean
        IntegrationFlow answers(SharedMemory desk) {
            return IntegrationFlow.from(Shm.inboundGateway(ShmDestination.queue(desk, "requests", String.class)))
                    .handle(
                            String.class,
                            (text, headers) ->
                                    text + " from " + ProcessHandle.current().pid())
                    .get();
        }
    }

    private ChildJvm child(String role) {
        ChildJvm child = ChildJvm.start(Worker.class, segment.directory(), role);
        child.await("ready");
        return child;
    }

    private Application start(Class<?>... configurations) {
        return application
                .bean("desk", SharedMemory.class, segment::mine)
                .with(Common.class)
                .with(configurations)
                .start();
    }

    private static MessageHandler to(BlockingQueue<Message<?>> queue) {
        return queue::add;
    }

    @Test
    void shouldExchangeMessagesWithAnotherProcess() {
        Application here = start();
        here.get("results", SubscribableShmChannel.class).subscribe(to(received));
        try (ChildJvm child = child("works")) {
            assertThat(child.pid()).isNotEqualTo(ProcessHandle.current().pid());
            for (int i = 0; i < 1_000; i++) {
                here.get("work", MessageChannel.class).send(new GenericMessage<>(i));
            }
            Set<Object> results = new ConcurrentSkipListSet<>();
            Watchdog.await("all results", () -> {
                Message<?> message = received.poll();
                if (message != null) {
                    results.add(message.getPayload());
                }
                return results.size() == 1_000;
            });
            assertThat(results).contains("child:0", "child:999");
        }
    }

    @Test
    void shouldGetTheMessagesOfAProcessThatIsKilledInTheMiddleOfThem() {
        Application here = start();
        SubscribableShmChannel work = here.get("work", SubscribableShmChannel.class);
        try (ChildJvm child = child("holds")) {
            for (int i = 0; i < 10; i++) {
                work.send(new GenericMessage<>(i));
            }
            int first = Integer.parseInt(child.await("holding"));
            int second = Integer.parseInt(child.await("holding"));
            assertThat(Set.of(first, second)).containsExactlyInAnyOrder(0, 1);
            assertThat(segment.mine().peers()).hasSize(2);
        }
        work.subscribe(to(received));
        boolean[] seen = new boolean[10];
        for (int i = 0; i < 10; i++) {
            Message<?> message = Watchdog.take(received);
            int number = (Integer) message.getPayload();
            assertThat(message.getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, number < 2 ? 2 : 1);
            assertThat(seen[number]).isFalse();
            seen[number] = true;
        }
        assertThat(received).isEmpty();
        assertThat(segment.problems()).isEmpty();
    }

    @Test
    void shouldLoseNothingWhileProcessesAreKilledAgainAndAgain() {
        Application here = start();
        SubscribableShmChannel work = here.get("work", SubscribableShmChannel.class);
        here.get("results", SubscribableShmChannel.class).subscribe(to(received));
        Set<Integer> done = new ConcurrentSkipListSet<>();
        int sent = 0;
        for (int round = 0; round < 5; round++) {
            try (ChildJvm child = child("works")) {
                assertThat(child.pid()).isPositive();
                for (int i = 0; i < 2_000; i++) {
                    work.send(new GenericMessage<>(sent++));
                }
            }
        }
        work.subscribe(message -> done.add((Integer) message.getPayload()));
        int all = sent;
        Watchdog.await("all messages", () -> {
            for (Message<?> message = received.poll(); message != null; message = received.poll()) {
                done.add(Integer.valueOf(message.getPayload().toString().substring("child:".length())));
            }
            return done.size() == all;
        });
        assertThat(segment.problems()).isEmpty();
    }

    @Test
    void shouldAskAnotherProcessAndNoticeThatItIsGone() {
        Application here = start();
        MessagingTemplate asks = new MessagingTemplate(here.get("asks.input", MessageChannel.class));
        try (ChildJvm child = child("answers")) {
            assertThat(asks.convertSendAndReceive("hello", String.class)).isEqualTo("hello from " + child.pid());
        }
        try (ChildJvm another = child("answers")) {
            assertThat(asks.convertSendAndReceive("again", String.class)).isEqualTo("again from " + another.pid());
        }
    }

    @Test
    void shouldRemoveTheReplyQueueOfOneThatWasKilled() {
        start(Answers.class);
        Set<String> mine = ShmReplyQueues.names(segment.mine());
        assertThat(mine).hasSize(1);
        try (ChildJvm child = child("asks")) {
            assertThat(child.pid()).isPositive();
            Watchdog.await(
                    "its queue", () -> ShmReplyQueues.names(segment.mine()).size() == 2);
        }
        Watchdog.await(
                "the end of its queue",
                () -> ShmReplyQueues.names(segment.mine()).equals(mine));
    }
}
