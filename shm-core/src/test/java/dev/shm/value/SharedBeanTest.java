package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.shm.SegmentView;
import dev.shm.SharedMemory;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.TestDirectory;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Beans and records, each seen through two attachments: two mappings of the same pages, as in two processes. */
class SharedBeanTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 20_000;

    /** An enum of the user's. */
    enum Side {
        BUY,
        SELL
    }

    /** A field of every type. */
    interface Everything {
        boolean isFlag();

        void setFlag(boolean flag);

        byte getSmall();

        void setSmall(byte small);

        short getShort();

        void setShort(short value);

        char getLetter();

        void setLetter(char letter);

        int getNumber();

        Everything setNumber(int number);

        long getLarge();

        void setLarge(long large);

        float getSingle();

        void setSingle(float single);

        double price();

        void setPrice(double price);

        Boolean getMaybeFlag();

        void setMaybeFlag(Boolean value);

        Byte getMaybeByte();

        void setMaybeByte(Byte value);

        Short getMaybeShort();

        void setMaybeShort(Short value);

        Character getMaybeChar();

        void setMaybeChar(Character value);

        Integer getMaybeInt();

        void setMaybeInt(Integer value);

        Long getMaybeLong();

        void setMaybeLong(Long value);

        Float getMaybeFloat();

        void setMaybeFloat(Float value);

        Double getMaybeDouble();

        void setMaybeDouble(Double value);

        String getText();

        void setText(String text);

        @MaxBytes(20)
        String getName();

        void setName(String name);

        byte[] getBytes();

        void setBytes(byte[] bytes);

        @MaxBytes(5)
        byte[] getKey();

        void setKey(byte[] key);

        Side getSide();

        void setSide(Side side);

        UUID getId();

        void setId(UUID id);

        BigInteger getBig();

        void setBig(BigInteger big);

        BigDecimal getAmount();

        void setAmount(BigDecimal amount);

        Instant getInstant();

        void setInstant(Instant value);

        Duration getDuration();

        void setDuration(Duration value);

        Period getPeriod();

        void setPeriod(Period value);

        LocalDate getDate();

        void setDate(LocalDate value);

        LocalTime getTime();

        void setTime(LocalTime value);

        LocalDateTime getDateTime();

        void setDateTime(LocalDateTime value);

        OffsetTime getOffsetTime();

        void setOffsetTime(OffsetTime value);

        OffsetDateTime getOffsetDateTime();

        void setOffsetDateTime(OffsetDateTime value);

        ZonedDateTime getZoned();

        void setZoned(ZonedDateTime value);

        ZoneId getZone();

        void setZone(ZoneId value);

        ZoneOffset getOffset();

        void setOffset(ZoneOffset value);

        Year getYear();

        void setYear(Year value);

        YearMonth getYearMonth();

        void setYearMonth(YearMonth value);

        MonthDay getMonthDay();

        void setMonthDay(MonthDay value);

        Month getMonth();

        void setMonth(Month value);

        DayOfWeek getDay();

        void setDay(DayOfWeek value);
    }

    /** Counters and what is changed together. */
    public interface Metrics {
        long getHits();

        void setHits(long hits);

        long getAndAddHits(long delta);

        long addAndGetHits(long delta);

        long getAndIncrementHits();

        long incrementAndGetHits();

        long getAndDecrementHits();

        long decrementAndGetHits();

        long getAndSetHits(long hits);

        boolean compareAndSetHits(long expected, long hits);

        int getErrors();

        int incrementAndGetErrors();

        int decrementAndGetErrors();

        int getAndAddErrors(int delta);

        boolean compareAndSetErrors(int expected, int errors);

        double getLoad();

        double addAndGetLoad(double delta);

        double decrementAndGetLoad();

        Side getSide();

        Side getAndSetSide(Side side);

        boolean compareAndSetSide(Side expected, Side side);

        boolean isStopped();

        boolean compareAndSetStopped(boolean expected, boolean stopped);

        int getWidth();

        void setWidth(int width);

        int getHeight();

        void setHeight(int height);

        String getNote();

        void setNote(String note);

        @MaxBytes(30)
        String getLabel();

        void setLabel(String label);

        default int getArea() {
            return getWidth() * getHeight();
        }
    }

    /** Some of these fields. */
    record Extent(int width, int height, String label, String note, long hits) {}

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory one;
    private SharedMemory two;

    @BeforeEach
    void attachTwice() {
        one = directory.segment("desk").create();
        two = directory.segment("desk").open();
    }

    @AfterEach
    void verifyAndClose() {
        assertThat(one.verify()).isEmpty();
        assertThat(one.deepStatistics().tentativeBytes()).isZero();
        two.close();
        one.close();
    }

    // ------------------------------------------------------------------------------------------- fields

    @SafeVarargs
    private <V> void goesAcross(
            Everything here,
            Everything there,
            BiConsumer<Everything, V> setter,
            Function<Everything, V> getter,
            V... values) {
        for (V value : values) {
            setter.accept(here, value);
            assertThat(getter.apply(there)).isEqualTo(value);
        }
    }

    @Test
    void fieldsOfEveryTypeGoAcross() {
        Everything here = one.create("bean", SharedBean.of(Everything.class)).get();
        Everything there = two.open("bean", SharedBean.of(Everything.class)).get();
        allGoAcross(here, there);
        assertThat(here.getClass().isHidden()).isTrue();
    }

    @Test
    void fieldsOfEveryTypeGoAcrossInAnUpdateToo() {
        SharedBean<Everything> bean = one.create("bean", SharedBean.of(Everything.class));
        bean.update(draft -> allGoAcross(draft, draft));
    }

    private void allGoAcross(Everything here, Everything there) {
        goesAcross(here, there, Everything::setFlag, Everything::isFlag, true, false);
        goesAcross(here, there, Everything::setSmall, Everything::getSmall, (byte) 1, Byte.MIN_VALUE, Byte.MAX_VALUE);
        goesAcross(here, there, Everything::setShort, Everything::getShort, Short.MIN_VALUE, Short.MAX_VALUE);
        goesAcross(here, there, Everything::setLetter, Everything::getLetter, 'a', Character.MAX_VALUE, '\0');
        goesAcross(here, there, Everything::setNumber, Everything::getNumber, -1, Integer.MIN_VALUE, Integer.MAX_VALUE);
        goesAcross(here, there, Everything::setLarge, Everything::getLarge, -1L, Long.MIN_VALUE, Long.MAX_VALUE);
        goesAcross(here, there, Everything::setSingle, Everything::getSingle, 1.5f, -0.0f, Float.NaN, Float.MIN_VALUE);
        goesAcross(here, there, Everything::setPrice, Everything::price, 1.5, -0.0, Double.NaN, Double.MAX_VALUE);
        goesAcross(here, there, Everything::setMaybeFlag, Everything::getMaybeFlag, true, null, false);
        goesAcross(here, there, Everything::setMaybeByte, Everything::getMaybeByte, (byte) 0, null, Byte.MIN_VALUE);
        goesAcross(here, there, Everything::setMaybeShort, Everything::getMaybeShort, (short) 0, null, Short.MIN_VALUE);
        goesAcross(here, there, Everything::setMaybeChar, Everything::getMaybeChar, 'x', null, '\0', '\uFFFF');
        goesAcross(here, there, Everything::setMaybeInt, Everything::getMaybeInt, 0, null, Integer.MIN_VALUE, -1);
        goesAcross(here, there, Everything::setMaybeLong, Everything::getMaybeLong, 0L, null, Long.MIN_VALUE, -1L);
        goesAcross(here, there, Everything::setMaybeFloat, Everything::getMaybeFloat, 0f, null, -1.5f, Float.NaN);
        goesAcross(here, there, Everything::setMaybeDouble, Everything::getMaybeDouble, 0d, null, -1.5, Double.NaN);
        goesAcross(
                here,
                there,
                Everything::setText,
                Everything::getText,
                "",
                "grün \uD83D\uDE00",
                null,
                "x".repeat(9_000),
                "y");
        goesAcross(
                here,
                there,
                Everything::setName,
                Everything::getName,
                "",
                "grün \uD83D\uDE00",
                null,
                "x".repeat(20),
                "y");
        goesAcross(here, there, Everything::setBytes, Everything::getBytes, new byte[0], null, new byte[] {1, 2, 3});
        goesAcross(here, there, Everything::setKey, Everything::getKey, new byte[0], null, new byte[] {1, 2, 3, 4, 5});
        goesAcross(here, there, Everything::setSide, Everything::getSide, Side.SELL, null, Side.BUY);
        goesAcross(here, there, Everything::setId, Everything::getId, new UUID(0, 0), null, new UUID(-1, 5));
        goesAcross(
                here,
                there,
                Everything::setBig,
                Everything::getBig,
                BigInteger.ZERO,
                null,
                BigInteger.TWO.pow(300).negate());
        goesAcross(
                here,
                there,
                Everything::setAmount,
                Everything::getAmount,
                new BigDecimal("0.00"),
                null,
                new BigDecimal("-1E-9"));
        goesAcross(
                here,
                there,
                Everything::setInstant,
                Everything::getInstant,
                Instant.EPOCH,
                null,
                Instant.MIN,
                Instant.MAX);
        goesAcross(
                here,
                there,
                Everything::setDuration,
                Everything::getDuration,
                Duration.ZERO,
                null,
                Duration.ofNanos(-1),
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999));
        goesAcross(
                here,
                there,
                Everything::setPeriod,
                Everything::getPeriod,
                Period.ZERO,
                null,
                Period.of(-1, -2, -3),
                Period.of(Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MIN_VALUE));
        goesAcross(
                here,
                there,
                Everything::setDate,
                Everything::getDate,
                LocalDate.EPOCH,
                null,
                LocalDate.MIN,
                LocalDate.MAX);
        goesAcross(here, there, Everything::setTime, Everything::getTime, LocalTime.MIDNIGHT, null, LocalTime.MAX);
        goesAcross(
                here,
                there,
                Everything::setDateTime,
                Everything::getDateTime,
                LocalDateTime.MIN,
                null,
                LocalDateTime.MAX);
        goesAcross(
                here,
                there,
                Everything::setOffsetTime,
                Everything::getOffsetTime,
                OffsetTime.MIN,
                null,
                OffsetTime.MAX);
        goesAcross(
                here,
                there,
                Everything::setOffsetDateTime,
                Everything::getOffsetDateTime,
                OffsetDateTime.MIN,
                null,
                OffsetDateTime.MAX,
                OffsetDateTime.of(LocalDateTime.of(2026, 2, 3, 4, 5), ZoneOffset.ofHours(2)));
        ZonedDateTime twice = ZonedDateTime.of(LocalDateTime.of(2026, 10, 25, 2, 30), ZoneId.of("Europe/Berlin"));
        goesAcross(
                here,
                there,
                Everything::setZoned,
                Everything::getZoned,
                twice.withEarlierOffsetAtOverlap(),
                null,
                twice.withLaterOffsetAtOverlap());
        goesAcross(
                here, there, Everything::setZone, Everything::getZone, ZoneId.of("Europe/Paris"), null, ZoneOffset.UTC);
        goesAcross(
                here,
                there,
                Everything::setOffset,
                Everything::getOffset,
                ZoneOffset.UTC,
                null,
                ZoneOffset.MIN,
                ZoneOffset.MAX);
        goesAcross(here, there, Everything::setYear, Everything::getYear, Year.of(0), null, Year.of(Year.MIN_VALUE));
        goesAcross(
                here,
                there,
                Everything::setYearMonth,
                Everything::getYearMonth,
                YearMonth.of(0, 1),
                null,
                YearMonth.of(-1, 12),
                YearMonth.of(Year.MAX_VALUE, 12),
                YearMonth.of(Year.MIN_VALUE, 1));
        goesAcross(
                here,
                there,
                Everything::setMonthDay,
                Everything::getMonthDay,
                MonthDay.of(2, 29),
                null,
                MonthDay.of(12, 31));
        goesAcross(here, there, Everything::setMonth, Everything::getMonth, Month.JANUARY, null, Month.DECEMBER);
        goesAcross(here, there, Everything::setDay, Everything::getDay, DayOfWeek.MONDAY, null, DayOfWeek.SUNDAY);
    }

    @Test
    void aNewBeanIsAllZerosAndNulls() {
        Everything bean = one.create("bean", SharedBean.of(Everything.class)).get();
        assertThat(bean.isFlag()).isFalse();
        assertThat(bean.getLetter()).isEqualTo('\0');
        assertThat(bean.getNumber()).isZero();
        assertThat(bean.price()).isZero();
        assertThat(bean.getMaybeLong()).isNull();
        assertThat(bean.getText()).isNull();
        assertThat(bean.getName()).isNull();
        assertThat(bean.getSide()).isNull();
        assertThat(bean.getZoned()).isNull();
    }

    @Test
    void aSetterMayReturnTheBean() {
        Everything bean = one.create("bean", SharedBean.of(Everything.class)).get();
        assertThat(bean.setNumber(3)).isSameAs(bean);
    }

    @Test
    void bytesAreCopiedInAndOut() {
        SharedBean<Everything> shared = one.create("bean", SharedBean.of(Everything.class));
        byte[] mine = {1, 2, 3};
        shared.update(bean -> {
            bean.setBytes(mine);
            bean.getBytes()[1] = 9;
            mine[0] = 9;
        });
        shared.get().getBytes()[2] = 9;
        assertThat(shared.get().getBytes()).containsExactly(1, 2, 3);
    }

    @Test
    void theBeanShowsItsFields() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        metrics.get().setNote("new");
        metrics.get().addAndGetHits(3);
        assertThat(metrics)
                .hasToString("Metrics{errors=0, height=0, hits=3, label=null, load=0.0, note=new, side=null, "
                        + "stopped=false, width=0}");
        metrics.update(bean -> {
            bean.setWidth(4);
            assertThat(bean.toString()).contains("width=4", "hits=3", "note=new");
            assertThat(metrics.toString()).contains("width=0", "hits=3", "note=new");
        });
        metrics.close();
        assertThat(metrics).hasToString("Metrics{closed}");
    }

    @Test
    void aDefaultMethodSeesTheBeanThatItIsCalledOn() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        metrics.update(bean -> {
            bean.setWidth(3);
            bean.setHeight(4);
            assertThat(bean.getArea()).isEqualTo(12);
            assertThat(metrics.get().getArea()).isZero();
        });
        assertThat(metrics.get().getArea()).isEqualTo(12);
    }

    // ------------------------------------------------------------------------------------------ atomic

    @Test
    void atomicMethodsAreThoseOfTheAtomics() {
        atomicMethodsWork(
                one.create("metrics", SharedBean.of(Metrics.class)).get(),
                two.open("metrics", SharedBean.of(Metrics.class)).get());
    }

    private static void atomicMethodsWork(Metrics here, Metrics there) {
        assertThat(here.getAndAddHits(5)).isZero();
        assertThat(there.addAndGetHits(-2)).isEqualTo(3);
        assertThat(here.getAndIncrementHits()).isEqualTo(3);
        assertThat(there.incrementAndGetHits()).isEqualTo(5);
        assertThat(here.getAndDecrementHits()).isEqualTo(5);
        assertThat(there.decrementAndGetHits()).isEqualTo(3);
        assertThat(here.getAndSetHits(Long.MIN_VALUE)).isEqualTo(3);
        assertThat(there.compareAndSetHits(3, 4)).isFalse();
        assertThat(there.compareAndSetHits(Long.MIN_VALUE, 4)).isTrue();
        here.setHits(6);
        assertThat(there.getHits()).isEqualTo(6);

        assertThat(here.getAndAddErrors(Integer.MAX_VALUE)).isZero();
        assertThat(there.incrementAndGetErrors()).isEqualTo(Integer.MIN_VALUE);
        assertThat(there.compareAndSetErrors(Integer.MIN_VALUE, 7)).isTrue();
        assertThat(here.decrementAndGetErrors()).isEqualTo(6);
        assertThat(there.getErrors()).isEqualTo(6);

        assertThat(here.addAndGetLoad(1.5)).isEqualTo(1.5);
        assertThat(there.decrementAndGetLoad()).isEqualTo(0.5);
        assertThat(here.getLoad()).isEqualTo(0.5);

        assertThat(here.getAndSetSide(Side.SELL)).isNull();
        assertThat(there.compareAndSetSide(Side.BUY, null)).isFalse();
        assertThat(there.compareAndSetSide(Side.SELL, Side.BUY)).isTrue();
        assertThat(here.getSide()).isEqualTo(Side.BUY);

        assertThat(here.compareAndSetStopped(true, false)).isFalse();
        assertThat(here.compareAndSetStopped(false, true)).isTrue();
        assertThat(there.isStopped()).isTrue();
    }

    @Test
    void noIncrementIsLostWhateverElseHappensToTheBean() throws Exception {
        one.create("metrics", SharedBean.of(Metrics.class));
        together(memory -> {
            SharedBean<Metrics> metrics = memory.open("metrics", SharedBean.of(Metrics.class));
            for (int i = 0; i < ROUNDS; i++) {
                metrics.get().incrementAndGetHits();
                metrics.get().incrementAndGetErrors();
                metrics.get().addAndGetLoad(0.5);
                if (i % 8 == 0) {
                    metrics.update(bean -> bean.setWidth(bean.getWidth() + 1));
                }
            }
        });
        Metrics metrics = two.open("metrics", SharedBean.of(Metrics.class)).get();
        assertThat(metrics.getHits()).isEqualTo(THREADS * ROUNDS);
        assertThat(metrics.getErrors()).isEqualTo(THREADS * ROUNDS);
        assertThat(metrics.getLoad()).isEqualTo(THREADS * ROUNDS * 0.5);
        assertThat(metrics.getWidth()).isEqualTo(THREADS * ROUNDS / 8);
    }

    // ------------------------------------------------------------------------------------------ updates

    @Test
    void anUpdateShowsAllItsFieldsAtOnce() {
        SharedBean<Metrics> here = one.create("metrics", SharedBean.of(Metrics.class));
        Metrics there = two.open("metrics", SharedBean.of(Metrics.class)).get();
        here.update(bean -> {
            bean.setWidth(3);
            bean.setHeight(4);
            bean.setNote("a note");
            bean.setLabel("a label");
            assertThat(bean.getWidth()).isEqualTo(3);
            assertThat(bean.getNote()).isEqualTo("a note");
            assertThat(there.getWidth()).isZero();
            assertThat(there.getNote()).isNull();
        });
        assertThat(there.getWidth()).isEqualTo(3);
        assertThat(two.open("metrics", SharedBean.of(Metrics.class)).snapshot(Extent.class))
                .isEqualTo(new Extent(3, 4, "a label", "a note", 0));
    }

    @Test
    void anUpdateThatThrowsChangesNothing() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        assertThatIllegalStateException()
                .isThrownBy(() -> metrics.update(bean -> {
                    bean.setWidth(3);
                    bean.setNote("a note");
                    throw new IllegalStateException("no");
                }))
                .withMessage("no");
        assertThat(metrics.get().getWidth()).isZero();
        assertThat(metrics.get().getNote()).isNull();
        metrics.get().setWidth(1);
        metrics.update(bean -> bean.setWidth(bean.getWidth() + 1));
        assertThat(metrics.get().getWidth()).isEqualTo(2);
    }

    @Test
    void anUpdateForWhichThereIsNoRoomChangesNothing() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        metrics.get().setNote("before");
        long used = one.deepStatistics().usedBytes();
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> metrics.update(bean -> {
                    bean.setWidth(3);
                    bean.setNote("x".repeat(2 << 20));
                }));
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> metrics.get().setNote("x".repeat(2 << 20)));
        assertThat(metrics.get().getWidth()).isZero();
        assertThat(metrics.get().getNote()).isEqualTo("before");
        assertThat(one.deepStatistics().usedBytes()).isEqualTo(used);
    }

    @Test
    void atomicFieldsAreNoPartOfUpdatesAndTheMessageSaysSo() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        metrics.get().setHits(5);
        metrics.update(bean -> {
            assertThat(bean.getHits()).isEqualTo(5);
            assertThat(bean.getSide()).isNull();
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> bean.setHits(6))
                    .withMessageContaining("'hits'")
                    .withMessageContaining("'metrics'");
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(bean::incrementAndGetHits);
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> bean.getAndSetSide(Side.BUY));
        });
        assertThat(metrics.get().getHits()).isEqualTo(5);
    }

    @Test
    void insideAnUpdateOnlyItsOwnBeanIsUsed() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        AtomicReference<Metrics> kept = new AtomicReference<>();
        metrics.update(bean -> {
            kept.set(bean);
            assertThatIllegalStateException().isThrownBy(() -> metrics.get().setWidth(1));
            assertThatIllegalStateException().isThrownBy(() -> metrics.get().setNote("x"));
            assertThatIllegalStateException().isThrownBy(() -> metrics.update(other -> other.setWidth(1)));
            assertThatIllegalStateException().isThrownBy(metrics::close);
            assertThatIllegalStateException().isThrownBy(() -> one.close());
            assertThat(metrics.get().getWidth()).isZero();
            bean.setWidth(7);
        });
        assertThat(metrics.get().getWidth()).isEqualTo(7);
        assertThatIllegalStateException()
                .isThrownBy(() -> kept.get().setWidth(1))
                .withMessageContaining("is over");
        assertThatIllegalStateException().isThrownBy(() -> kept.get().getNote()).withMessageContaining("is over");
        assertThatIllegalStateException().isThrownBy(() -> kept.get().getHits()).withMessageContaining("is over");
    }

    @Test
    void insideAnUpdateTheSameBeanOpenedOnceMoreIsNotChanged() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        try (SharedBean<Metrics> again = one.open("metrics", SharedBean.of(Metrics.class))) {
            metrics.update(bean -> {
                bean.setWidth(bean.getWidth() + 1);
                assertThatIllegalStateException()
                        .isThrownBy(() -> again.update(other -> other.setWidth(5)))
                        .withMessageContaining("from inside an update of 'metrics'");
                assertThatIllegalStateException().isThrownBy(() -> again.get().setHeight(1));
                assertThatIllegalStateException().isThrownBy(() -> again.get().setNote("x"));
                assertThat(again.get().getHeight()).isZero();
            });
            assertThat(two.open("metrics", SharedBean.of(Metrics.class)).get())
                    .hasToString(metrics.get().toString());
            assertThat(metrics.get().getWidth()).isEqualTo(1);
            assertThat(metrics.get().getHeight()).isZero();
            assertThat(metrics.get().getNote()).isNull();
            again.get().setHeight(2);
            assertThat(metrics.get().getHeight()).isEqualTo(2);
        }
        SharedRecord<Pair> pair = one.create("pair", SharedRecord.of(Pair.class));
        try (SharedRecord<Pair> again = one.open("pair", SharedRecord.of(Pair.class))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> pair.updateAndGet(before -> {
                        again.set(new Pair(3, "c"));
                        return new Pair(1, "a");
                    }));
            assertThat(again.get()).isNull();
        }
    }

    /** A record of fields. */
    record Pair(int number, String text) {}

    @Test
    void theBeanOfAnUpdateIsForItsThread() throws Exception {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            metrics.update(bean -> {
                Future<?> set = other.submit(() -> bean.setWidth(1));
                assertThatExceptionOfType(ExecutionException.class)
                        .isThrownBy(set::get)
                        .withMessageContaining("another thread");
            });
        } finally {
            other.shutdownNow();
        }
        assertThat(metrics.get().getWidth()).isZero();
    }

    @Test
    void nobodySeesHalfOfAnUpdate() throws Exception {
        SharedBean<Metrics> first = one.create("metrics", SharedBean.of(Metrics.class));
        SharedBean<Metrics> read = two.open("metrics", SharedBean.of(Metrics.class));
        first.update(SharedBeanTest::grow);
        AtomicBoolean done = new AtomicBoolean();
        List<Throwable> torn = new ArrayList<>();
        Thread reader = new Thread(() -> {
            while (!done.get()) {
                Extent extent = read.snapshot(Extent.class);
                String expected = Integer.toString(extent.width());
                // Width is set first: whoever has seen it new sees the rest of that update.
                int width = read.get().getWidth();
                int height = read.get().getHeight();
                if (extent.height() != extent.width() * 2
                        || !extent.label().equals(expected)
                        || !extent.note().startsWith(expected + ",")
                        || height < width * 2) {
                    throw new AssertionError("torn: " + extent + " " + width + " " + height);
                }
            }
        });
        reader.setUncaughtExceptionHandler((thread, error) -> torn.add(error));
        reader.start();
        together(memory -> {
            SharedBean<Metrics> metrics = memory.open("metrics", SharedBean.of(Metrics.class));
            for (int i = 0; i < ROUNDS / 4; i++) {
                metrics.update(SharedBeanTest::grow);
            }
        });
        done.set(true);
        reader.join();
        assertThat(torn).isEmpty();
        assertThat(read.get().getWidth()).isEqualTo(THREADS * (ROUNDS / 4) + 1);
    }

    private static void grow(Metrics bean) {
        int width = bean.getWidth() + 1;
        bean.setWidth(width);
        bean.setHeight(width * 2);
        bean.setLabel(Integer.toString(width));
        bean.setNote(width + ",".repeat(1 + width % 100));
    }

    @Test
    void anUpdateKnowsWhatASetterOfAnotherProcessSetMeanwhile() {
        SharedBean<Metrics> here = one.create("metrics", SharedBean.of(Metrics.class));
        // As a setter that looked at the state before the update began, and stores in the middle of it.
        BeanStore behind = two.open("metrics", SharedBean.of(Metrics.class)).store();
        int[] calls = new int[1];
        here.update(bean -> {
            int before = bean.getWidth();
            if (calls[0]++ == 0) {
                behind.strip().putLongRelease(BeanLayout.word(behind.schema().word("width")), 10);
            }
            bean.setWidth(before + 1);
        });
        assertThat(calls[0]).isEqualTo(2);
        assertThat(here.get().getWidth()).isEqualTo(11);
    }

    @Test
    void manyFieldsWithBlocksAreSetAtOnceUpToTheLimit() {
        SharedBean<Everything> bean = one.create("bean", SharedBean.of(Everything.class));
        bean.update(draft -> {
            draft.setText("a");
            draft.setBytes(new byte[] {1});
            draft.setBig(BigInteger.TEN);
            draft.setAmount(BigDecimal.TEN);
            draft.setZone(ZoneOffset.UTC);
            draft.setZoned(Instant.EPOCH.atZone(ZoneOffset.UTC));
        });
        assertThat(bean.get().getAmount()).isEqualTo(BigDecimal.TEN);
        long used = one.deepStatistics().usedBytes();
        bean.update(draft -> {
            draft.setText("b");
            draft.setBig(null);
        });
        assertThat(bean.get().getBig()).isNull();
        assertThat(one.deepStatistics().usedBytes()).isLessThan(used);
    }

    // ----------------------------------------------------------------------------------- beans within beans

    interface Address {
        String getCity();

        void setCity(String city);

        int getNumber();

        void setNumber(int number);
    }

    interface Person {
        Address getHome();

        Address getWork();

        String getName();

        void setName(String name);

        long getZip();

        void setZip(long zip);
    }

    record PlaceOf(String city, int number) {}

    record PersonOf(String name, PlaceOf work, PlaceOf home) {}

    @Test
    void aBeanWithinABeanIsAPartOfIt() {
        SharedBean<Person> here = one.create("person", SharedBean.of(Person.class));
        Person there = two.open("person", SharedBean.of(Person.class)).get();
        here.get().getHome().setCity("Bonn");
        here.get().getHome().setNumber(1);
        here.get().getWork().setNumber(2);
        here.get().setZip(53);
        assertThat(there.getHome().getCity()).isEqualTo("Bonn");
        assertThat(there.getHome().getNumber()).isEqualTo(1);
        assertThat(there.getWork().getNumber()).isEqualTo(2);
        assertThat(there.getWork().getCity()).isNull();
        here.update(person -> {
            person.setName("Eva");
            person.getWork().setCity("Köln");
            person.getHome().setNumber(person.getHome().getNumber() + 10);
            assertThat(there.getHome().getNumber()).isEqualTo(1);
            assertThat(person.getHome().toString()).isEqualTo("Address{city=Bonn, number=11}");
        });
        assertThat(here.snapshot(PersonOf.class))
                .isEqualTo(new PersonOf("Eva", new PlaceOf("Köln", 2), new PlaceOf("Bonn", 11)));
        assertThat(there)
                .hasToString("Person{home.city=Bonn, home.number=11, name=Eva, work.city=Köln, work.number=2, zip=53}");
        assertThat(there.getWork()).isSameAs(there.getWork());
    }

    // ------------------------------------------------------------------------------------------ snapshots

    record Wrong(int width, String colour) {}

    record Retyped(long width) {}

    @Test
    void aSnapshotNamesWhatIsNoField() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> metrics.snapshot(Wrong.class))
                .withMessageContaining("'colour'")
                .withMessageContaining("width");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> metrics.snapshot(Retyped.class))
                .withMessageContaining("'width'")
                .withMessageContaining("long")
                .withMessageContaining("int");
    }

    // ------------------------------------------------------------------------------------------- records

    record Point(int x, double y, String name, @MaxBytes(8) String code, Side side, PlaceOf place) {
        Point {
            if (x < 0) {
                throw new IllegalArgumentException("x is negative");
            }
        }
    }

    @Test
    void aRecordIsAnAtomicReference() {
        SharedRecord<Point> here = one.create("point", SharedRecord.of(Point.class));
        SharedRecord<Point> there = two.open("point", SharedRecord.of(Point.class));
        assertThat(there.get()).isNull();
        Point first = new Point(0, 0, null, null, null, new PlaceOf(null, 0));
        Point second = new Point(1, 2.5, "a".repeat(1_000), "code", Side.SELL, new PlaceOf("Bonn", 3));
        assertThat(here.compareAndSet(first, second)).isFalse();
        assertThat(here.getAndSet(first)).isNull();
        assertThat(there.get()).isEqualTo(first);
        assertThat(there.compareAndSet(first, second)).isTrue();
        assertThat(here.get()).isEqualTo(second);
        assertThat(here.getAndSet(first)).isEqualTo(second);
        assertThat(there.updateAndGet(point -> new Point(point.x() + 1, 0, "n", null, null, point.place())))
                .isEqualTo(new Point(1, 0, "n", null, null, new PlaceOf(null, 0)));
        here.set(second);
        assertThat(there).hasToString(second.toString());
        assertThatNullPointerException().isThrownBy(() -> here.set(null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> here.set(new Point(1, 0, null, null, null, null)))
                .withMessageContaining("'place'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> here.set(new Point(1, 0, null, "more than 8", null, new PlaceOf(null, 0))))
                .withMessageContaining("'code'")
                .withMessageContaining("room for 8");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> here.updateAndGet(point -> new Point(-1, 0, null, null, null, null)))
                .withMessage("x is negative");
        assertThat(here.get()).isEqualTo(second);
    }

    @Test
    void noUpdateOfARecordIsLost() throws Exception {
        one.create("point", SharedRecord.of(PlaceOf.class)).set(new PlaceOf("", 0));
        together(memory -> {
            SharedRecord<PlaceOf> point = memory.open("point", SharedRecord.of(PlaceOf.class));
            for (int i = 0; i < ROUNDS / 4; i++) {
                point.updateAndGet(place -> {
                    assertThat(place.city()).hasSize(place.number() % 50);
                    int number = place.number() + 1;
                    return new PlaceOf("x".repeat(number % 50), number);
                });
                PlaceOf now = point.get();
                assertThat(now.city()).hasSize(now.number() % 50);
            }
        });
        assertThat(two.open("point", SharedRecord.of(PlaceOf.class)).get().number())
                .isEqualTo(THREADS * (ROUNDS / 4));
    }

    record Bad(int x, List<String> list) {}

    record Worse(@MaxBytes(3) int x) {}

    record Empty() {}

    @Test
    void aRecordThatCannotBeFieldsIsRefusedByComponent() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedRecord.of(Bad.class))
                .withMessageContaining("'list'")
                .withMessageContaining("java.util.List<java.lang.String>");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedRecord.of(Worse.class))
                .withMessageContaining("'x'")
                .withMessageContaining("MaxBytes");
        assertThatIllegalArgumentException().isThrownBy(() -> SharedRecord.of(Empty.class));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedRecord.of(Node.class))
                .withMessageContaining("Node cannot be a record of fields: it contains itself");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedRecord.of(Around.class))
                .withMessageContaining("Node");
        assertThat(one.create("twice", SharedRecord.of(Twice.class)).get()).isNull();
    }

    /** A record that contains itself. */
    record Node(int number, Node next) {}

    /** A record around one that contains itself. */
    record Around(Node node) {}

    /** A record that contains another one twice. */
    record Twice(Pair one, Pair other) {}

    // -------------------------------------------------------------------------------------------- schemas

    /** Another version of {@link Metrics}. */
    private static final class Other {
        interface Metrics {
            long getHits();

            void setHits(long hits);

            long getWidth();

            void setWidth(long width);

            int getHeight();

            void setHeight(int height);

            String getColour();

            void setColour(String colour);

            @MaxBytes(31)
            String getLabel();

            void setLabel(String label);
        }

        record PlaceOf(String city, long number) {}
    }

    @Test
    void anotherVersionOfTheInterfaceIsToldEachFieldThatDiffers() {
        one.create("metrics", SharedBean.of(Metrics.class));
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> two.open("metrics", SharedBean.of(Other.Metrics.class)))
                .withMessageContaining("'metrics'")
                .withMessageContaining(
                        "missing here: 'errors' (atomic int), 'load' (atomic double), 'note' (String), "
                                + "'side' (atomic enum dev.shm.value.SharedBeanTest$Side(BUY,SELL)), 'stopped' (atomic boolean)")
                .withMessageContaining("added here: 'colour' (String)")
                .withMessageContaining("of another type: 'hits' (atomic long there, long here), "
                        + "'label' (String<=30 there, String<=31 here), 'width' (int there, long here)")
                .withMessageNotContaining("'height'");
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> two.openOrCreate("metrics", SharedBean.of(Other.Metrics.class)));
        one.create("place", SharedRecord.of(PlaceOf.class));
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> two.open("place", SharedRecord.of(Other.PlaceOf.class)))
                .withMessageContaining("of another type: 'number' (int there, long here)");
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> two.open("place", SharedBean.of(Metrics.class)));
    }

    @Test
    void theSchemaNamesEveryFieldOnceAndInOrder() {
        assertThat(new String(BeanShape.of(Person.class).schema().text(), StandardCharsets.UTF_8))
                .isEqualTo(
                        "home.city b String\nhome.number 1 int\nname b String\nwork.city b String\nwork.number 1 int\n"
                                + "zip 1 long\n");
        assertThat(new String(BeanShape.of(Metrics.class).schema().text(), StandardCharsets.UTF_8))
                .contains("hits 1a long\n", "label 5 String<=30\n", "note b String\n");
    }

    // -------------------------------------------------------------------------------------- bad interfaces

    interface Overloaded {
        int getX();

        void setX(int x);

        void setX(long x);
    }

    interface Generic<X> {
        X getX();
    }

    interface InheritsGeneric extends Generic<Integer> {}

    interface GenericMethod {
        <X extends Number> X getX();
    }

    interface ListOf {
        List<String> getX();
    }

    interface NoGetter {
        int getY();

        void setX(int x);
    }

    interface OtherType {
        int getX();

        void setX(long x);
    }

    interface UnknownType {
        Thread getX();
    }

    interface Itself {
        int getX();

        Itself getOther();
    }

    interface SetsNested {
        Address getHome();

        void setHome(Address home);
    }

    interface Verb {
        int getX();

        void run();
    }

    interface TwoGetters {
        boolean getX();

        boolean isX();
    }

    interface AddsText {
        String getX();

        String getAndSetX(String x);
    }

    interface AddsFlags {
        boolean isX();

        boolean getAndAddX(boolean x);
    }

    interface WrongResult {
        long getX();

        int getAndAddX(long delta);
    }

    interface WrongBytes {
        @MaxBytes(0)
        int getA();

        @MaxBytes(5000)
        String getB();
    }

    interface Nothing {
        default int getX() {
            return 0;
        }
    }

    abstract static class NoInterface {
        abstract int getX();
    }

    private static void refused(Class<?> type, String... parts) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedBean.of(type))
                .satisfies(
                        e -> assertThat(e.getMessage()).contains(type.getName()).contains(parts));
    }

    @Test
    void interfacesThatAreNoBeansAreRefusedByMethod() {
        refused(Overloaded.class, "setX(long)", "setX(int)", "overloaded");
        refused(Generic.class, "generic");
        refused(InheritsGeneric.class, "getX()", "generic");
        refused(GenericMethod.class, "getX()", "generic");
        refused(ListOf.class, "getX()", "java.util.List<java.lang.String>");
        refused(NoGetter.class, "setX(int)", "no getter of 'x'");
        refused(OtherType.class, "setX(long)", "getX()", "int");
        refused(UnknownType.class, "getX()", "java.lang.Thread", "Possible are");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedBean.of(Itself.class))
                .withMessageContaining("contains itself");
        refused(SetsNested.class, "setHome(Address)", "'home'");
        refused(Verb.class, "run()", "neither a getter");
        refused(TwoGetters.class, "'x'", "another getter");
        refused(AddsText.class, "getAndSetX(String)", "more than one word");
        refused(AddsFlags.class, "getAndAddX(boolean)", "added to");
        refused(WrongResult.class, "getAndAddX(long)", "int", "long");
        refused(WrongBytes.class, "getB()", "5000");
        refused(Nothing.class, "no getter");
        refused(NoInterface.class, "no interface");
        refused(Point.class, "SharedRecord");
        refused(Override.class, "no interface");
    }

    @Test
    void aTextThatIsTooLongIsRefusedAndNothingHasChanged() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        metrics.get().setLabel("x".repeat(30));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> metrics.get().setLabel("ä".repeat(16)))
                .withMessageContaining("'label'")
                .withMessageContaining("'metrics'")
                .withMessageContaining("32 bytes of UTF-8")
                .withMessageContaining("room for 30");
        assertThat(metrics.get().getLabel()).isEqualTo("x".repeat(30));
    }

    // ---------------------------------------------------------------------------------------- life and death

    @Test
    void aClosedBeanSaysSo() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        Metrics bean = metrics.get();
        metrics.close();
        metrics.close();
        assertThat(metrics.isOpen()).isFalse();
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(bean::getWidth);
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> bean.setWidth(1));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(bean::getHits);
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(bean::incrementAndGetHits);
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(bean::getNote);
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> bean.setNote("x"));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(bean::getLabel);
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> metrics.update(b -> b.setWidth(1)));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> metrics.snapshot(Extent.class));
    }

    @Test
    void destroyingGivesBackEverythingWhenTheLastOneClosesIt() {
        long before = one.deepStatistics().usedBytes();
        SharedBean<Metrics> here = one.create("metrics", SharedBean.of(Metrics.class));
        SharedBean<Metrics> there = two.open("metrics", SharedBean.of(Metrics.class));
        here.get().setNote("a note in a block");
        one.destroy("metrics");
        here.close();
        assertThat(there.get().getNote()).isEqualTo("a note in a block");
        there.get().setNote("another one");
        there.close();
        assertThat(one.deepStatistics().usedBytes()).isEqualTo(before);
    }

    @Test
    void withoutACompiledClassAProxyDoesTheSame() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        BeanStore store = two.open("metrics", SharedBean.of(Metrics.class)).store();
        BeanShape shape = BeanShape.of(Metrics.class);
        Metrics proxy = (Metrics) BeanViews.proxied(shape).view(store, null, shape, 0);
        assertThat(Proxy.isProxyClass(proxy.getClass())).isTrue();
        atomicMethodsWork(metrics.get(), proxy);
        proxy.setWidth(3);
        proxy.setHeight(4);
        proxy.setNote("n");
        proxy.setLabel("l");
        proxy.setHits(5);
        assertThat(metrics.snapshot(Extent.class)).isEqualTo(new Extent(3, 4, "l", "n", 5));
        assertThat(proxy.getArea()).isEqualTo(12);
        assertThat(proxy).hasToString(metrics.toString());
        assertThat(List.of(proxy)).contains(proxy).doesNotContain(metrics.get());
    }

    @Test
    void figuresTellWhatIsInABean() {
        SharedBean<Metrics> metrics = one.create("metrics", SharedBean.of(Metrics.class));
        metrics.get().addAndGetHits(3);
        metrics.get().getAndSetSide(Side.SELL);
        metrics.get().setLabel("a label");
        try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
            var figures = view.figures().get(0);
            assertThat(figures.problem()).isEmpty();
            assertThat(figures.kind()).isEqualTo("bean");
            assertThat(figures.figures())
                    .containsEntry("fields", 9L)
                    .containsEntry("fieldBytes", 8L * 13)
                    .containsEntry("updates", 1L);
            @SuppressWarnings("unchecked")
            var values = (Map<String, Object>) figures.figures().get("values");
            assertThat(values)
                    .containsEntry("hits", 3L)
                    .containsEntry("side", "SELL")
                    .containsEntry("label", "a label")
                    .containsEntry("stopped", "false")
                    .doesNotContainKey("note");
        }
    }

    private interface Work {
        void on(SharedMemory memory);
    }

    /** Several threads at once, half of them on each attachment. */
    private void together(Work work) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SharedMemory memory = i % 2 == 0 ? one : two;
                running.add(pool.submit((Callable<Void>) () -> {
                    start.await();
                    work.on(memory);
                    return null;
                }));
            }
            for (Future<Void> each : running) {
                each.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
