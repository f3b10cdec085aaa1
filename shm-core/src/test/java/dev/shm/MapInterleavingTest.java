package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.MapType;
import dev.shm.collection.SetType;
import dev.shm.collection.ShardOfKeys;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Two processes in one map, with every single switch between them, and many pairs and triples of switches. */
class MapInterleavingTest {

    private static final long BYTES = 512 * 1024;
    private static final int RANDOM_SCHEDULES = 200;
    private static final MapType<String, Object> TYPE = SharedMap.of(String.class, Object.class);
    private static final String LONG_KEY = "a key that has a block of its own";
    private static final String ONE = "1".repeat(100);
    private static final String TWO = "2".repeat(100);
    private static final String THREE = "3".repeat(100);

    /** Two processes meeting over a map. Made anew for each run. */
    private abstract static class Meeting extends MeetingOfTwo {
        final SharedMap<String, Object> a = first.objects.openOrCreate("map", TYPE);
        final SharedMap<String, Object> b = second.objects.openOrCreate("map", TYPE);

        Meeting() {
            super(BYTES);
        }
    }

    private static void meet(Supplier<Meeting> meeting) {
        MeetingOfTwo.meet(meeting, RANDOM_SCHEDULES);
    }

    /** One reads, the other writes; with and without a reader that knows where the entries were. */
    private static void read(
            Map<String, Object> before,
            Supplier<Consumer<SharedMap<String, Object>>> reader,
            Consumer<SharedMap<String, Object>> writer) {
        read(before, false, reader, writer);
        read(before, true, reader, writer);
    }

    private static void read(
            Map<String, Object> before,
            boolean known,
            Supplier<Consumer<SharedMap<String, Object>>> reader,
            Consumer<SharedMap<String, Object>> writer) {
        meet(() -> new Meeting() {
            {
                a.putAll(before);
                if (known) {
                    before.keySet().forEach(a::get);
                }
            }

            @Override
            void first() {
                reader.get().accept(a);
            }

            @Override
            void second() {
                writer.accept(b);
            }

            @Override
            void check() {}
        });
    }

    @Test
    void aReaderSeesAValueThatWasThere() {
        read(Map.of(LONG_KEY, ONE), () -> map -> assertThat(map.get(LONG_KEY)).isIn(ONE, TWO, THREE, null), map -> {
            map.put(LONG_KEY, TWO);
            map.put(LONG_KEY, THREE);
            map.remove(LONG_KEY);
            map.put("other", ONE);
        });
    }

    @Test
    void aReaderIsNotMisledByAnEntryThatIsUsedAgain() {
        String key = ShardOfKeys.inShard(3, 42, 0);
        String other = ShardOfKeys.inShard(3, 42, 1);
        read(Map.of(key, 1L), () -> map -> assertThat(map.get(key)).isIn(1L, null), map -> {
            map.remove(key);
            map.put(other, 2L);
            map.put(other, ONE);
        });
    }

    @Test
    void aReaderFindsWhatIsThereAllAlongWhileTheTableGrows() {
        Map<String, Object> before = new HashMap<>();
        for (int i = 0; i < 6; i++) {
            before.put(ShardOfKeys.inShard(3, 42, i), i % 2 == 0 ? ONE : (Object) 1L);
        }
        read(
                before,
                () -> map -> {
                    assertThat(map.get(ShardOfKeys.inShard(3, 42, 0))).isEqualTo(ONE);
                    assertThat(map.containsKey(ShardOfKeys.inShard(3, 42, 1))).isTrue();
                },
                map -> {
                    for (int i = 6; i < 9; i++) {
                        map.put(ShardOfKeys.inShard(3, 42, i), TWO);
                    }
                });
    }

    @Test
    void aSnapshotOfAShardIsOfOneMoment() {
        String one = ShardOfKeys.inShard(3, 42, 0);
        String other = ShardOfKeys.inShard(3, 42, 1);
        read(
                Map.of(one, ONE),
                () -> map -> assertThat(map.snapshot())
                        .isIn(Map.of(one, ONE), Map.of(one, ONE, other, TWO), Map.of(other, TWO), Map.of(other, THREE)),
                map -> {
                    map.put(other, TWO);
                    map.remove(one);
                    map.put(other, THREE);
                });
    }

    @Test
    void aSnapshotShowsChangesOfSingleWordsInTheirOrder() {
        String one = ShardOfKeys.inShard(3, 42, 0);
        String other = ShardOfKeys.inShard(3, 42, 1);
        snapshotOfChanges(one, other);
        snapshotOfChanges(other, one);
    }

    /** Whichever of the two lies before the other in the table. */
    private static void snapshotOfChanges(String first, String second) {
        read(
                Map.of(first, 1L, second, 1L),
                () -> map -> assertThat(map.snapshot())
                        .isIn(
                                Map.of(first, 1L, second, 1L),
                                Map.of(first, 2L, second, 1L),
                                Map.of(first, 2L, second, 2L)),
                map -> {
                    map.put(first, 2L);
                    map.put(second, 2L);
                });
    }

