package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.testing.TestDirectory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random calls by two openings of one deque against a deque on the heap. */
class DequeModelTest {

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
                .size(32 << 20)
                .openOrCreate();
    }

    @AfterContainer
    static void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    private static String element(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> "text " + random.nextInt(20);
            case 1 -> "a text with a block " + random.nextInt(5);
            case 2 -> "x".repeat(random.nextInt(25));
            default -> Integer.toString(random.nextInt(10));
        };
    }

    private static List<String> some(Random random, int most) {
        List<String> elements = new ArrayList<>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            elements.add(element(random));
        }
        return elements;
    }

    @Property(tries = 100)
    void shouldDoAsADequeOnTheHeapDoes(@ForAll long seed) {
        Random random = new Random(seed);
        int most = random.nextBoolean() ? 0 : 1 + random.nextInt(60);
        boolean evicts = most > 0 && random.nextBoolean();
        DequeType<String> type = SharedDeque.of(String.class);
        type = most > 0 ? type.maxLength(most) : type;
        type = evicts ? type.evicting() : type;
        type = most > 0 && random.nextBoolean() ? type.itemBytes(25) : type;
        long usedBefore = mine.deepStatistics().usedBytes();
        Model model = new Model(most, evicts);
        try (SharedDeque<String> a = mine.create("deque", type);
                SharedDeque<String> b = theirs.open("deque", type)) {
            for (int step = 0; step < 300; step++) {
                model.step(random, random.nextBoolean() ? a : b);
                assertThat(a.size()).isEqualTo(model.elements.size());
                assertThat(b.snapshot()).isEqualTo(model.elements);
                if (step % 10 == 0) {
                    assertThat(new ArrayList<>(a)).isEqualTo(model.elements);
                    List<String> reversed = new ArrayList<>();
                    a.descendingIterator().forEachRemaining(reversed::add);
                    Collections.reverse(reversed);
                    assertThat(reversed).isEqualTo(model.elements);
                }
            }
            assertThat(mine.verify()).isEmpty();
        }
        mine.destroy("deque");
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(usedBefore);
        assertThat(mine.deepStatistics().tentativeBytes()).isZero();
    }

    /** What is expected. */
    private static final class Model {

        final LinkedList<String> elements = new LinkedList<>();
        private final int most;
        private final boolean evicts;

        Model(int most, boolean evicts) {
            this.most = most;
            this.evicts = evicts;
        }

        private boolean offer(boolean first, String element) {
            if (most > 0 && elements.size() == most) {
                if (!evicts) {
                    return false;
                }
                if (first) {
                    elements.removeLast();
                } else {
                    elements.removeFirst();
                }
            }
            if (first) {
                elements.addFirst(element);
            } else {
                elements.addLast(element);
            }
            return true;
        }

        void step(Random random, SharedDeque<String> deque) {
            String element = element(random);
            switch (random.nextInt(18)) {
                case 0, 1, 2 -> same(offer(false, element), deque.offer(element));
                case 3, 4, 5 -> same(offer(true, element), deque.offerFirst(element));
                case 6 -> same(elements.pollFirst(), deque.pollFirst());
                case 7 -> same(elements.pollLast(), deque.pollLast());
                case 8 -> {
                    same(elements.peekFirst(), deque.peekFirst());
                    same(elements.peekLast(), deque.peekLast());
                    same(elements.contains(element), deque.contains(element));
                    same(most == 0 || evicts ? Integer.MAX_VALUE : most - elements.size(), deque.remainingCapacity());
                }
                case 9, 10 -> {
                    boolean first = random.nextBoolean();
                    List<String> many = some(random, 50);
                    if (most > 0 && !evicts && elements.size() + many.size() > most) {
                        assertThatThrownBy(() -> addAll(first, many, deque))
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("is full");
                    } else {
                        many.forEach(one -> offer(first, one));
                        same(!many.isEmpty(), addAll(first, many, deque));
                    }
                }
                case 11, 12 -> {
                    int by = random.nextInt(41) - 20;
                    Collections.rotate(elements, by);
                    deque.rotate(by);
                }
                case 13 -> same(elements.removeFirstOccurrence(element), deque.remove(element));
                case 14 -> same(elements.removeLastOccurrence(element), deque.removeLastOccurrence(element));
                case 15 -> {
                    List<String> drained = new ArrayList<>();
                    int count = Math.min(elements.size(), random.nextInt(100));
                    same(count, deque.drainTo(drained, count));
                    for (String one : drained) {
                        same(elements.removeFirst(), one);
                    }
                }
                case 16 -> {
                    if (random.nextInt(4) == 0) {
                        elements.clear();
                        deque.clear();
                    } else {
                        int length = random.nextInt(25);
                        same(
                                elements.removeIf(one -> one.length() == length),
                                deque.removeIf(one -> one.length() == length));
                    }
                }
                default -> {
                    boolean down = random.nextBoolean();
                    Iterator<String> expected = down ? elements.descendingIterator() : elements.iterator();
                    Iterator<String> found = down ? deque.descendingIterator() : deque.iterator();
                    for (int i = random.nextInt(30); i > 0 && expected.hasNext(); i--) {
                        same(expected.next(), found.next());
                        if (random.nextInt(4) == 0) {
                            expected.remove();
                            found.remove();
                        }
                        same(expected.hasNext(), found.hasNext());
                    }
                }
            }
        }

        private static boolean addAll(boolean first, List<String> many, SharedDeque<String> deque) {
            return first ? deque.addAllFirst(many) : deque.addAll(many);
        }
    }

    private static void same(Object expected, Object found) {
        assertThat(found).isEqualTo(expected);
    }
}
