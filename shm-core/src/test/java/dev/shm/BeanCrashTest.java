package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.World.Process;
import dev.shm.value.MaxBytes;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedRecord;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every change of a bean, with a death after each of its stores, and a death of the reaper after each of its own. */
class BeanCrashTest {

    private static final long BYTES = 512 * 1024;
    private static final String LONG = "v".repeat(100);
    private static final String LONGER = "w".repeat(500);
    /** Pages of its own. */
    private static final String RUN = "r".repeat(40_000);

    /** Fields of every storage. */
    public interface Fields {
        long getCount();

        void setCount(long count);

        long addAndGetCount(long delta);

        int addAndGetSmall(int delta);

        int getSmall();

        boolean compareAndSetSmall(int expected, int value);

        long getA();

        void setA(long a);

        int getB();

        void setB(int b);

        @MaxBytes(20)
        String getName();

        void setName(String name);

        String getText();

        void setText(String text);

        String getOther();

        void setOther(String other);
    }

    record Content(long count, int small, long a, int b, String name, String text, String other) {}

    private static DynamicTest survives(String what, Consumer<Fields> before, Consumer<SharedBean<Fields>> change) {
        return survives(what, () -> new Changing(before, change));
    }

    private static DynamicTest survives(String what, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, BYTES))
                        .isPositive());
    }

    private static SharedBean<Fields> bean(Process process) {
        return process.objects.openOrCreate("bean", SharedBean.of(Fields.class));
    }

    /** A change that happens at once, or not at all. */
    private static class Changing extends Operation {

        private final Consumer<Fields> before;
        private final Consumer<SharedBean<Fields>> change;
        private SharedBean<Fields> bean;
        private Content was;
        private Content becomes;

        Changing(Consumer<Fields> before, Consumer<SharedBean<Fields>> change) {
            this.before = before;
            this.change = change;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            try (SharedBean<Fields> filler = bean(survivor)) {
                before.accept(filler.get());
                was = filler.snapshot(Content.class);
            }
            try (SharedBean<Fields> model = survivor.objects.create("model", SharedBean.of(Fields.class))) {
                before.accept(model.get());
                change.accept(model);
                becomes = model.snapshot(Content.class);
            }
            survivor.objects.destroy("model");
            bean = bean(victim);
        }

        @Override
        void act(Process victim) {
            change.accept(bean);
        }

        @Override
        boolean isGradual() {
            // The blocks that it has replaced are freed after it, by whoever changes the bean next.
            return true;
        }

        @Override
        boolean happened(Process survivor) {
            boolean happened;
            try (SharedBean<Fields> found = bean(survivor)) {
                // One field after the other, as one sees them who takes no snapshot.
                Fields fields = found.get();
                Content each = new Content(
                        fields.getCount(),
                        fields.getSmall(),
                        fields.getA(),
                        fields.getB(),
                        fields.getName(),
                        fields.getText(),
                        fields.getOther());
                assertThat(each).isIn(was, becomes);
                assertThat(found.snapshot(Content.class)).isEqualTo(each);
                happened = each.equals(becomes);
                // It can still be changed, and is then as it was.
                long a = fields.getA();
                fields.setA(-7);
                assertThat(fields.getA()).isEqualTo(-7);
                found.update(draft -> {
                    draft.setA(a);
                    draft.setText(draft.getText());
                });
                fields.setName(fields.getName());
                assertThat(found.snapshot(Content.class)).isEqualTo(each);
            }
            assertThat(survivor.objects.destroy("bean")).isTrue();
            assertThat(survivor.heap.deepStatistics().usedBytes())
                    .as("bytes in use when all is gone")
                    .isZero();
            return happened;
        }
    }

    /** The survivor destroys the bean as it finds it, without using it. */
    private static final class Abandoned extends Changing {

        Abandoned(Consumer<Fields> before, Consumer<SharedBean<Fields>> change) {
            super(before, change);
        }

        @Override
        boolean happened(Process survivor) {
            assertThat(survivor.objects.destroy("bean")).isTrue();
            assertThat(survivor.heap.deepStatistics().usedBytes()).isZero();
            return false;
        }

        @Override
        boolean isUndoneByDeath() {
            return true;
        }
    }

    private static void nothing(Fields fields) {}

    private static void full(Fields fields) {
        fields.setCount(3);
        fields.setA(5);
        fields.setB(6);
        fields.setName("a name");
        fields.setText(LONG);
        fields.setOther(LONGER);
    }

    @TestFactory
    Stream<DynamicTest> settingOneField() {
        return Stream.of(
                survives("a word", BeanCrashTest::nothing, bean -> bean.get().setA(1)),
                survives(
                        "a word with atomic methods",
                        BeanCrashTest::full,
                        bean -> bean.get().setCount(1)),
                survives("a sum", BeanCrashTest::full, bean -> bean.get().addAndGetCount(4)),
                survives(
                        "a sum of ints", BeanCrashTest::full, bean -> bean.get().addAndGetSmall(4)),
                survives("a comparison", BeanCrashTest::full, bean -> bean.get().compareAndSetSmall(0, 4)),
                survives(
                        "a text in the bean",
                        BeanCrashTest::full,
                        bean -> bean.get().setName("another name")),
                survives(
                        "no text in the bean",
                        BeanCrashTest::full,
                        bean -> bean.get().setName(null)),
                survives(
                        "a text in a block",
                        BeanCrashTest::nothing,
                        bean -> bean.get().setText(LONG)),
                survives(
                        "another text in a block",
                        BeanCrashTest::full,
                        bean -> bean.get().setText(LONGER)),
                survives(
                        "a text in a run of pages",
                        BeanCrashTest::full,
                        bean -> bean.get().setText(RUN)),
                survives(
                        "no text in a block",
                        BeanCrashTest::full,
                        bean -> bean.get().setText(null)));
    }

    @TestFactory
    Stream<DynamicTest> updating() {
        return Stream.of(
                survives(
                        "two words",
                        BeanCrashTest::nothing,
                        bean -> bean.update(fields -> {
                            fields.setA(1);
                            fields.setB(2);
                        })),
                survives(
                        "words and a text in the bean",
                        BeanCrashTest::full,
                        bean -> bean.update(fields -> {
                            fields.setA(fields.getA() + 1);
                            fields.setB(fields.getB() + 1);
                            fields.setName(fields.getName() + "!");
                        })),
                survives(
                        "two blocks and a word",
                        BeanCrashTest::full,
                        bean -> bean.update(fields -> {
                            fields.setText(LONGER);
                            fields.setOther(LONG);
                            fields.setA(9);
                        })),
                survives(
                        "a block that comes and one that goes",
                        fields -> fields.setText(RUN),
                        bean -> bean.update(fields -> {
                            fields.setText(null);
                            fields.setOther(LONG);
                        })));
    }

    @TestFactory
    Stream<DynamicTest> destroyingWhatNobodyHasFinished() {
        return Stream.of(
                survives(
                        "blocks that came",
                        () -> new Abandoned(
                                BeanCrashTest::nothing,
                                bean -> bean.update(fields -> {
                                    fields.setText(LONG);
                                    fields.setOther(LONGER);
                                }))),
                survives(
                        "blocks that were replaced",
                        () -> new Abandoned(
                                BeanCrashTest::full,
                                bean -> bean.update(fields -> {
                                    fields.setText(LONGER);
                                    fields.setOther(null);
                                    fields.setA(1);
                                }))));
    }

    record Point(
            int x,
            int y,
            @MaxBytes(10) String name,
            @Nullable String note) {}

    @TestFactory
    Stream<DynamicTest> settingARecord() {
        Point first = new Point(1, 2, "one", LONG);
        Point second = new Point(3, 4, "two", LONGER);
        return Stream.of(
                survives("the first", () -> new Replacing(null, second, record -> record.set(second))),
                survives("another", () -> new Replacing(first, second, record -> record.compareAndSet(first, second))),
                survives(
                        "what becomes of it",
                        () -> new Replacing(
                                first,
                                new Point(2, 2, "one", null),
                                record -> record.updateAndGet(point -> new Point(2, 2, point.name(), null)))));
    }

    private static final class Replacing extends Operation {

        private final @Nullable Point before;
        private final Point after;
        private final Consumer<SharedRecord<Point>> change;
        private SharedRecord<Point> point;

        Replacing(@Nullable Point before, Point after, Consumer<SharedRecord<Point>> change) {
            this.before = before;
            this.after = after;
            this.change = change;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            point = victim.objects.create("point", SharedRecord.of(Point.class));
            if (before != null) {
                point.set(before);
            }
        }

        @Override
        void act(Process victim) {
            change.accept(point);
        }

        @Override
        boolean isGradual() {
            return true;
        }

        @Override
        boolean happened(Process survivor) {
            boolean happened;
            try (SharedRecord<Point> found = survivor.objects.open("point", SharedRecord.of(Point.class))) {
                Point now = found.get();
                assertThat(now).isIn(before, after);
                happened = after.equals(now);
            }
            assertThat(survivor.objects.destroy("point")).isTrue();
            assertThat(survivor.heap.deepStatistics().usedBytes()).isZero();
            return happened;
        }
    }

    @TestFactory
    Stream<DynamicTest> livingAndDying() {
        return Stream.of(
                survives(
                        "creating",
                        () -> new ObjectCreation<>(
                                SharedBean.of(Fields.class),
                                bean -> assertThat(bean.snapshot(Content.class))
                                        .isEqualTo(new Content(0, 0, 0, 0, null, null, null)))),
                survives(
                        "destroying",
                        () -> new ObjectDestruction<>(SharedBean.of(Fields.class), bean -> full(bean.get()))));
    }
}
