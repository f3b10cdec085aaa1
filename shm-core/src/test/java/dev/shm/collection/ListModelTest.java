package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.testing.TestDirectory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.ListIterator;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random calls by two openings of one list against a list on the heap. */
class ListModelTest {

    private static final ListType<Object> TYPE = SharedList.of(Object.class);
    private static final Comparator<Object> ORDER = Comparator.nullsFirst(Comparator.comparing(Object::toString));

    private static TestDirectory directory;
    private static SharedMemory mine;
    private static SharedMemory theirs;

    @BeforeContainer
    static void open() {
        directory = TestDirectory.create();
        mine = attach();
        theirs = attach();
    }

    private static SharedMemory attach() {
        return SharedMemory.named("model")
                .directory(directory.path())
                .size(64 << 20)
                .openOrCreate();
    }

    @AfterContainer
    static void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    private static Object element(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> null;
            case 1 -> "text " + random.nextInt(20);
            case 2 -> "a text with a block of its own " + random.nextInt(5);
            case 3 -> "x".repeat(random.nextInt(300));
            case 4 -> random.nextInt(10);
            default -> (long) random.nextInt(50);
        };
    }

    private static List<Object> some(Random random, int most) {
        List<Object> elements = new ArrayList<>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            elements.add(element(random));
        }
        return elements;
    }

    /** Short lists, and those of several chunks. */
    @Property(tries = 60)
    void shouldDoAsAListOnTheHeapDoes(@ForAll long seed) {
        Random random = new Random(seed);
        int scale = new int[] {8, 60, 700, 2_500}[random.nextInt(4)];
        long usedBefore = mine.deepStatistics().usedBytes();
        List<Object> model = new ArrayList<>();
        try (SharedList<Object> a = mine.create("list", TYPE);
                SharedList<Object> b = theirs.open("list", TYPE)) {
            for (int step = 0; step < 120; step++) {
                step(random, scale, model, random.nextBoolean() ? a : b);
                assertThat(a).hasSameSizeAs(model);
                if (step % 10 == 0 || model.size() < 100) {
                    assertThat(new ArrayList<>(b)).isEqualTo(model);
                    assertThat(a.snapshot()).isEqualTo(model);
                }
            }
            assertThat(mine.verify()).isEmpty();
        }
        mine.destroy("list");
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(usedBefore);
        assertThat(mine.deepStatistics().tentativeBytes()).isZero();
    }

    private static void step(Random random, int scale, List<Object> model, SharedList<Object> list) {
        int size = model.size();
        int index = random.nextInt(size + 1);
        int end = index + random.nextInt(size - index + 1);
        switch (random.nextInt(20)) {
            case 0 -> same(model.add(5L), list.add(5L));
            case 1 -> {
                Object element = element(random);
                same(model.add(element), list.add(element));
            }
            case 2 -> {
                Object element = element(random);
                model.add(index, element);
                list.add(index, element);
            }
            case 3 -> {
                List<Object> many = some(random, scale);
                same(model.addAll(many), list.addAll(many));
            }
            case 4 -> {
                List<Object> many = some(random, Math.max(2, scale / 4));
                same(model.addAll(index, many), list.addAll(index, many));
            }
            case 5 -> {
                if (index < size) {
                    same(model.remove(index), list.remove(index));
                }
            }
            case 6 -> {
                if (size > 0) {
                    same(model.remove(size - 1), list.remove(size - 1));
                }
            }
            case 7 -> {
                Object element = element(random);
                same(model.remove(element), list.remove(element));
            }
            case 8 -> {
                if (end - index < scale / 2) {
                    model.subList(index, end).clear();
                    list.subList(index, end).clear();
                }
            }
            case 9 -> {
                int keep = random.nextInt(4);
                same(
                        model.removeIf(element -> String.valueOf(element).length() % 4 == keep),
                        list.removeIf(element -> String.valueOf(element).length() % 4 == keep));
            }
            case 10 -> {
                model.replaceAll(element -> element instanceof Long n ? n + 1 : element);
                list.replaceAll(element -> element instanceof Long n ? n + 1 : element);
            }
            case 11 -> {
                model.sort(ORDER);
                list.sort(ORDER);
            }
            case 12 -> {
                model.subList(index, end).sort(ORDER.reversed());
                list.subList(index, end).sort(ORDER.reversed());
            }
            case 13 -> {
                if (random.nextInt(4) == 0) {
                    model.clear();
                    list.clear();
                }
            }
            case 14, 15 -> {
                if (index < size) {
                    Object element = element(random);
                    same(model.set(index, element), list.set(index, element));
                }
            }
            case 16 -> {
                if (size > 1) {
                    int other = random.nextInt(size);
                    Collections.swap(model, index % size, other);
                    list.swap(index % size, other);
                }
            }
            case 17 -> {
                Object element = element(random);
                same(model.indexOf(element), list.indexOf(element));
                same(model.lastIndexOf(element), list.lastIndexOf(element));
            }
            case 18 -> {
                if (index < size) {
                    same(model.get(index), list.get(index));
                    Object expected = random.nextBoolean() ? model.get(index) : "another";
                    boolean equal = java.util.Objects.equals(model.get(index), expected);
                    same(equal, list.compareAndSet(index, expected, "compared"));
                    if (equal) {
                        model.set(index, "compared");
                    }
                    model.set(index, model.get(index) + "!");
                    same(model.get(index), list.updateAndGet(index, element -> element + "!"));
                }
            }
            default -> iterate(random, model.listIterator(index), list.listIterator(index));
        }
    }

    private static void iterate(Random random, ListIterator<Object> model, ListIterator<Object> list) {
        boolean mayChange = false;
        for (int i = random.nextInt(40); i > 0; i--) {
            same(model.nextIndex(), list.nextIndex());
            same(model.hasNext(), list.hasNext());
            same(model.hasPrevious(), list.hasPrevious());
            int choice = random.nextInt(8);
            if (choice < 4 && model.hasNext()) {
                same(model.next(), list.next());
                mayChange = true;
            } else if (choice < 6 && model.hasPrevious()) {
                same(model.previous(), list.previous());
                mayChange = true;
            } else if (choice == 6 && mayChange) {
                Object element = element(random);
                if (random.nextBoolean()) {
                    model.set(element);
                    list.set(element);
                } else {
                    model.remove();
                    list.remove();
                    mayChange = false;
                }
            } else if (choice == 7) {
                Object element = element(random);
                model.add(element);
                list.add(element);
                mayChange = false;
            }
        }
    }

    private static void same(Object expected, Object found) {
        assertThat(found).isEqualTo(expected);
    }
}
