package dev.shm.benchmark.channel;

import java.io.Serializable;

/** A record of about a hundred bytes. Serializable for those who send it that way. */
record Trade(
        long sequence, String instrument, Side side, long price, int quantity, String trader, String note, boolean last)
        implements Serializable {

    enum Side {
        BUY,
        SELL
    }

    static Trade of(long sequence, boolean last) {
        return new Trade(
                sequence,
                "DE0007164600",
                (sequence & 1) == 0 ? Side.BUY : Side.SELL,
                10_125 + sequence,
                250,
                "desk-7.north.example",
                "good till cancelled, not to be shown to others",
                last);
    }
}
