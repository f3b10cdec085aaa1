package dev.shm.boot.it;

import dev.shm.boot.autoconfigure.ShmSegments;
import dev.shm.integration.dsl.Shm;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.queue.SharedQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/**
 * An application in a process of its own, whose profiles say what it does. It prints what it gets, and sends what it is told on its
 * input: {@code <channel> <payload>}. Configured in {@code demo.yml}.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class DemoApplication {

    /** What is ordered. */
    public record Order(String id, int pieces) {}

    public static void main(String[] arguments) throws IOException {
        SpringApplication application = new SpringApplication(DemoApplication.class);
        ConfigurableApplicationContext context = application.run(arguments);
        System.out.println("ready");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", 2);
            try {
                boolean sent = context.getBean(words[0], MessageChannel.class).send(message(words[0], words[1]));
                System.out.println("sent " + words[1] + " " + sent);
            } catch (RuntimeException e) {
                System.out.println("refused " + words[1] + " " + e);
            }
        }
        context.close();
    }

    private static GenericMessage<?> message(String channel, String text) {
        return channel.equals("orders") ? new GenericMessage<>(new Order(text, 1)) : new GenericMessage<>(text);
    }

    @Configuration(proxyBeanMethods = false)
    @Profile("worker")
    static class Worker {
        @ServiceActivator(inputChannel = "orders")
        void handle(Order order) {
            System.out.println("order " + order.id());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Profile("stuck")
    static class Stuck {
        @ServiceActivator(inputChannel = "orders")
        void handle(Order order) throws InterruptedException {
            System.out.println("holds " + order.id());
            new CountDownLatch(1).await();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Profile("listener")
    static class Listener {
        @ServiceActivator(inputChannel = "ticks")
        void handle(String tick) {
            System.out.println("tick " + tick);
        }
    }

    private static ShmDestination questions(ShmSegments segments) {
        return ShmDestination.queue(
                segments.supplier("desk"),
                "questions",
                SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16));
    }

    @Configuration(proxyBeanMethods = false)
    @Profile("answers")
    static class Answers {
        @Bean
        IntegrationFlow answering(ShmSegments segments) {
            return IntegrationFlow.from(Shm.inboundGateway(questions(segments)))
                    .transform(String.class, question -> question + "? 42")
                    .get();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Profile("silent")
    static class Silent {
        @Bean
        IntegrationFlow silence(ShmSegments segments) {
            return IntegrationFlow.from(Shm.inboundGateway(questions(segments)))
                    .handle(String.class, (question, headers) -> {
                        System.out.println("asked " + question);
                        new Semaphore(0).acquireUninterruptibly();
                        return question;
                    })
                    .get();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Profile("asks")
    static class Asks {
        @Bean
        IntegrationFlow asking(ShmSegments segments) {
            return IntegrationFlow.from("ask")
                    .handle(Shm.outboundGateway(questions(segments)).replyTimeout(60_000))
                    .handle(String.class, (answer, headers) -> {
                        System.out.println("answer " + answer);
                        return null;
                    })
                    .get();
        }
    }
}
