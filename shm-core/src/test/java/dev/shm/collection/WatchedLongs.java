package dev.shm.collection;

import dev.shm.codec.Codec;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** A codec of numbers that tells of each that it reads: so something can be done in the middle of a search. */
final class WatchedLongs implements Codec<Long> {

    private LongConsumer watcher = read -> {};

    /** From now on, in the thread that reads. */
    void watch(LongConsumer whoIsTold) {
        this.watcher = whoIsTold;
    }

    /** Does something once, when that number is read next. */
    void whenRead(long number, Runnable action) {
        watch(read -> {
            if (read == number) {
                watch(other -> {});
                action.run();
            }
        });
    }

    @Override
    public String name() {
        return "watched";
    }

    @Override
    public int size(Long value) {
        return Long.BYTES;
    }

    @Override
    public void encode(Long value, ByteBuffer target) {
        target.putLong(value);
    }

    @Override
    public Long decode(ByteBuffer source) {
        long number = source.getLong();
        watcher.accept(number);
        return number;
    }
}
