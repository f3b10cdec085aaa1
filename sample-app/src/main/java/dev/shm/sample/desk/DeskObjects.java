package dev.shm.sample.desk;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import dev.shm.value.SharedLong;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The live objects of the segment. They are the same in every process, and stay while one of the processes does; whoever comes first makes
 * them. The segment is a bean of the starter, and closed after these.
 */
@Configuration(proxyBeanMethods = false)
class DeskObjects {

    /** The last price of each symbol, in cents. The ticker writes it; workers read it, also those that came after the tick. */
    @Bean
    SharedMap<String, Long> prices(SharedMemory desk) {
        return desk.openOrCreate("prices", SharedMap.of(String.class, Long.class));
    }

    /** Which worker has an order in hand: numbers of orders, and pids. */
    @Bean
    SharedMap<Long, Long> inHand(SharedMemory desk) {
        return desk.openOrCreate("in-hand", SharedMap.of(Long.class, Long.class));
    }

    /** How many ticks each process has seen, by pids. */
    @Bean
    SharedMap<Long, Long> ticksSeen(SharedMemory desk) {
        return desk.openOrCreate("ticks-seen", SharedMap.of(Long.class, Long.class));
    }

    /** What became of each order. The gateways write it, and a gateway that comes after a killed one goes on with it. */
    @Bean
    SharedMap<Long, OrderState> orderStates(SharedMemory desk) {
        return desk.openOrCreate("order-states", SharedMap.of(Long.class, OrderState.class));
    }

    /** The number of the last order. */
    @Bean
    SharedLong orderNumbers(SharedMemory desk) {
        return desk.openOrCreate("order-numbers", SharedLong.type());
    }
}
