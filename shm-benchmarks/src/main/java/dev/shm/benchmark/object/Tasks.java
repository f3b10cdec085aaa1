package dev.shm.benchmark.object;

import dev.shm.benchmark.MapBenchmark;
import dev.shm.benchmark.object.Label.Kind;
import dev.shm.benchmark.object.Task.Work;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** The tasks of one contender: the same for whatever is a map, a list, a set or a deque. */
abstract class Tasks {

    /** So few are in the processor's cache. A power of two, as all numbers of elements are. */
    static final int FEW = 1 << 10;

    static final String LONGS = "map of String to Long";
    static final String RECORDS = "map of String to record";
    static final String NUMBERS = "map of Long to Long";
    static final String SET = "set of String";
    static final String LIST = "list of Long";
    static final String DEQUE = "deque of Long";
    static final String BEAN = "bean";
    static final String ARRAY = "array of long";
    static final String GRAPH = "map in a graph";

    static final String GET = "get";
    static final String SET_VALUE = "set";
    static final String ADD = "add";

    private static final int KEY_LENGTH = 12;

    private final String contender;
    /** What the tasks choose by. Each process has one thread for them. */
    final Choice choice = new Choice();

    private final List<Task> tasks = new ArrayList<>();

    Tasks(String contender) {
        this.contender = contender;
    }

    /** All of them. */
    final List<Task> all() {
        return tasks;
    }

    final void add(String thing, int elements, String operation, Kind kind, Work work) {
        add(contender, thing, elements, operation, kind, work);
    }

    final void add(String name, String thing, int elements, String operation, Kind kind, Work work) {
        tasks.add(new Task(new Label(name, thing, elements, operation, kind), work));
    }

    static String key(int number) {
        return MapBenchmark.key(number, KEY_LENGTH);
    }

    static Quote quote(int number) {
        return new Quote("ABC" + number, 100 + number, 101 + number, number);
    }

    /** Keys that equal those of a map and are not the same, with hash codes that are known, as those of {@code String} mostly are. */
    static <K> List<K> keys(int elements, IntFunction<K> key) {
        List<K> keys = new ArrayList<>(elements);
        for (int i = 0; i < elements; i++) {
            K made = key.apply(i);
            if (made.hashCode() == Integer.MIN_VALUE) {
                throw new IllegalStateException();
            }
            keys.add(made);
        }
        return keys;
    }

    /** Fills a map that is empty. */
    static <K, V> void fill(Map<K, V> map, int elements, IntFunction<K> key, IntFunction<V> value) {
        if (map.isEmpty()) {
            for (int i = 0; i < elements; i++) {
                map.put(key.apply(i), value.apply(i));
            }
        }
    }

    final <K, V> void map(String thing, Map<K, V> map, int elements, IntFunction<K> key, IntFunction<V> value) {
        fill(map, elements, key, value);
        List<K> keys = keys(elements, key);
        List<V> values = keys(elements, value);
        add(thing, elements, GET, Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += map.get(keys.get(choice.below(elements))) == null ? 0 : 1;
            }
            return found(sum);
        });
        add(thing, elements, "put", Kind.WRITE, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += map.put(keys.get(choice.below(elements)), values.get(choice.below(elements))) == null ? 0 : 1;
            }
            return found(sum);
        });
    }

    /** What a writer beside this would disturb: removes, and puts again. */
    final <K, V> void removals(String thing, ConcurrentMap<K, V> map, int elements, IntFunction<K> key, V value) {
        List<K> keys = keys(elements, key);
        add(thing, elements, "remove and put", Kind.OTHER, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                K chosen = keys.get(choice.below(elements));
                sum += map.remove(chosen) == null ? 0 : 1;
                map.put(chosen, value);
            }
            return sum;
        });
    }

    final void counts(String thing, ConcurrentMap<String, Long> map, int elements) {
        List<String> keys = keys(elements, Tasks::key);
        add(thing, elements, "merge", Kind.OTHER, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += map.merge(keys.get(choice.below(elements)), 1L, Long::sum);
            }
            return sum;
        });
    }

    final void set(Set<String> set, int elements) {
        List<String> keys = keys(elements, Tasks::key);
        if (set.isEmpty()) {
            set.addAll(keys);
        }
        add(SET, elements, "contains", Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += set.contains(keys.get(choice.below(elements))) ? 1 : 0;
            }
            return sum;
        });
        add(SET, elements, "remove and add", Kind.WRITE, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                String chosen = keys.get(choice.below(elements));
                sum += set.remove(chosen) ? 1 : 0;
                set.add(chosen);
            }
            return sum;
        });
    }

    final void list(List<Long> list, int elements) {
        if (list.isEmpty()) {
            for (long i = 0; i < elements; i++) {
                list.add(i << 32);
            }
        }
        add(LIST, elements, GET, Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += list.get(choice.below(elements));
            }
            return sum;
        });
        add(LIST, elements, SET_VALUE, Kind.WRITE, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += list.set(choice.below(elements), choice.next());
            }
            return sum;
        });
        add(LIST, elements, "add at the end and remove", Kind.OTHER, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                list.add(choice.next());
                sum += list.remove(list.size() - 1);
            }
            return sum;
        });
    }

    final void deque(Deque<Long> deque, int elements) {
        if (deque.isEmpty()) {
            for (long i = 0; i < elements; i++) {
                deque.add(i << 32);
            }
        }
        add(DEQUE, elements, "peek", Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += deque.peekFirst() == null ? 0 : 1;
            }
            return found(sum);
        });
        add(DEQUE, elements, "offer at one end and poll at the other", Kind.WRITE, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                deque.offerLast(choice.next());
                sum += deque.pollFirst() == null ? 0 : 1;
            }
            return found(sum);
        });
    }

    /** Puts so many entries into a map that has none, and then takes the map away. */
    final void fillingMap(int elements, Supplier<Map<String, Long>> make, Runnable drop) {
        List<String> keys = keys(elements, Tasks::key);
        add(LONGS, elements, Label.FILL, Kind.OTHER, times -> {
            Map<String, Long> map = make.get();
            for (int i = 0; i < elements; i++) {
                map.put(keys.get(i), (long) i);
            }
            long filled = map.size();
            drop.run();
            return check(filled, elements);
        });
    }

    /** Adds so many elements to a collection that has none, and then takes it away. */
    final void filling(String thing, int elements, Supplier<Collection<Long>> make, Runnable drop) {
        add(thing, elements, Label.FILL, Kind.OTHER, times -> {
            Collection<Long> collection = make.get();
            for (long i = 0; i < elements; i++) {
                collection.add(i << 32);
            }
            long filled = collection.size();
            drop.run();
            return check(filled, elements);
        });
    }

    /** A figure of what is never there would be none; another process may take some of it out for a moment. */
    private static long found(long found) {
        if (found == 0) {
            throw new IllegalStateException("found nothing");
        }
        return found;
    }

    /** All must be there. */
    static long check(long found, int times) {
        if (found != times) {
            throw new IllegalStateException("found " + found + " of " + times);
        }
        return found;
    }
}
