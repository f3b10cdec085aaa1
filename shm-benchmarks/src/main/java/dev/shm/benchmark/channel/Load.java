package dev.shm.benchmark.channel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;

/** What is sent. Each carries a sequence number, which the receiver checks. */
enum Load {
    BYTES(100, 4096),
    RECORD(0, 4096),
    LARGE(64 << 10, 16);

    private static final byte LAST = 1;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final int length;

    /** How many different messages there are, a power of two: they are made before and sent again and again. */
    final int different;

    Load(int length, int different) {
        this.length = length;
        this.different = different;
    }

    Object payload(long sequence, boolean last) {
        if (this == RECORD) {
            return Trade.of(sequence, last);
        }
        byte[] bytes = new byte[length];
        ByteBuffer.wrap(bytes)
                .putLong(0, sequence)
                .putLong(length - Long.BYTES, ~sequence)
                .put(Long.BYTES, last ? LAST : 0);
        return bytes;
    }

    /** With two headers, one that is always the same and one that is not. */
    Message<?> message(long sequence, boolean last) {
        return MessageBuilder.withPayload(payload(sequence, last))
                .setHeader("tenant", "north")
                .setHeader("version", sequence)
                .build();
    }

    Message<?>[] messages() {
        Message<?>[] all = new Message<?>[different];
        for (int i = 0; i < different; i++) {
            all[i] = message(i, false);
        }
        return all;
    }

    boolean isLast(byte[] payload) {
        return payload[Long.BYTES] == LAST;
    }

    long sequence(byte[] payload) {
        // What checking costs must not be taken for what the message does.
        long sequence = (long) LONGS.get(payload, 0);
        if (payload.length != length || (long) LONGS.get(payload, length - Long.BYTES) != ~sequence) {
            throw new IllegalStateException("a message is damaged: " + payload.length + " bytes");
        }
        return sequence;
    }

    Class<?> type() {
        return this == RECORD ? Trade.class : byte[].class;
    }

    /** Bytes that one payload takes on the heap, which every receiver must allocate. */
    long heapBytes() {
        int count = 10_000 / (1 + length / 1000);
        Object[] kept = new Object[count];
        // Once for what is made the first time only.
        kept[0] = payload(0, false);
        long before = Allocated.bytesOfThisThread();
        for (int i = 0; i < count; i++) {
            kept[i] = payload(i, false);
        }
        long bytes = (Allocated.bytesOfThisThread() - before) / count;
        if (kept[count - 1] == null) {
            throw new IllegalStateException();
        }
        // Strings of a record that was received are its own; here they are constants. Buffers are not part of a
        // payload.
        return this == RECORD
                ? bytes
                        + 3 * 24
                        + aligned("DE0007164600")
                        + aligned("desk-7.north.example")
                        + aligned("good till cancelled, not to be shown to others")
                : (16L + length + 7) / 8 * 8;
    }

    private static long aligned(String value) {
        return (16L + value.length() + 7) / 8 * 8;
    }

    static Load of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    @Override
    public String toString() {
        return switch (this) {
            case BYTES -> "100 B";
            case RECORD -> "record";
            case LARGE -> "64 KiB";
        };
    }
}