    @Test
    void anIteratorShowsWhatIsThereAllAlongAndNothingThatNeverWas() {
        String one = ShardOfKeys.inShard(3, 42, 0);
        String other = ShardOfKeys.inShard(3, 42, 1);
        read(
                Map.of(one, ONE, LONG_KEY, ONE),
                () -> map -> {
                    Map<String, Object> seen = new HashMap<>();
                    map.forEach(seen::put);
                    assertThat(seen.remove(LONG_KEY)).isEqualTo(ONE);
                    assertThat(seen)
                            .isIn(
                                    Map.of(),
                                    Map.of(one, ONE),
                                    Map.of(one, TWO),
                                    Map.of(one, TWO, other, THREE),
                                    Map.of(other, THREE));
                },
                map -> {
                    map.put(one, TWO);
                    map.put(other, THREE);
                    map.remove(one);
                });
    }

    @Test
    void clearingLeavesNothingThatIsReadInHalf() {
        read(
                Map.of(LONG_KEY, ONE, "a", 1L),
                () -> map -> {
                    assertThat(map.get(LONG_KEY)).isIn(ONE, TWO, null);
                    assertThat(map.get("a")).isIn(1L, null);
                },
                map -> {
                    map.clear();
                    map.put(LONG_KEY, TWO);
                });
    }

    @Test
    void bothCountWhenBothCount() {
        meet(() -> new Meeting() {
            @Override
            void first() {
                a.merge("n", 1L, (x, y) -> (long) x + (long) y);
                a.merge(LONG_KEY, ONE, (x, y) -> x.toString() + y);
            }

            @Override
            void second() {
                b.merge("n", 1L, (x, y) -> (long) x + (long) y);
                b.merge(LONG_KEY, ONE, (x, y) -> x.toString() + y);
            }

            @Override
            void check() {
                assertThat(a).isEqualTo(Map.of("n", 2L, LONG_KEY, ONE + ONE));
            }
        });
    }

    @Test
    void bothFindRoomInATableThatHasRoomForOne() {
        meet(() -> new Meeting() {
            {
                for (int i = 0; i < 6; i++) {
                    a.put(ShardOfKeys.inShard(3, 42, i), 1L);
                }
            }

            @Override
            void first() {
                a.put(ShardOfKeys.inShard(3, 42, 6), ONE);
            }

            @Override
            void second() {
                b.put(ShardOfKeys.inShard(3, 42, 7), TWO);
            }

            @Override
            void check() {
                assertThat(a).hasSize(8);
                assertThat(a.get(ShardOfKeys.inShard(3, 42, 6))).isEqualTo(ONE);
                assertThat(b.get(ShardOfKeys.inShard(3, 42, 7))).isEqualTo(TWO);
            }
        });
    }

    @Test
    void oneOfTwoThatPutIfAbsentIsFirst() {
        meet(() -> new Meeting() {
            private Object toA;
            private Object toB;

            @Override
            void first() {
                toA = a.putIfAbsent(LONG_KEY, ONE);
            }

            @Override
            void second() {
                toB = b.putIfAbsent(LONG_KEY, TWO);
            }

            @Override
            void check() {
                assertThat((toA == null) != (toB == null)).isTrue();
                assertThat(a.get(LONG_KEY)).isEqualTo(toA == null ? ONE : TWO);
                assertThat(toA == null ? toB : toA).isEqualTo(toA == null ? ONE : TWO);
            }
        });
    }

    private static final SetType<Object> SET = SharedSet.of(Object.class);

    /** Two processes meeting over a set. Made anew for each run. */
    private abstract static class MeetingAtSet extends MeetingOfTwo {
        final SharedSet<Object> a = first.objects.openOrCreate("set", SET);
        final SharedSet<Object> b = second.objects.openOrCreate("set", SET);

        MeetingAtSet() {
            super(BYTES);
        }
    }

    @Test
    void oneOfTwoThatAddIsFirst() {
        MeetingOfTwo.meet(
                () -> new MeetingAtSet() {
                    private boolean byA;
                    private boolean byB;

                    @Override
                    void first() {
                        byA = a.add(List.of(LONG_KEY, 1L));
                    }

                    @Override
                    void second() {
                        byB = b.add(new ArrayList<>(List.of(LONG_KEY, 1L)));
                    }

                    @Override
                    void check() {
                        assertThat(byA != byB).isTrue();
                        assertThat(a).isEqualTo(Set.of(List.of(LONG_KEY, 1L)));
                    }
                },
                RANDOM_SCHEDULES);
    }

    @Test
    void aReaderOfASetIsNotMisledByWhatComesAndGoes() {
        String one = ShardOfKeys.inShard(3, 42, 0);
        String other = ShardOfKeys.inShard(3, 42, 1);
        MeetingOfTwo.meet(
                () -> new MeetingAtSet() {
                    {
                        a.addAll(Set.of(one, LONG_KEY));
                    }

                    @Override
                    void first() {
                        assertThat(a.contains(LONG_KEY)).isTrue();
                        Set<Object> seen = new HashSet<>(a);
                        assertThat(seen.remove(LONG_KEY)).isTrue();
                        seen.remove(THREE);
                        assertThat(seen).isSubsetOf(one, other);
                        assertThat(a.snapshot()).contains(LONG_KEY).doesNotContain(TWO);
                    }

                    @Override
                    void second() {
                        b.add(other);
                        b.remove(one);
                        b.add(THREE);
                        b.remove(THREE);
                        b.add(one);
                        b.remove(other);
                    }

                    @Override
                    void check() {
                        assertThat(a).isEqualTo(Set.of(one, LONG_KEY));
                    }
                },
                RANDOM_SCHEDULES);
    }
}
