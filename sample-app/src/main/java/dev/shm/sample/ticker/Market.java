package dev.shm.sample.ticker;

import dev.shm.collection.SharedMap;
import dev.shm.sample.desk.Symbols;
import dev.shm.sample.desk.Tick;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.context.annotation.Profile;
import org.springframework.integration.annotation.InboundChannelAdapter;
import org.springframework.integration.annotation.Poller;
import org.springframework.stereotype.Component;

/** Publishes prices to the topic {@code ticks}, each symbol in turn, and keeps the last ones where all can read them. */
@Component
@Profile("ticker")
class Market {

    private static final long FIRST_CENTS = 10_000;

    private final SharedMap<String, Long> prices;
    private int turn;

    Market(SharedMap<String, Long> prices) {
        this.prices = prices;
    }

    /** Called by one thread at a time. A ticker that comes after another goes on from its prices. */
    @InboundChannelAdapter(channel = "ticks", poller = @Poller(fixedDelay = "${sample.tick-every}"))
    public Tick next() {
        String symbol = Symbols.ALL.get(turn++ % Symbols.ALL.size());
        Long last = prices.get(symbol);
        long cents = last == null ? FIRST_CENTS : moved(last);
        prices.put(symbol, cents);
        return new Tick(symbol, cents);
    }

    /** Up to half a percent up or down, and at least a cent. */
    private static long moved(long cents) {
        long most = Math.max(1, cents / 200);
        return Math.max(1, cents + ThreadLocalRandom.current().nextLong(-most, most + 1));
    }
}
