package dev.shm.boot.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapMap;
import dev.shm.HeapMap.Content;
import dev.shm.HeapMap.Span;
import dev.shm.SegmentStatistics;
import dev.shm.SharedMemory;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.queue.SharedQueue;
import dev.shm.value.SharedBytes;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Each picture is also written to {@code target/heap-pictures}, to be looked at. */
class HeapPictureTest {

    @TempDir
    private Path directory;

    private SharedMemory.Builder segment(String name) {
        return SharedMemory.named(name).directory(directory.resolve("segments")).application("test");
    }

    private static String draw(SharedMemory memory) {
        return new HeapPicture(
                        memory.name(),
                        memory.heapMap(),
                        memory.statistics(),
                        memory.peers().size())
                .draw();
    }

    /** Reads it as strictly as any reader does. */
    private static Document parsed(String file, String svg) throws Exception {
        Path pictures = Files.createDirectories(Path.of("target", "heap-pictures"));
        Files.writeString(pictures.resolve(file + ".svg"), svg);
        assertThat(StandardCharsets.US_ASCII.newEncoder().canEncode(svg)).isTrue();
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    private static String text(Document picture, String element) {
        StringBuilder text = new StringBuilder();
        NodeList nodes = picture.getElementsByTagNameNS("http://www.w3.org/2000/svg", element);
        for (int i = 0; i < nodes.getLength(); i++) {
            text.append(nodes.item(i).getTextContent()).append('\n');
        }
        return text.toString();
    }

    private static boolean has(Document picture, String style) {
        NodeList paths = picture.getElementsByTagNameNS("http://www.w3.org/2000/svg", "path");
        for (int i = 0; i < paths.getLength(); i++) {
            if (((Element) paths.item(i)).getAttribute("class").equals(style)) {
                return true;
            }
        }
        return false;
    }

    private static void fill(SharedMemory memory, Random random, long upTo, int small, int large) {
        for (int i = 0; i < 6_000 && memory.statistics().usedBytes() < upTo; i++) {
            SharedBytes value = memory.openOrCreate("value" + i % 900, SharedBytes.type());
            try {
                value.set(new byte[random.nextInt(10) < 7 ? random.nextInt(small) : random.nextInt(large)]);
            } catch (OutOfSharedMemoryException e) {
                // Another one may fit.
            } finally {
                value.close();
            }
        }
    }

    // ------------------------------------------------------------------------------------------ looks

    @Test
    void shouldDrawAnEmptySegment() throws Exception {
        try (SharedMemory memory = segment("empty").size(16 << 20).create()) {
            Document picture = parsed("empty", draw(memory));
            assertThat(text(picture, "title")).contains("Heap of segment 'empty'");
            assertThat(text(picture, "desc")).contains("free").contains("A cell is one page");
            assertThat(has(picture, "f")).isTrue();
            assertThat(has(picture, "t")).isTrue();
            assertThat(has(picture, "a")).isFalse();
            assertThat(has(picture, "x")).isFalse();
        }
    }

    @Test
    void shouldDrawAMixAndNameTheBlocksOfObjects() throws Exception {
        try (SharedMemory memory = segment("half").size(64 << 20).create()) {
            memory.create("orders", SharedQueue.of(String.class).capacityBytes(4 << 20));
            memory.create(
                    "audit", SharedQueue.of(String.class).capacityBytes(8 << 20).deadLettersAfter(3));
            memory.create("ticks<&\u00e4", SharedQueue.of(String.class).capacityBytes(1 << 20));
            fill(memory, new Random(1), 34 << 20, 3_000, 400_000);
            Document picture = parsed("half", draw(memory));
            assertThat(text(picture, "title")).contains("orders: 4.", "audit: 1", "ticks<&\u00e4: 1.");
            assertThat(text(picture, "text")).contains("orders\n", "audit\n", "large blocks", "blocks up to 1 KiB");
            assertThat(has(picture, "a")).isTrue();
            assertThat(has(picture, "c2")).isTrue();
            assertThat(has(picture, "c2 u")).isTrue();
        }
    }

    @Test
    void shouldDrawASegmentThatIsNearlyFull() throws Exception {
        try (SharedMemory memory = segment("full").size(64 << 20).create()) {
            for (int i = 0; i < 3; i++) {
                memory.create("queue" + i, SharedQueue.of(String.class).capacityBytes(8 << 20));
            }
            fill(memory, new Random(2), memory.statistics().heapBytes() * 97 / 100, 600, 450_000);
            SegmentStatistics now = memory.statistics();
            String percent = Math.round(100.0 * now.usedBytes() / now.heapBytes()) + " %";
            assertThat(text(parsed("full", draw(memory)), "desc")).contains("used (" + percent + ")");
        }
    }

    @Test
    void shouldDrawFragments() throws Exception {
        try (SharedMemory memory = segment("fragmented").size(64 << 20).create()) {
            List<SharedBytes> values = new ArrayList<>();
            for (int i = 0; i < 700; i++) {
                SharedBytes value = memory.create("value" + i, SharedBytes.type());
                value.set(new byte[40_000 + i * 60]);
                values.add(value);
            }
            for (int i = 0; i < values.size(); i++) {
                if (i % 2 == 0 || i % 7 == 0) {
                    values.get(i).set(new byte[10]);
                }
            }
            Document picture = parsed("fragmented", draw(memory));
            assertThat(text(picture, "desc")).contains("fragmentation 0.");
            assertThat(memory.statistics().fragmentation()).isGreaterThan(0.3);
        }
    }

    /** A map as large segments have it; no such segment is made. */
    private static HeapMap large(long bytes, Random random) {
        long pageBytes = Math.max(4096, Long.highestOneBit((bytes + 65_535) / 65_536 * 2 - 1));
        int pages = (int) (bytes / pageBytes * 97 / 100);
        List<Span> spans = new ArrayList<>();
        for (int page = 0; page < pages; ) {
            int rest = pages - page;
            int kind = random.nextInt(5);
            Span span = switch (kind) {
                case 0, 1 ->
                    new Span(
                            page,
                            Math.min(rest, 1 + random.nextInt(rest / 12 + 1)),
                            Content.FREE,
                            0,
                            0,
                            0,
                            Optional.empty());
                case 2 -> {
                    int length = Math.min(rest, 1 + random.nextInt(pages / 20 + 1));
                    yield new Span(page, length, Content.BLOCK, length * pageBytes, 1, 1, Optional.of("queue" + page));
                }
                case 3 -> new Span(page, 1, Content.CHANGING, 0, 0, 0, Optional.empty());
                default ->
                    new Span(
                            page,
                            1,
                            Content.SLAB,
                            32L << random.nextInt(12),
                            100,
                            random.nextInt(101),
                            Optional.empty());
            };
            spans.add(span);
            page += span.pages();
        }
        return new HeapMap(bytes, bytes - pages * pageBytes, pageBytes, pages, spans);
    }

    private static SegmentStatistics sums(HeapMap map) {
        long heap = map.pageCount() * map.pageBytes();
        return new SegmentStatistics(
                false,
                map.segmentBytes(),
                heap,
                heap / 3,
                heap / 3 * 2,
                -1,
                -1,
                -1,
                0,
                -1,
                1_000,
                map.pageBytes(),
                map.pageCount() / 3,
                1 << 20,
                0.25,
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                0);
    }

    @ParameterizedTest
    @ValueSource(longs = {64L << 10, 1L << 20, 16L << 20, 64L << 20, 1L << 30, 64L << 30, 1L << 40})
    void shouldStayReadableHoweverLargeTheSegmentIs(long bytes) throws Exception {
        for (int seed = 0; seed < 5; seed++) {
            HeapMap map = large(bytes, new Random(seed));
            String svg = new HeapPicture("large", map, sums(map), 3).draw();
            Document picture = parsed("large-" + (bytes >> 10) + "k", svg);
            assertThat(picture.getDocumentElement().getAttribute("width")).isEqualTo("1200");
            assertThat(Integer.parseInt(picture.getDocumentElement().getAttribute("height")))
                    .isBetween(200, 900);
            assertThat(svg.length()).isLessThan(600_000);
            assertThat(text(picture, "desc")).contains("A cell is ");
        }
    }

    @Test
    void shouldSayWhyThereIsNoPicture() throws Exception {
        Document picture = parsed(
                "nothing",
                HeapPicture.ofNothing("desk", List.of("the file was truncated\u0000 <by> somebody", "x".repeat(400))));
        assertThat(text(picture, "text"))
                .contains("Heap of segment 'desk' cannot be shown", "truncated? <by> somebody");
        assertThat(text(picture, "desc")).contains("truncated");
    }
}
