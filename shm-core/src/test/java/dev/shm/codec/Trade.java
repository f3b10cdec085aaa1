package dev.shm.codec;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A message such as people send, with every way to declare a part of it. */
@SuppressWarnings("ArrayRecordComponent")
record Trade(
        UUID id,
        String symbol,
        long price,
        @Nullable Side side,
        List<Leg> legs,
        Map<String, Fee> fees,
        Optional<Note> note,
        Party party,
        Leg[] alternatives,
        Pair<Strategy, int[]> pair,
        @Nullable Object anything) {

    static Trade sample() {
        return new Trade(
                new UUID(1, 2),
                "ÄÖÜ-Grüße, a symbol of more than thirty-two characters",
                -5_000_000_000L,
                Side.SELL,
                List.of(new Leg("one", 1, 0.5), new Leg("two", Integer.MIN_VALUE, Double.MIN_VALUE)),
                Map.of("exchange", new Fee(new BigDecimal("1.250")), "tax", new Fee(BigDecimal.ZERO)),
                Optional.of(new Note("late", Instant.parse("2026-02-03T04:05:06.789Z"))),
                new Company("ACME", 7),
                new Leg[] {new Leg("three", 3, -0.0)},
                new Pair<>(Strategy.PATIENT, new int[] {1, -1, 1 << 30}),
                new ArrayList<>(List.of(1, "two", 3.0, 'c', (short) 4, (byte) 5, 6L, 7f, true)));
    }

    enum Side {
        BUY,
        SELL
    }

    /** With bodies, so that its constants are of classes of their own. */
    enum Strategy {
        PATIENT {
            @Override
            int steps() {
                return 10;
            }
        },
        HASTY {
            @Override
            int steps() {
                return 1;
            }
        };

        abstract int steps();
    }

    record Leg(String name, int quantity, double weight) {}

    record Note(String text, Instant when) {}

    record Pair<A, B>(A first, B second) {}

    /** A class without a constructor for others. */
    static final class Fee {
        private final BigDecimal amount;

        Fee(BigDecimal amount) {
            this.amount = amount;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Fee fee && fee.amount.equals(amount);
        }

        @Override
        public int hashCode() {
            return amount.hashCode();
        }
    }

    sealed interface Party permits Person, Company {}

    record Person(String firstName, String lastName) implements Party {}

    record Company(String name, int rating) implements Party {}
}
