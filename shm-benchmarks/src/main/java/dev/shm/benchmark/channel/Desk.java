package dev.shm.benchmark.channel;

import org.springframework.integration.annotation.ServiceActivator;

/** The receivers, as users write them. */
final class Desk {

    static final String CHANNEL = "orders";

    private Desk() {}

    static final class OfBytes {

        private final Load load;
        private final Tally tally;

        OfBytes(Load load, Tally tally) {
            this.load = load;
            this.tally = tally;
        }

        @ServiceActivator(inputChannel = CHANNEL)
        public void handle(byte[] payload) {
            tally.add(load.sequence(payload), load.isLast(payload));
        }
    }

    static final class OfTrades {

        private final Tally tally;

        OfTrades(Tally tally) {
            this.tally = tally;
        }

        @ServiceActivator(inputChannel = CHANNEL)
        public void handle(Trade trade) {
            tally.add(trade.sequence(), trade.last());
        }
    }
}
