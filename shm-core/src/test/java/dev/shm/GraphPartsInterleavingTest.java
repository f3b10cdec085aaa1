package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.GraphAccess;
import dev.shm.collection.Graphs;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Parts of a graph that come, go and are given back, by two processes, with every single switch between them, and many pairs and triples of switches:
 * nobody ever sees the memory of a part that was given back, and what somebody has stays.
 */
class GraphPartsInterleavingTest {

    private static final long BYTES = 384 * 1024;
    private static final int RANDOM_SCHEDULES = 400;
    private static final int STRIDE_OF_WAITERS = 4;
    private static final String A = "a".repeat(100);
    private static final String B = "b".repeat(100);

    /** Two processes meeting over a graph. Made anew for each run. */
    private abstract static class Meeting extends MeetingOfTwo {
        final SharedGraphs.Graph a;
        final SharedGraphs.Graph b;
        final Map<String, Object> mine;
        final Map<String, Object> theirs;

        Meeting(Object graph) {
            super(BYTES);
            // By somebody else: who makes a part has it.
            world.process(2).objects.create("graph", type(graph)).close();
            a = first.objects.open("graph", type(null));
            b = second.objects.open("graph", type(null));
            mine = map(a.root());
            theirs = map(b.root());
        }

        /** Nobody has anything: what is out goes, and all that is in the graph is as it was put there. */
        @Override
        void check() {
            a.close();
            GraphAccess.collect(b);
            long used = world.count().usedBytes();
            b.close();
            second.objects.open("graph", type(null)).close();
            assertThat(world.count().usedBytes())
                    .as("what is in use when the graph was opened alone, too")
                    .isEqualTo(used);
        }
    }

    private static void meet(Supplier<? extends Meeting> meeting) {
        MeetingOfTwo.meet(meeting, RANDOM_SCHEDULES);
    }

    private static SharedType<SharedGraphs.Graph> type(Object graph) {
        return new Graphs().type(null, graph, new PartTypes());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object collection) {
        return (Map<String, Object>) collection;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object collection) {
        return (List<Object>) collection;
    }

    private static Map<String, Object> with(String key, Object value) {
        Map<String, Object> map = new HashMap<>();
        map.put(key, value);
        return map;
    }

    /** Takes out what is there, gives it back, and puts another in its place, for which there is the same entry and the same memory. */
    private static void exchange(SharedGraphs.Graph graph, Map<String, Object> root, Object after) {
        Object before = root.remove("part");
        if (before != null) {
            GraphAccess.drop(graph, before);
            GraphAccess.collect(graph);
        }
        root.put("part", after);
    }

    @Test
    void whoComesToAPartThatGoesFindsItOrAnotherInItsPlace() {
        meet(() -> new Meeting(with("part", List.of(1L, A))) {
            @Override
            void first() {
                Object found = mine.get("part");
                if (found != null) {
                    assertThat(new ArrayList<>(list(found))).isIn(List.of(1L, A), List.of(2L, B));
                    GraphAccess.drop(a, found);
                }
            }

            @Override
            void second() {
                exchange(b, theirs, List.of(2L, B));
            }
        });
    }

    @Test
    void aCounterThatSomebodyHasIsNobodyElses() {
        meet(() -> new Meeting(with("part", SharedLong.type().initially(number -> number.set(7)))) {
            @Override
            void first() {
                SharedLong found = (SharedLong) mine.get("part");
                if (found != null) {
                    found.compareAndSet(7, 8);
                    assertThat(found.get()).isIn(8L, 100L);
                }
            }

            @Override
            void second() {
                exchange(b, theirs, SharedLong.type().initially(number -> number.set(100)));
                assertThat(((SharedLong) theirs.get("part")).get()).isEqualTo(100);
            }
        });
    }

