package dev.shm.sample.worker;

import dev.shm.collection.SharedMap;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.sample.desk.Fill;
import dev.shm.sample.desk.Order;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Profile;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.stereotype.Component;

/**
 * Does orders. What it returns goes to the channel {@code fills}, and then the order is acknowledged: if this process is killed before
 * that, another one gets the order.
 */
@Component
@Profile("worker")
class Worker {

    private static final Logger logger = LoggerFactory.getLogger(Worker.class);

    private final long pid = ProcessHandle.current().pid();
    private final SharedMap<String, Long> prices;
    private final SharedMap<Long, Long> inHand;
    private final Duration work;

    Worker(SharedMap<String, Long> prices, SharedMap<Long, Long> inHand, @Value("${sample.work}") Duration work) {
        this.prices = prices;
        this.inHand = inHand;
        this.work = work;
    }

    @ServiceActivator(inputChannel = "orders", outputChannel = "fills")
    public Fill work(Order order, @Header(ShmHeaders.DELIVERY_COUNT) int deliveries) throws InterruptedException {
        inHand.put(order.id(), pid);
        try {
            Thread.sleep(effort(order).toMillis());
            Long cents = prices.get(order.symbol());
            if (cents == null) {
                logger.warn("Nobody sells {}: order {} fails, delivery {}", order.symbol(), order.id(), deliveries);
                throw new IllegalArgumentException("nobody sells " + order.symbol() + ": order " + order.id());
            }
            return new Fill(order, cents, pid, deliveries, System.currentTimeMillis());
        } finally {
            inHand.remove(order.id(), pid);
        }
    }

    /** Some orders take longer: from a half to one and a half of what is configured. */
    Duration effort(Order order) {
        return work.multipliedBy(50 + Math.floorMod(order.id() * 37, 101)).dividedBy(100);
    }
}
