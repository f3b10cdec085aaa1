package dev.shm.torture;

import dev.shm.SharedMemory;
import dev.shm.testing.ChildJvm;
import dev.shm.value.MaxBytes;
import dev.shm.value.SharedBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** Changes a bean, and writes down how often before and after each change, until it is killed. */
public final class BeanTortureChild {

    static final String SEGMENT = "bean-torture";
    static final String BEAN = "ledger";
    static final int SEATS = 3;

    /** What one process changes. */
    public interface Seat {
        long getNumber();

        void setNumber(long number);

        @MaxBytes(20)
        String getName();

        void setName(String name);

        String getText();

        void setText(String text);
    }

    /** What all change. */
    public interface Ledger {
        long getHits();

        long incrementAndGetHits();

        long getTotal();

        void setTotal(long total);

        Seat getFirst();

        Seat getSecond();

        Seat getThird();

        /** The seat with that number. */
        default Seat seat(int number) {
            return switch (number) {
                case 0 -> getFirst();
                case 1 -> getSecond();
                default -> getThird();
            };
        }
    }

    record SeatContent(long number, String name, String text) {
        void check() {
            if (number != 0
                    && (!name.equals(BeanTortureChild.name(number)) || !text.equals(BeanTortureChild.text(number)))) {
                throw new AssertionError("half of an update: " + this);
            }
        }
    }

    record Content(long hits, long total, SeatContent first, SeatContent second, SeatContent third) {
        SeatContent seat(int number) {
            return number == 0 ? first : number == 1 ? second : third;
        }

        void check() {
            first.check();
            second.check();
            third.check();
            if (first.number + second.number + third.number != total) {
                throw new AssertionError("half of an update: " + this);
            }
        }
    }

    /** What a process had begun and done when it died. */
    static final class Log {
        private static final VarHandle LONG =
                MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
        static final int UPDATES_BEGUN = 0;
        static final int UPDATES_DONE = 8;
        static final int HITS_BEGUN = 16;
        static final int HITS_DONE = 24;

        private final ByteBuffer bytes;

        private Log(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        static Log open(Path file) {
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return new Log(channel.map(MapMode.READ_WRITE, 0, 64));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        long get(int what) {
            return (long) LONG.getVolatile(bytes, what);
        }

        void set(int what, long value) {
            LONG.setVolatile(bytes, what, value);
        }

        void count(int what) {
            set(what, get(what) + 1);
        }
    }

    private BeanTortureChild() {}

    static String name(long number) {
        return "n" + number;
    }

    static String text(long number) {
        return (number + ",").repeat(1 + (int) (number % 60));
    }

    /** Arguments: directory of segments, log file, seat, seed. */
    public static void main(String[] arguments) {
        ChildJvm.dieWithParent();
        Log log = Log.open(Path.of(arguments[1]));
        int seat = Integer.parseInt(arguments[2]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[3]));
        try (SharedMemory memory = SharedMemory.named(SEGMENT)
                        .directory(Path.of(arguments[0]))
                        .application("seat-" + seat)
                        .open();
                SharedBean<Ledger> ledger = memory.open(BEAN, SharedBean.of(Ledger.class))) {
            System.out.println("working");
            for (; ; ) {
                switch (random.nextInt(4)) {
                    case 0 -> {
                        log.count(Log.HITS_BEGUN);
                        ledger.get().incrementAndGetHits();
                        log.count(Log.HITS_DONE);
                    }
                    case 1 -> ledger.snapshot(Content.class).check();
                    default -> {
                        log.count(Log.UPDATES_BEGUN);
                        ledger.update(bean -> work(bean, bean.seat(seat)));
                        log.count(Log.UPDATES_DONE);
                    }
                }
            }
        }
    }

    private static void work(Ledger bean, Seat seat) {
        long number = seat.getNumber() + 1;
        seat.setNumber(number);
        seat.setName(name(number));
        seat.setText(text(number));
        bean.setTotal(bean.getTotal() + 1);
    }
}