    @Test
    void copiesAndIteratorsFindWhatThereIs() {
        meet(() -> new Meeting(with("list", List.of(List.of(1L, A)))) {
            final List<Object> myList = list(mine.get("list"));
            final List<Object> theirList = list(theirs.get("list"));

            @Override
            void first() {
                for (Object element : myList) {
                    assertThat(new ArrayList<>(list(element))).isIn(List.of(1L, A), List.of(2L, B));
                }
                assertThat(a.copy())
                        .isIn(
                                with("list", List.of(List.of(1L, A))),
                                with("list", List.of(List.of(2L, B))),
                                with("list", List.of()));
            }

            @Override
            void second() {
                Object before = theirList.remove(0);
                GraphAccess.drop(b, before);
                GraphAccess.collect(b);
                theirList.add(List.of(2L, B));
            }
        });
    }

    @Test
    void whatSomebodyHasIsPutElsewhereWhoeverGivesBack() {
        meet(() -> new Meeting(with("part", List.of(1L, A))) {
            final Object part = mine.get("part");

            @Override
            void first() {
                mine.remove("part");
                mine.put("elsewhere", part);
                GraphAccess.drop(a, part);
                GraphAccess.collect(a);
                assertThat(list(mine.get("elsewhere"))).isEqualTo(List.of(1L, A));
            }

            @Override
            void second() {
                GraphAccess.collect(b);
                theirs.put("other", List.of(2L, B));
                GraphAccess.collect(b);
            }

            @Override
            void check() {
                assertThat(list(theirs.get("elsewhere"))).isEqualTo(List.of(1L, A));
                assertThat(list(theirs.get("other"))).isEqualTo(List.of(2L, B));
                super.check();
            }
        });
    }

    @Test
    void whatOneTakesOutTheOtherCanPutBack() {
        meet(() -> new Meeting(with("part", List.of(1L, A))) {
            @Override
            void first() {
                Object found = mine.remove("part");
                if (found != null) {
                    mine.put("back", found);
                    GraphAccess.drop(a, found);
                }
                GraphAccess.collect(a);
            }

            @Override
            void second() {
                Object found = theirs.remove("part");
                if (found != null) {
                    theirs.put("back", found);
                    GraphAccess.drop(b, found);
                }
                GraphAccess.collect(b);
            }

            @Override
            void check() {
                assertThat(list(theirs.get("back"))).isEqualTo(List.of(1L, A));
                super.check();
            }
        });
    }

    @Test
    void twoOpeningsOfOneProcessHoldForEachOther() {
        meet(() -> new Meeting(with("part", List.of(1L, A))) {
            final SharedGraphs.Graph again = first.objects.open("graph", type(null));
            final Object one = mine.get("part");

            @Override
            void first() {
                Object other = map(again.root()).get("part");
                GraphAccess.drop(a, one);
                GraphAccess.collect(a);
                if (other != null) {
                    assertThat(new ArrayList<>(list(other))).isIn(List.of(1L, A), List.of(2L, B));
                }
            }

            @Override
            void second() {
                exchange(b, theirs, List.of(2L, B));
            }

            @Override
            void check() {
                again.close();
                super.check();
            }
        });
    }

    @Test
    void twoWhoGiveBackDoItOnce() {
        // Both want the graph's lock nearly all the time.
        Supplier<Meeting> meeting = () -> new Meeting(with("part", List.of(List.of(1L)))) {
            {
                GraphAccess.drop(a, mine.remove("part"));
            }

            @Override
            void first() {
                GraphAccess.collect(a);
                mine.put("mine", List.of(1L));
            }

            @Override
            void second() {
                GraphAccess.collect(b);
                theirs.put("theirs", List.of(2L));
            }

            @Override
            void check() {
                assertThat(b.copy()).isEqualTo(Map.of("mine", List.of(1L), "theirs", List.of(2L)));
                super.check();
            }
        };
        MeetingOfTwo.meet(meeting, STRIDE_OF_WAITERS, RANDOM_SCHEDULES / 8);
    }
}
