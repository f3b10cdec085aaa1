package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.value.SharedReference;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * All values of a {@link Kind} in everything that takes elements: as keys and values of maps, in sets, lists and deques, as a reference. Filled
 * by one process, and looked at by another or through another mapping.
 */
final class EveryKind<E> {

    private final SharedMemory memory;
    private final Kind<E> kind;
    private final String suffix;

    EveryKind(SharedMemory memory, Kind<E> kind, String filler) {
        this.memory = memory;
        this.kind = kind;
        this.suffix = " of " + kind + " by " + filler;
    }

    void fill() {
        List<E> values = kind.values();
        try (SharedList<E> list = memory.create("list" + suffix, kind.list());
                SharedDeque<E> deque = memory.create("deque" + suffix, kind.deque());
                SharedSet<E> set = memory.create("set" + suffix, kind.set());
                SharedMap<E, Integer> keys = memory.create("keys" + suffix, kind.keys());
                SharedMap<Integer, E> mapValues = memory.create("values" + suffix, kind.mapValues())) {
            list.addAll(values);
            list.add(null);
            for (int i = 0; i < values.size(); i++) {
                E value = values.get(i);
                deque.addLast(value);
                assertThat(set.add(value)).as("%s is not there yet", value).isTrue();
                assertThat(keys.put(value, i)).isNull();
                assertThat(mapValues.put(i, value)).isNull();
                try (SharedReference<E> reference = memory.create("reference " + i + suffix, kind.reference())) {
                    reference.set(value);
                }
            }
        }
    }

    /** What is there is what the other one put, and it is found by what is equal to it. */
    void check() {
        List<E> values = kind.values();
        List<E> valuesAndNull = new ArrayList<>(values);
        valuesAndNull.add(null);
        try (SharedList<E> list = memory.open("list" + suffix, kind.list());
                SharedDeque<E> deque = memory.open("deque" + suffix, kind.deque());
                SharedSet<E> set = memory.open("set" + suffix, kind.set());
                SharedMap<E, Integer> keys = memory.open("keys" + suffix, kind.keys());
                SharedMap<Integer, E> mapValues = memory.open("values" + suffix, kind.mapValues())) {
            assertSame(list.snapshot(), valuesAndNull);
            assertSame(new ArrayList<>(list), valuesAndNull);
            assertSame(deque.snapshot(), values);
            assertThat(set).hasSize(values.size());
            assertThat(keys).hasSize(values.size());
            for (int i = 0; i < values.size(); i++) {
                E value = values.get(i);
                assertSame(list.get(i), value);
                assertThat(list.indexOf(value)).as("index of %s", value).isEqualTo(i);
                assertThat(deque.contains(value)).as("deque has %s", value).isTrue();
                assertThat(set.contains(value)).as("set has %s", value).isTrue();
                assertThat(keys.get(value)).as("value of %s", value).isEqualTo(i);
                assertSame(mapValues.get(i), value);
                assertThat(mapValues.containsValue(value))
                        .as("map has %s", value)
                        .isTrue();
                assertThat(mapValues.replace(i, value, value))
                        .as("%s is found", value)
                        .isTrue();
                try (SharedReference<E> reference = memory.open("reference " + i + suffix, kind.reference())) {
                    assertSame(reference.get(), value);
                    assertThat(reference.compareAndSet(value, value)).isTrue();
                }
            }
            assertThat(list.retainAll(valuesAndNull)).isFalse();
            assertThat(deque.retainAll(values)).isFalse();
            assertThat(set.retainAll(values)).isFalse();
            assertThat(keys.keySet().retainAll(values)).isFalse();
            assertThat(mapValues.values().retainAll(values)).isFalse();
            assertThat(mapValues.entrySet().retainAll(entries(values))).isFalse();
            // What was read is the element that it was read as, of a key in whatever class.
            for (E element : set) {
                assertThat(keys.remove(element)).as("key %s", element).isNotNull();
                assertThat(deque.remove(element)).as("deque had %s", element).isTrue();
            }
            for (E value : mapValues.values()) {
                assertThat(list.remove(value)).as("list had %s", value).isTrue();
            }
            assertThat(keys).isEmpty();
            assertThat(deque).isEmpty();
            assertThat(list.snapshot()).isEqualTo(Collections.singletonList(null));
            assertThat(set.removeAll(values)).isTrue();
            assertThat(set).isEmpty();
            assertThat(mapValues.values().removeAll(values)).isTrue();
            assertThat(mapValues).isEmpty();
            list.addAll(values);
            assertThat(list.removeAll(new ArrayList<>(values))).isTrue();
            assertThat(list.snapshot()).isEqualTo(Collections.singletonList(null));
            deque.addAll(values);
            assertThat(deque.removeAll(values)).isTrue();
            assertThat(deque).isEmpty();
        }
    }

    void destroy() {
        for (String what : List.of("list", "deque", "set", "keys", "values")) {
            assertThat(memory.destroy(what + suffix)).isTrue();
        }
        for (int i = 0; i < kind.values().size(); i++) {
            assertThat(memory.destroy("reference " + i + suffix)).isTrue();
        }
    }

    private static void assertSame(List<?> found, List<?> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            assertSame(found.get(i), expected.get(i));
        }
    }

    /** Equal, arrays by what is in them, and of the same class: but the JDK has several for some, and which one is up to it. */
    private static void assertSame(Object found, Object expected) {
        assertThat(Objects.deepEquals(found, expected))
                .as(() -> describe(found) + " should be " + describe(expected))
                .isTrue();
        if (expected != null && !(expected instanceof List || expected instanceof Set || expected instanceof Map)) {
            assertThat(found).hasSameClassAs(expected);
        }
    }

    private static String describe(Object value) {
        if (value == null || !value.getClass().isArray()) {
            return String.valueOf(value);
        }
        return value.getClass().getSimpleName() + " of " + Array.getLength(value);
    }

    private static <E> List<Map.Entry<Integer, E>> entries(List<E> values) {
        return IntStream.range(0, values.size())
                .mapToObj(i -> Map.entry(i, values.get(i)))
                .toList();
    }
}
