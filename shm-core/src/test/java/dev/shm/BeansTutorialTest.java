package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The lines of docs/beans.md. */
class BeansTutorialTest {

    interface Quote {
        String getSymbol();

        void setSymbol(String symbol);

        double getPrice();

        void setPrice(double price);

        int getSize();

        void setSize(int size);

        long getTrades();

        long incrementAndGetTrades();

        default double value() {
            return getPrice() * getSize();
        }
    }

    record PriceAndSize(double price, int size) {}

    record Limits(int lowest, int highest) {}

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @Test
    void theLinesOfTheGuideRun() {
        try (SharedMemory memory = SharedMemory.named("desk")
                .directory(directory.path())
                .size(8 << 20)
                .openOrCreate()) {
            SharedBean<Quote> quote = memory.openOrCreate("quote", SharedBean.of(Quote.class));

            quote.get().setSymbol("ACME");
            quote.get().incrementAndGetTrades();

            quote.update(bean -> {
                bean.setPrice(12.5);
                bean.setSize(100);
            });

            PriceAndSize now = quote.snapshot(PriceAndSize.class);

            SharedRecord<Limits> limits = memory.openOrCreate("limits", SharedRecord.of(Limits.class));
            limits.set(new Limits(1, 10));
            limits.updateAndGet(old -> new Limits(old.lowest(), old.highest() + 1));

            assertThat(now).isEqualTo(new PriceAndSize(12.5, 100));
            assertThat(quote.get().value()).isEqualTo(1250);
            assertThat(quote).hasToString("Quote{price=12.5, size=100, symbol=ACME, trades=1}");
            assertThat(limits.get()).isEqualTo(new Limits(1, 11));
            assertThat(memory.verify()).isEmpty();
        }
    }
}
