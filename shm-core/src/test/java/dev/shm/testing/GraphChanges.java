package dev.shm.testing;

import dev.shm.collection.SharedList;
import dev.shm.value.SharedLong;
import dev.shm.value.SharedString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/**
 * Changes of graphs, each of them one that is atomic: of collections in collections, and of counters and texts in them. The same change, of a
 * shared graph and of one on the heap that is its model: in that counters are {@link AtomicLong}, and texts {@link AtomicReference}.
 */
public final class GraphChanges {

    private static final int KEYS = 6;
    private static final int LEVELS = 3;
    /** Of more elements some are removed. */
    private static final int MANY = 8;

    private final SplittableRandom random;
    private final UnaryOperator<Object> form;

    private GraphChanges(SplittableRandom random, UnaryOperator<Object> form) {
        this.random = random;
        this.form = form;
    }

    /**
     * Makes a change of a shared graph.
     *
     * @param seed says which, together with what is in the graph
     */
    public static void change(Map<String, Object> graph, long seed) {
        new GraphChanges(new SplittableRandom(seed), GraphChanges::toShare).change(graph);
    }

    /** Makes the same change of a model. */
    public static void changeModel(Map<String, Object> model, long seed) {
        new GraphChanges(new SplittableRandom(seed), value -> value).change(model);
    }

    /** What is put into a shared graph so that it is what a value is in a model. */
    @SuppressWarnings("unchecked")
    public static Object toShare(Object value) {
        if (value instanceof AtomicLong number) {
            long begins = number.get();
            return SharedLong.type().initially(shared -> shared.set(begins));
        }
        if (value instanceof AtomicReference<?> text) {
            String begins = (String) text.get();
            return SharedString.type().initially(shared -> shared.set(begins));
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> shared = new HashMap<>();
            map.forEach((key, inner) -> shared.put(key, toShare(inner)));
            return shared;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(GraphChanges::toShare).toList();
        }
        if (value instanceof Deque<?> deque) {
            Deque<Object> shared = new ArrayDeque<>();
            deque.forEach(inner -> shared.add(toShare(inner)));
            return shared;
        }
        return value;
    }

