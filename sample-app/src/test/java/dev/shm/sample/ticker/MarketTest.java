package dev.shm.sample.ticker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import dev.shm.sample.desk.Symbols;
import dev.shm.sample.desk.Tick;
import dev.shm.sample.testing.SegmentDirectory;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MarketTest {

    @RegisterExtension
    final SegmentDirectory directory = new SegmentDirectory();

    private SharedMemory memory;
    private SharedMap<String, Long> prices;

    @BeforeEach
    void open() {
        memory = SharedMemory.named("desk")
                .directory(directory.path())
                .size(8 << 20)
                .slots(8)
                .openOrCreate();
        prices = memory.openOrCreate("prices", SharedMap.of(String.class, Long.class));
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void shouldPriceEachSymbolInTurn() {
        Market market = new Market(prices);

        assertThat(Stream.generate(market::next).limit(Symbols.ALL.size()).map(Tick::symbol))
                .containsExactlyElementsOf(Symbols.ALL);
        assertThat(prices.keySet()).containsExactlyInAnyOrderElementsOf(Symbols.ALL);
    }

    @Test
    void shouldKeepThePriceOfTheLastTick() {
        Market market = new Market(prices);

        for (int i = 0; i < 1_000; i++) {
            Tick tick = market.next();
            assertThat(prices.get(tick.symbol())).isEqualTo(tick.cents()).isPositive();
        }
    }

    @Test
    void shouldGoOnFromThePricesOfTheTickerBefore() {
        prices.put(Symbols.ALL.get(0), 200_000L);

        assertThat(new Market(prices).next().cents()).isBetween(199_000L, 201_000L);
    }
}
