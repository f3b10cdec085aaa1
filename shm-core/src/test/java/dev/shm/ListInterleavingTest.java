package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.DequeType;
import dev.shm.collection.ListType;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Two processes in one list or deque, with every single switch between them, and many pairs and triples of switches. */
class ListInterleavingTest {

    private static final long BYTES = 384 * 1024;
    private static final int RANDOM_SCHEDULES = 100;
    private static final ListType<Object> LIST = SharedList.of(Object.class);
    private static final DequeType<Object> DEQUE = SharedDeque.of(Object.class);
    private static final String ONE = "1".repeat(100);
    private static final String TWO = "2".repeat(100);
    private static final String THREE = "3".repeat(100);

    /** Two processes meeting over a list and a deque. Made anew for each run. */
    private abstract static class Meeting extends MeetingOfTwo {
        final SharedList<Object> a = first.objects.openOrCreate("list", LIST);
        final SharedList<Object> b = second.objects.openOrCreate("list", LIST);
        final SharedDeque<Object> c = first.objects.openOrCreate("deque", DEQUE);
        final SharedDeque<Object> d = second.objects.openOrCreate("deque", DEQUE);

        Meeting() {
            super(BYTES);
        }
    }

    private static void meet(Supplier<Meeting> meeting) {
        MeetingOfTwo.meet(meeting, RANDOM_SCHEDULES);
    }

    /** One reads the list, the other writes it. */
    private static void read(List<?> before, Consumer<SharedList<Object>> reader, Consumer<SharedList<Object>> writer) {
        meet(() -> new Meeting() {
            {
                a.addAll(before);
            }

            @Override
            void first() {
                reader.accept(a);
            }

            @Override
            void second() {
                writer.accept(b);
            }
        });
    }

    /** One reads the deque, the other writes it. */
    private static void readDeque(
            List<?> before, Consumer<SharedDeque<Object>> reader, Consumer<SharedDeque<Object>> writer) {
        meet(() -> new Meeting() {
            {
                c.addAll(before);
            }

            @Override
            void first() {
                reader.accept(c);
            }

            @Override
            void second() {
                writer.accept(d);
            }
        });
    }

    @Test
    void aReaderSeesAnElementThatWasThere() {
        read(List.of(ONE), list -> assertThat(list.get(0)).isIn(ONE, TWO, 7L, THREE), list -> {
            list.set(0, TWO);
            list.set(0, 7L);
            list.set(0, THREE);
        });
    }

    @Test
    void aReaderIsNotMisledByACellThatIsUsedAgain() {
        read(
                List.of(0L, 1L),
                list -> {
                    try {
                        assertThat(list.get(1)).isIn(1L, "0123456789abc", TWO);
                    } catch (IndexOutOfBoundsException e) {
                        // It was away just then.
                    }
                },
                list -> {
                    list.remove(1);
                    list.add("0123456789abc");
                    list.remove(1);
                    list.add(TWO);
                });
    }

    @Test
    void aSnapshotIsOfOneMoment() {
        read(
                List.of(0L, 0L, ONE),
                list -> assertThat(list.snapshot())
                        .isIn(
                                List.of(0L, 0L, ONE),
                                List.of(1L, 0L, ONE),
                                List.of(1L, 1L, ONE),
                                List.of(1L, 1L),
                                List.of(TWO, 1L, 1L),
                                List.of(1L, 1L, TWO)),
                list -> {
                    // One store is the commit of each of the first two.
                    list.set(0, 1L);
                    list.set(1, 1L);
                    list.remove(2);
                    list.add(0, TWO);
                    list.sort((x, y) -> x.toString().compareTo(y.toString()));
                });
    }

    @Test
    void aReaderFindsWhatIsThereAllAlongWhileChunksAreExchanged() {
        List<Object> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add(i % 2 == 0 ? ONE : (Object) 5L);
        }
        read(
                many,
                list -> {
                    assertThat(list.get(0)).isIn(ONE, 5L);
                    assertThat(list.get(1)).isIn(ONE, 5L);
                },
                list -> {
                    list.sort((x, y) -> x.toString().compareTo(y.toString()));
                    list.add(THREE);
                });
    }

    @Test
    void aReaderFindsEitherAllOrNothingWhenTheListIsCleared() {
        read(
                Arrays.asList(ONE, null, 3L),
                list -> assertThat(list.snapshot()).isIn(Arrays.asList(ONE, null, 3L), List.of(), List.of(TWO)),
                list -> {
                    list.clear();
                    list.add(TWO);
                });
    }

    @Test
    void bothCountWhenBothCount() {
        meet(() -> new Meeting() {
            {
                a.addAll(List.of(0L, ""));
            }

            @Override
            void first() {
                a.updateAndGet(0, n -> (long) n + 1);
                a.add(1, ONE);
            }

            @Override
            void second() {
                b.updateAndGet(0, n -> (long) n + 1);
                b.add(1, TWO);
            }

            @Override
            void check() {
                assertThat(a.snapshot()).isIn(List.of(2L, ONE, TWO, ""), List.of(2L, TWO, ONE, ""));
            }
        });
    }

    @Test
    void aSnapshotOfADequeIsOfOneMoment() {
        readDeque(
                List.of(1L, 2L),
                deque -> assertThat(deque.snapshot())
                        .isIn(
                                List.of(1L, 2L),
                                List.of(2L),
                                List.of(),
                                List.of(ONE),
                                List.of(TWO, ONE),
                                List.of(ONE, TWO)),
                deque -> {
                    deque.pollFirst();
                    deque.pollLast();
                    deque.addLast(ONE);
                    deque.addFirst(TWO);
                    deque.rotate(1);
                });
    }

    @Test
    void aReaderOfADequeSeesAnElementThatWasThere() {
        readDeque(
                List.of(ONE, 2L),
                deque -> {
                    assertThat(deque.peekFirst()).isIn(ONE, 2L, THREE, "0123456789abc", null);
                    assertThat(deque.size()).isBetween(0, 2);
                },
                deque -> {
                    deque.poll();
                    deque.poll();
                    deque.addFirst(THREE);
                    deque.poll();
                    deque.addFirst("0123456789abc");
                });
    }

    @Test
    void whoPollsADequeThatIsNeverEmptyFindsAnElement() {
        readDeque(List.of(1L), deque -> assertThat(deque.poll()).isNotNull(), deque -> {
            deque.addFirst(2L);
            deque.pollLast();
        });
        readDeque(List.of(1L), deque -> assertThat(deque.pollLast()).isNotNull(), deque -> {
            deque.addLast(2L);
            deque.pollFirst();
        });
    }

    @Test
    void anElementGoesToOneOfTwoTakers() {
        meet(() -> new Meeting() {
            private Object toC;
            private Object toD;

            {
                c.add(ONE);
            }

            @Override
            void first() {
                toC = c.poll();
                c.add(TWO);
            }

            @Override
            void second() {
                toD = d.pollLast();
                d.addFirst(THREE);
            }

            @Override
            void check() {
                List<Object> all = new ArrayList<>(c.snapshot());
                if (toC != null) {
                    all.add(toC);
                }
                if (toD != null) {
                    all.add(toD);
                }
                assertThat(all).containsExactlyInAnyOrder(ONE, TWO, THREE);
            }
        });
    }
}
