package dev.shm.boot.it;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/**
 * An application that DevTools starts again in its JVM, each time with new classes. It orders something of itself at each start, and
 * says what it gets.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ReloadedApplication {

    static final String OWN = "own";

    /** What is ordered. */
    public record Order(String id) {}

    public static void main(String[] arguments) {
        ConfigurableApplicationContext context = SpringApplication.run(ReloadedApplication.class, arguments);
        System.out.println("started " + loader(ReloadedApplication.class));
        context.getBean("orders", MessageChannel.class).send(new GenericMessage<>(new Order(OWN)));
    }

    private static String loader(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader.getClass().getSimpleName() + "@" + System.identityHashCode(loader);
    }

    @Configuration(proxyBeanMethods = false)
    static class Worker {
        @ServiceActivator(inputChannel = "orders")
        void handle(Order order) {
            System.out.println("order " + order.id() + " " + loader(order.getClass()));
        }
    }
}
