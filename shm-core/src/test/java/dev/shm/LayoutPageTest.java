package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.collection.FrozenMap;
import dev.shm.collection.FrozenSet;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.Python;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedVector;
import dev.shm.value.SmallParts;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What docs/layout.md says is so, and is enough to read a segment with. */
class LayoutPageTest {

    private static final Path PAGE = Path.of("..", "docs", "layout.md").toAbsolutePath();
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+)\\.(\\w+)` \\| (0x[0-9A-F]+|\\d+) \\|");
    private static final Map<String, String> PACKAGES = Map.ofEntries(
            Map.entry("SegmentLayout", "segment"),
            Map.entry("DirectoryLayout", "segment"),
            Map.entry("BlockLayout", "heap"),
            Map.entry("MapLayout", "collection"),
            Map.entry("FrozenLayout", "collection"),
            Map.entry("QueueLayout", "queue"),
            Map.entry("RecordLayout", "queue"),
            Map.entry("ControlWord", "queue"),
            Map.entry("ArrayLayout", "value"),
            Map.entry("VectorLayout", "value"),
            Map.entry("NdArrayLayout", "codec"));
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
        }
    }

    private List<String> read(String... object) throws IOException {
        return object.length == 0
                ? Python.run(directory, "read_segment.py", PAGE, directory.file("desk"))
                : Python.run(directory, "read_segment.py", PAGE, directory.file("desk"), object[0]);
    }
}
