package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.value.MaxBytes;
import dev.shm.value.SharedBean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Two processes in one bean, with every single switch between them, and many pairs and triples of switches. */
class BeanInterleavingTest {

    private static final long BYTES = 384 * 1024;
    private static final int RANDOM_SCHEDULES = 400;
    private static final String ONE = "1".repeat(100);
    private static final String TWO = "2".repeat(100);

    /** Fields of every storage. */
    public interface Fields {
        int getA();

        void setA(int a);

        int getB();

        void setB(int b);

        long getCount();

        long addAndGetCount(long delta);

        @MaxBytes(20)
        String getName();

        void setName(String name);

        String getText();

        void setText(String text);
    }

    record Content(int a, int b, String name, String text) {}

    /** Two processes meeting over a bean. Made anew for each run. */
    private abstract static class Meeting extends MeetingOfTwo {
        final SharedBean<Fields> a = first.objects.openOrCreate("bean", SharedBean.of(Fields.class));
        final SharedBean<Fields> b = second.objects.openOrCreate("bean", SharedBean.of(Fields.class));

        Meeting() {
            super(BYTES);
        }
    }

    private static void meet(Supplier<Meeting> meeting) {
        MeetingOfTwo.meet(meeting, RANDOM_SCHEDULES);
    }

    private static void meet(
            Consumer<SharedBean<Fields>> one, Consumer<SharedBean<Fields>> other, Consumer<Fields> check) {
        meet(() -> new Meeting() {
            @Override
            void first() {
                one.accept(a);
            }

            @Override
            void second() {
                other.accept(b);
            }

            @Override
            void check() {
                check.accept(a.get());
            }
        });
    }

    private static void grow(Fields fields) {
        fields.setA(fields.getA() + 1);
        fields.setB(fields.getB() + 1);
    }

    @Test
    void noUpdateIsLost() {
        meet(
                bean -> bean.update(BeanInterleavingTest::grow),
                bean -> {
                    bean.update(BeanInterleavingTest::grow);
                    bean.update(BeanInterleavingTest::grow);
                },
                fields -> {
                    assertThat(fields.getA()).isEqualTo(3);
                    assertThat(fields.getB()).isEqualTo(3);
                });
    }

    @Test
    void whoeverHasSeenAFieldOfAnUpdateSeesTheOthers() {
        meet(
                bean -> {
                    int a = bean.get().getA();
                    int b = bean.get().getB();
                    assertThat(b).isGreaterThanOrEqualTo(a);
                    int laterB = bean.get().getB();
                    int laterA = bean.get().getA();
                    assertThat(laterA).isGreaterThanOrEqualTo(laterB);
                },
                bean -> {
                    bean.update(BeanInterleavingTest::grow);
                    bean.update(BeanInterleavingTest::grow);
                },
                fields -> assertThat(fields.getA()).isEqualTo(2));
    }

    @Test
    void aSnapshotIsOfOneMoment() {
        Content none = new Content(0, 0, null, null);
        Content one = new Content(1, 1, "one", ONE);
        Content two = new Content(2, 2, "two, which is longer", TWO);
        meet(
                bean -> {
                    assertThat(bean.snapshot(Content.class)).isIn(none, one, two);
                    assertThat(bean.get().getText()).isIn(null, ONE, TWO);
                    assertThat(bean.get().getName()).isIn(null, one.name(), two.name());
                },
                bean -> {
                    for (Content content : new Content[] {one, two}) {
                        bean.update(fields -> {
                            fields.setA(content.a());
                            fields.setB(content.b());
                            fields.setName(content.name());
                            fields.setText(content.text());
                        });
                    }
                },
                fields -> assertThat(fields.getText()).isEqualTo(TWO));
    }

    /** The value of an update that knew what was set, or what was set. */
    @Test
    void aSetterAndAnUpdateOfOneFieldComeOneAfterTheOther() {
        meet(bean -> bean.get().setA(10), bean -> bean.update(BeanInterleavingTest::grow), fields -> {
            assertThat(fields.getA()).isIn(10, 11);
            assertThat(fields.getB()).isEqualTo(1);
        });
    }

    @Test
    void aSetterOfAnotherFieldIsNotUndoneByAnUpdate() {
        meet(
                bean -> bean.get().setA(10),
                bean -> bean.update(fields -> {
                    fields.setB(fields.getB() + 1);
                    fields.setText(ONE);
                }),
                fields -> {
                    assertThat(fields.getA()).isEqualTo(10);
                    assertThat(fields.getB()).isEqualTo(1);
                });
    }

    @Test
    void sumsDoNotCareForUpdates() {
        meet(
                bean -> {
                    bean.get().addAndGetCount(1);
                    bean.get().addAndGetCount(1);
                },
                bean -> {
                    bean.update(BeanInterleavingTest::grow);
                    bean.get().addAndGetCount(1);
                },
                fields -> {
                    assertThat(fields.getCount()).isEqualTo(3);
                    assertThat(fields.getA()).isEqualTo(1);
                });
    }

    @Test
    void textsReplaceEachOther() {
        meet(
                bean -> {
                    bean.get().setText(ONE);
                    bean.get().setName("one");
                },
                bean -> {
                    bean.get().setText(TWO);
                    bean.get().setText(null);
                    bean.get().setName("two");
                },
                fields -> {
                    assertThat(fields.getText()).isIn(ONE, null);
                    assertThat(fields.getName()).isIn("one", "two");
                });
    }

    /** One dies at the switch, whatever it was doing; the other goes on as if it had finished, or never begun. */
    @Test
    void aSetterAfterADeathIsNotUndoneByWhoCarriesOutWhatWasCommitted() {
        for (int stores = 0; ; stores++) {
            World world = World.again(BYTES);
            Process victim = world.process(World.VICTIM);
            Process survivor = world.process(World.SURVIVOR);
            SharedBean<Fields> dying = victim.objects.openOrCreate("bean", SharedBean.of(Fields.class));
            SharedBean<Fields> living = survivor.objects.openOrCreate("bean", SharedBean.of(Fields.class));
            victim.memory.arm(stores);
            boolean finished = true;
            try {
                dying.update(BeanInterleavingTest::grow);
            } catch (dev.shm.memory.TracingMemory.Killed e) {
                finished = false;
            }
            world.kill(World.VICTIM);
            // Nobody has reaped it. The setter meets its lock, or does not.
            living.get().setA(10);
            assertThat(living.get().getA()).as("after store %d", stores).isEqualTo(10);
            survivor.reap();
            assertThat(living.get().getA()).as("after store %d", stores).isEqualTo(10);
            living.update(fields -> fields.setName("x"));
            assertThat(living.get().getA()).as("after store %d", stores).isEqualTo(10);
            assertThat(living.get().getB()).as("after store %d", stores).isIn(0, 1);
            if (finished) {
                return;
            }
        }
    }
}
