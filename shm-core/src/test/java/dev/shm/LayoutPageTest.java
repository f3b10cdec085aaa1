package dev.shm;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.collection.FrozenMap;
import dev.shm.collection.FrozenSet;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.heap.ObjectKind;
import dev.shm.heap.ObjectKinds;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.Python;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedBoolean;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedDouble;
import dev.shm.value.SharedInt;
import dev.shm.value.SharedLong;
import dev.shm.value.SharedRecord;
import dev.shm.value.SharedReference;
import dev.shm.value.SharedString;
import dev.shm.value.SharedVector;
import dev.shm.value.SmallParts;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What docs/layout.md says is so, and is enough to read a segment with. */
class LayoutPageTest {

    private static final Path PAGE = Path.of("..", "docs", "layout.md").toAbsolutePath();
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+)\\.(\\w+)` \\| (0x[0-9A-F]+|\\d+) \\|");
    private static final Map<String, String> PACKAGES = Map.ofEntries(
            entry("SegmentLayout", "segment"),
            entry("DirectoryLayout", "segment"),
            entry("BlockLayout", "heap"),
            entry("MapLayout", "collection"),
            entry("ListLayout", "collection"),
            entry("CellLayout", "collection"),
            entry("DequeLayout", "collection"),
            entry("QueueLayout", "queue"),
            entry("RecordLayout", "queue"),
            entry("ControlWord", "queue"),
            entry("ArrayLayout", "value"),
            entry("VectorLayout", "value"),
            entry("BytesLayout", "value"),
            entry("BeanLayout", "value"),
            entry("GraphLayout", "collection"),
            entry("FrozenLayout", "collection"),
            entry("NdArrayLayout", "codec"));
    private static final Set<String> UNSAID = Set.of("locks");
    private static final int LOOKS = 300;
    private static final String LARGE = "a large one ".repeat(20_000);

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @Test
    void shouldSayWhatTheCodeSays() throws IOException, ReflectiveOperationException {
        Map<String, Long> said = new TreeMap<>();
        Map<String, Long> found = new TreeMap<>();
        List<MatchResult> rows = ROW.matcher(Files.readString(PAGE)).results().toList();
        for (MatchResult row : rows) {
            String name = row.group(1) + "." + row.group(2);
            said.put(name, Long.decode(row.group(3)));
            Field field = Class.forName("dev.shm." + PACKAGES.get(row.group(1)) + "." + row.group(1))
                    .getDeclaredField(row.group(2));
            field.setAccessible(true);
            found.put(name, ((Number) field.get(null)).longValue());
        }
        assertThat(rows).hasSizeGreaterThan(60);
        assertThat(said).isEqualTo(found);
    }

    @Test
    void shouldNumberElementTypesAsThePageDoes() throws IOException {
        String page = Files.readString(PAGE);
        for (ElementType type : ElementType.values()) {
            assertThat(page).contains(type.code() + " " + type.name());
        }
    }

    @Test
    void shouldNumberKindsOfObjectsAsThePageDoes() throws IOException {
        String row = Files.readString(PAGE)
                .lines()
                .filter(line -> line.startsWith("| `DirectoryLayout.KIND`"))
                .findFirst()
                .orElseThrow();
        Map<Integer, String> said = new TreeMap<>();
        Pattern.compile("(\\d+) (\\w+( \\w+)?)")
                .matcher(row.substring(row.indexOf("u32:")))
                .results()
                .forEach(kind -> said.put(Integer.valueOf(kind.group(1)), kind.group(2)));
        Map<Integer, String> known = new TreeMap<>();
        for (int code = 0; code < 100; code++) {
            ObjectKind kind = ObjectKinds.of(code);
            // What other programs need not read is not there.
            if (kind != null && (said.containsKey(code) || !UNSAID.contains(kind.kindName()))) {
                known.put(code, kind.kindName());
            }
        }
        assertThat(said).isEqualTo(known);
    }

    @Test
    void shouldBeEnoughToReadASegment() throws IOException {
        Python.assumePresent();
        try (SharedMemory memory = directory.segment("desk").size(16 << 20).create()) {
            SharedMap<String, Long> counts = memory.create("counts", SharedMap.of(String.class, Long.class));
            SharedMap<String, Object> mixed = memory.create("mixed", SharedMap.of(String.class, Object.class));
            SharedSet<String> names = memory.create("names", SharedSet.of(String.class));
            for (long i = 0; i < 1000; i++) {
                counts.put("key " + i, i * i - 50);
            }
            counts.remove("key 7");
            mixed.putAll(Map.of("short", "s", "größer", LARGE, "number", -2.5, "yes", true, "int", -3));
            names.add("one");
            names.add("another that has a block of its own");

            memory.create(
                    "frozen",
                    FrozenMap.of(String.class, Object.class)
                            .holding(new TreeMap<>(Map.of("a key with many bytes", LARGE, "b", 7L, "c", "eight"))));
            memory.create("elements", FrozenSet.of(Object.class).holding(List.of(3L, LARGE, 2L, "two")));

            SharedQueue<String> queue = memory.create("queue", SharedQueue.of(String.class));
            queue.offer("gone");
            queue.offer("first");
            queue.offer(LARGE);
            queue.offer("last");
            queue.poll();
            SharedQueue<String> lean = memory.create(
                    "lean", SharedQueue.of(String.class).singleProducer().singleConsumer());
            for (int i = 0; i < 3; i++) {
                lean.offer("lean " + i);
            }
            SharedArray table = memory.create("table", SharedArray.of(ElementType.FLOAT32, 2, 3));
            table.copyFrom(NdArray.of(new float[] {0.5f, 1, 2, 3, 4, -5}, 2, 3));
            SharedArray parts = memory.create("parts", SmallParts.array(4096, ElementType.INT32, 5000));
            parts.fill(7);
            parts.setLong(4999, -1);
            SharedVector vector = memory.create("vector", SharedVector.of(ElementType.UINT16));
            vector.extend(1, 2, 65_535);
            memory.create("empty", SharedVector.of(ElementType.INT8));
            SharedVector text = memory.create("text", SharedVector.of(ElementType.CHAR16));
            text.extend(NdArray.of("größer".toCharArray()));
            memory.share("graph", graph());

            assertThat(read())
                    .contains(
                            "counts: map of string to long", "queue: queue of string", "table: array of FLOAT32[2, 3]");
            assertThat(read("counts"))
                    .hasSize(999)
                    .contains("key 0=-50", "key 999=997951")
                    .doesNotContain("key 7=-1");
            assertThat(read("mixed"))
                    .containsExactlyInAnyOrder("short=s", "größer=" + LARGE, "number=-2.5", "yes=True", "int=-3");
            assertThat(read("names")).containsExactlyInAnyOrder("one", "another that has a block of its own");
            assertThat(read("frozen")).containsExactly("a key with many bytes=" + LARGE, "b=7", "c=eight");
            assertThat(read("elements")).containsExactly("3", LARGE, "2", "two");
            assertThat(read("queue")).containsExactly("first", LARGE, "last");
            assertThat(read("lean")).containsExactly("lean 0", "lean 1", "lean 2");
            assertThat(read("table")).containsExactly("[2, 3] [0.5, 1.0, 2.0, 3.0, 4.0, -5.0]");
            assertThat(read("parts")).containsExactly("[5000] [" + "7, ".repeat(4999) + "-1]");
            assertThat(read("vector")).containsExactly("[1, 2, 65535]");
            assertThat(read("empty")).containsExactly("[]");
            assertThat(read("text")).containsExactly("['g', 'r', 'ö', 'ß', 'e', 'r']");
            // As Python writes it.
            String numbered = IntStream.range(100, 140)
                    .mapToObj(i -> "'" + i + "': {'value': " + i + "}")
                    .collect(Collectors.joining(", "));
            assertThat(read("graph"))
                    .containsExactly("{'array': ([2], [0, 0]), 'deque': [1, 'two'], 'maps': {" + numbered
                            + "}, 'number': 7, 'set': ['a', 'b'], 'vector': [5]}");
        }
    }

    @Test
    void shouldBeEnoughToReadElementsOfAnyType() throws IOException, ReflectiveOperationException {
        Python.assumePresent();
        Map<Object, String> values = Samples.elements();
        assertThat(Samples.elementTypes())
                .allMatch(type -> values.keySet().stream().anyMatch(type::isInstance));
        try (SharedMemory memory = directory.segment("desk").size(16 << 20).create()) {
            SharedList<Object> list = memory.create("list", SharedList.of(Object.class));
            list.addAll(values.keySet());
            SharedMap<String, Object> map = memory.create("map", SharedMap.of(String.class, Object.class));
            values.forEach((value, text) -> map.put(value.getClass().getSimpleName() + " " + text, value));

            assertThat(read("list")).containsExactlyElementsOf(values.values());
            assertThat(read("map")).hasSameSizeAs(values.values()).allSatisfy(line -> {
                String[] keyAndValue = line.split("=", 2);
                assertThat(keyAndValue[0]).endsWith(" " + keyAndValue[1]);
            });
        }
        String page = Files.readString(PAGE);
        for (Class<?> type : Samples.elementTypes()) {
            assertThat(page).contains("`" + type.getSimpleName() + "`");
        }
    }

    @Test
    void shouldBeEnoughToReadListsAndDeques() throws IOException {
        Python.assumePresent();
        try (SharedMemory memory = directory.segment("desk").size(16 << 20).create()) {
            SharedList<String> list = memory.create("list", SharedList.of(String.class));
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                expected.add(i % 3 == 0 ? "one that needs a block " + i : "a" + i);
            }
            list.addAll(expected);
            list.remove(1000);
            expected.remove(1000);
            list.set(3, null);
            expected.set(3, "None");
            list.add(0, "fourteen bytes");
            expected.add(0, "fourteen bytes");
            memory.create("empty", SharedList.of(String.class));

            SharedDeque<String> deque = memory.create("deque", SharedDeque.of(String.class));
            for (int i = 0; i < 20; i++) {
                deque.addFirst("first " + i);
                deque.addLast("the last one, number " + i);
            }
            deque.rotate(30);
            SharedDeque<String> fixed = memory.create(
                    "fixed",
                    SharedDeque.of(String.class).maxLength(3).itemBytes(20).evicting());
            fixed.addAll(List.of("gone", "sixteen bytes long", "short", "twenty bytes exactly"));
            memory.create("none", SharedDeque.of(String.class));

            assertThat(read("list")).isEqualTo(expected);
            assertThat(read("empty")).containsExactly("");
            assertThat(read("deque")).isEqualTo(deque.snapshot());
            assertThat(read("fixed")).containsExactly("sixteen bytes long", "short", "twenty bytes exactly");
            assertThat(read("none")).containsExactly("");
        }
    }

    @Test
    void shouldBeEnoughToReadBeansAndRecords() throws IOException, ReflectiveOperationException {
        Python.assumePresent();
        try (SharedMemory memory = directory.segment("desk").size(16 << 20).create()) {
            SharedBean<Samples.Every> bean = memory.create("bean", SharedBean.of(Samples.Every.class));
            List<String> nulls = read("bean");
            Map<String, String> expected = Samples.fill(bean);
            SharedRecord<Samples.Pair> pair = memory.create("pair", SharedRecord.of(Samples.Pair.class));
            assertThat(read("pair")).contains("(present)=False");
            pair.set(new Samples.Pair(3, "a name in a block"));

            assertThat(nulls).contains("string=None", "int=0", "instant=None", "boolean=False", "part.city=None");
            assertThat(read("bean"))
                    .containsExactlyInAnyOrderElementsOf(expected.entrySet().stream()
                            .map(field -> field.getKey() + "=" + field.getValue())
                            .toList());
            assertThat(read("pair")).containsExactlyInAnyOrder("(present)=True", "count=3", "name=a name in a block");
        }
        String page = Files.readString(PAGE);
        Set<Class<?>> fields = Arrays.stream(Samples.Every.class.getMethods())
                .filter(method -> method.getParameterCount() == 0)
                .map(Method::getReturnType)
                .collect(Collectors.toSet());
        for (Class<?> type : Samples.fieldTypes()) {
            assertThat(fields).contains(type);
            assertThat(page).contains("`" + type.getSimpleName() + "`");
        }
    }

    @Test
    void shouldBeEnoughToReadSingleValues() throws IOException {
        Python.assumePresent();
        try (SharedMemory memory = directory.segment("desk").size(16 << 20).create()) {
            memory.create("long", SharedLong.type()).set(-5_000_000_000L);
            memory.create("int", SharedInt.type()).set(-7);
            memory.create("yes", SharedBoolean.type()).set(true);
            memory.create("double", SharedDouble.type()).set(0.25);
            memory.create("bytes", SharedBytes.type()).set(new byte[] {1, (byte) 0xAB});
            memory.create("text", SharedString.type()).set("größer");
            memory.create("no text", SharedString.type());
            memory.create("nothing", SharedReference.of(String.class));
            memory.create("something", SharedReference.of(String.class)).set("AB");

            assertThat(read("long")).containsExactly("-5000000000");
            assertThat(read("int")).containsExactly("-7");
            assertThat(read("yes")).containsExactly("True");
            assertThat(read("double")).containsExactly("0.25");
            assertThat(read("bytes")).containsExactly("01ab");
            assertThat(read("text")).containsExactly("größer");
            assertThat(read("no text")).containsExactly("");
            assertThat(read("nothing")).containsExactly("None");
            assertThat(read("something")).containsExactly("4142");
        }
    }

    /** Changes objects until it is stopped, with room between the changes for one who reads slowly. */
    private static Thread changing(AtomicBoolean stopped, IntConsumer change) {
        Thread thread = new Thread(() -> {
            for (int i = 0; !stopped.get(); i++) {
                change.accept(i);
                LockSupport.parkNanos(i % 20 * 50_000L);
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void shouldBeEnoughToReadNoHalfOfAChange() throws IOException, InterruptedException {
        Python.assumePresent();
        int size = 20;
        AtomicBoolean stopped = new AtomicBoolean();
        try (SharedMemory memory = directory.segment("desk").size(16 << 20).create()) {
            SharedList<String> list = memory.create("list", SharedList.of(String.class));
            SharedDeque<String> deque = memory.create("deque", SharedDeque.of(String.class));
            SharedBean<Samples.Texts> bean = memory.create("bean", SharedBean.of(Samples.Texts.class));
            SharedVector vector = memory.create("vector", SharedVector.of(ElementType.INT32));
            SharedString text = memory.create("text", SharedString.type());
            for (int i = 0; i < size; i++) {
                list.add(numbered(0));
                deque.add(numbered(i));
            }
            Thread writer = changing(stopped, i -> {
                list.replaceAll(before -> numbered(i));
                deque.rotate(1);
                bean.update(both -> {
                    both.setFirst(numbered(i));
                    both.setSecond(numbered(i));
                });
                vector.clear();
                vector.extend(i, -i, i, -i);
                text.set(numbered(i).repeat(1 + i % 5));
            });
            try {
                assertThat(looks("list", size, writer))
                        .allSatisfy(look -> assertThat(look).containsOnly(look.get(0)));
                assertThat(looks("deque", size, writer)).allSatisfy(look -> {
                    assertThat(look).doesNotHaveDuplicates();
                    assertThat(look.get(1)).isEqualTo(numbered((number(look.get(0)) + 1) % size));
                });
                assertThat(looks("bean", 2, writer))
                        .allSatisfy(look -> assertThat(look.get(0).replace("first", "second"))
                                .isEqualTo(look.get(1)));
                assertThat(looks("vector", 1, writer))
                        .allSatisfy(look -> assertThat(look.get(0)).matches("\\[]|\\[(\\d+), (0|-\\1), \\1, \\2]"));
                assertThat(looks("text", 1, writer))
                        .allSatisfy(look -> assertThat(look.get(0)).matches("|(number \\d+ in a block)\\1*"));
            } finally {
                stopped.set(true);
                writer.join();
            }
        }
    }

    private static String numbered(int number) {
        return "number " + number + " in a block";
    }

    private static int number(String text) {
        return Integer.parseInt(text.split(" ")[1]);
    }

    /** What several looks at an object show, each so many lines, while somebody changes it. */
    private List<List<String>> looks(String object, int lines, Thread writer) throws IOException {
        for (; ; ) {
            assertThat(writer.isAlive()).as("somebody changes it").isTrue();
            List<String> found = Python.run(
                    directory, "read_segment.py", PAGE, directory.file("desk"), object, Integer.toString(LOOKS));
            assertThat(found).hasSize(LOOKS * lines);
            List<List<String>> looks = new ArrayList<>();
            for (int i = 0; i < found.size(); i += lines) {
                looks.add(found.subList(i, i + lines));
            }
            if (looks.stream().distinct().count() > 1) {
                return looks;
            }
        }
    }

    /** With more parts than the first chunk of their table has entries. */
    private static Map<String, Object> graph() {
        Map<String, Object> maps = new TreeMap<>();
        for (int i = 100; i < 140; i++) {
            maps.put(Integer.toString(i), Map.of("value", i));
        }
        return Map.of(
                "maps",
                maps,
                "set",
                Set.of("a", "b"),
                "deque",
                new ArrayDeque<>(List.of(1, "two")),
                "number",
                SharedLong.type().initially(number -> number.set(7)),
                "array",
                SharedArray.of(ElementType.INT32, 2),
                "vector",
                SharedVector.of(ElementType.INT8).initially(vector -> vector.append(5)));
    }

    private List<String> read(String... object) throws IOException {
        return object.length == 0
                ? Python.run(directory, "read_segment.py", PAGE, directory.file("desk"))
                : Python.run(directory, "read_segment.py", PAGE, directory.file("desk"), object[0]);
    }
}