    /** What a graph or a model is, in values that have {@code equals}. */
    public static Object picture(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> pictures = new HashMap<>();
            map.forEach((key, inner) -> pictures.put(key, picture(inner)));
            return pictures;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(GraphChanges::picture).toList();
        }
        if (value instanceof Deque<?> deque) {
            return List.of("deque", deque.stream().map(GraphChanges::picture).toList());
        }
        if (value instanceof AtomicLong || value instanceof SharedLong) {
            return List.of("number", value.toString());
        }
        if (value instanceof AtomicReference<?> || value instanceof SharedString) {
            return List.of("text", value.toString());
        }
        return value;
    }

    /** How many parts a graph has that is as this copy or model of it. */
    public static long parts(Object value) {
        if (value instanceof Map<?, ?> map) {
            return 1 + map.values().stream().mapToLong(GraphChanges::parts).sum();
        }
        if (value instanceof List<?> || value instanceof Deque<?>) {
            long parts = 1;
            for (Object inner : (Iterable<?>) value) {
                parts += parts(inner);
            }
            return parts;
        }
        return value instanceof Set || isLeaf(value) ? 1 : 0;
    }

    private static boolean isLeaf(Object value) {
        return value instanceof AtomicLong
                || value instanceof AtomicReference
                || value instanceof SharedLong
                || value instanceof SharedString;
    }

    private static boolean isNode(Object value) {
        return value instanceof Map || value instanceof List || value instanceof Set || value instanceof Deque;
    }

    // ---------------------------------------------------------------------------------------- changing

    private void change(Map<String, Object> graph) {
        Object node = graph;
        for (int depth = random.nextInt(LEVELS + 2); depth > 0; depth--) {
            Object inner = child(node, random.nextInt(KEYS));
            if (!isNode(inner) && !isLeaf(inner)) {
                break;
            }
            node = inner;
        }
        changeNode(node);
    }

    private static Object child(Object node, int number) {
        if (node instanceof Map<?, ?> map) {
            return map.get("k" + number);
        }
        if (node instanceof List<?> list) {
            return list.isEmpty() ? "none" : list.get(number % list.size());
        }
        if (node instanceof Deque<?> deque && !deque.isEmpty()) {
            Iterator<?> all = deque.iterator();
            for (int i = number % deque.size(); i > 0; i--) {
                all.next();
            }
            return all.next();
        }
        return "none";
    }

    @SuppressWarnings("unchecked")
    private void changeNode(Object node) {
        if (node instanceof Map<?, ?> map) {
            change(random.nextInt(8), (Map<String, Object>) map);
        } else if (node instanceof List<?> list) {
            changeList((List<Object>) list);
        } else if (node instanceof Set<?> set) {
            changeSet((Set<Object>) set);
        } else if (node instanceof Deque<?> deque) {
            changeDeque((Deque<Object>) deque);
        } else if (node instanceof AtomicLong number) {
            number.addAndGet(random.nextInt(9));
        } else if (node instanceof SharedLong number) {
            number.addAndGet(random.nextInt(9));
        } else if (node instanceof AtomicReference<?> text) {
            ((AtomicReference<String>) text).set(text());
        } else {
            ((SharedString) node).set(text());
        }
    }

    private void change(int what, Map<String, Object> map) {
        String key = "k" + random.nextInt(KEYS);
        Object value = form.apply(value(1));
        switch (what) {
            case 0, 1, 2 -> map.put(key, value);
            case 3 -> map.remove(key);
            case 4, 5 -> map.computeIfAbsent(key, absent -> value);
            case 6 -> map.compute(key, (same, before) -> before != null && isNode(before) ? before : value);
            default -> map.computeIfPresent(key, (same, before) -> isNode(before) ? before : null);
        }
    }

    private void changeList(List<Object> list) {
        int size = list.size();
        int index = random.nextInt(size + 1);
        Object value = form.apply(value(1));
        int what = size > MANY ? 8 + random.nextInt(3) : random.nextInt(9);
        if (what <= 2 || size == 0) {
            list.add(value);
        } else if (what == 3) {
            list.add(index, value);
        } else if (what == 4) {
            list.set(index % size, value);
        } else if (what == 5) {
            swap(list, index % size, random.nextInt(size));
        } else if (what == 6) {
            Object plain = text();
            list.replaceAll(element -> isNode(element) || isLeaf(element) ? element : plain);
        } else if (what == 7) {
            list.addAll(index, List.of(value, text()));
        } else if (what == 8) {
            list.remove(index % size);
        } else if (what == 9) {
            list.subList(index / 2, size).clear();
        } else {
            list.removeIf(element -> !isNode(element));
        }
    }

    private static void swap(List<Object> list, int one, int other) {
        if (list instanceof SharedList<Object> shared) {
            shared.swap(one, other);
        } else {
            Collections.swap(list, one, other);
        }
    }

    private void changeSet(Set<Object> set) {
        Object element = random.nextBoolean() ? (Object) (long) random.nextInt(KEYS) : text();
        if (random.nextInt(3) == 0) {
            set.remove(element);
        } else {
            set.add(element);
        }
    }

    private void changeDeque(Deque<Object> deque) {
        Object value = form.apply(value(1));
        switch (deque.size() > MANY ? 4 + random.nextInt(3) : random.nextInt(7)) {
            case 0, 1 -> deque.addLast(value);
            case 2 -> deque.addFirst(value);
            case 3 -> deque.addAll(List.of(text(), value));
            case 4 -> deque.pollFirst();
            case 5 -> deque.pollLast();
            default -> deque.removeIf(element -> !isNode(element));
        }
    }

    private String text() {
        return Character.toString('a' + random.nextInt(26)).repeat(new int[] {1, 12, 40, 300}[random.nextInt(4)]);
    }

    private Object value(int level) {
        // What is live is garbage when it is taken out, as collections are.
        int what = random.nextInt(level <= LEVELS ? 10 : 6);
        return switch (what) {
            case 0, 1 -> (long) random.nextInt(100);
            case 2, 3 -> text();
            case 4 -> new AtomicLong(random.nextInt(100));
            case 5 -> new AtomicReference<>(text());
            case 6 -> {
                Map<String, Object> map = new HashMap<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    map.put("k" + random.nextInt(KEYS), value(level + 1));
                }
                yield map;
            }
            case 7 -> {
                Set<Object> set = new HashSet<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    set.add(text());
                }
                yield set;
            }
            default -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    list.add(value(level + 1));
                }
                yield what == 8 ? list : new ArrayDeque<>(list);
            }
        };
    }
}
