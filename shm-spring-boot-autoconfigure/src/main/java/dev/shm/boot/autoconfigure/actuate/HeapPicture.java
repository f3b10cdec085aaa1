package dev.shm.boot.autoconfigure.actuate;

import dev.shm.HeapMap;
import dev.shm.HeapMap.Content;
import dev.shm.SegmentStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Draws the heap of a segment as SVG. The segment is a grid of cells, in order of addresses, from left to right and from top to
 * bottom. A cell stands for one page or more, so that a segment of any size is a picture of the same size, and is filled from below
 * by what its pages hold. Nothing but ASCII is written, so that no reader can take it for another encoding.
 */
final class HeapPicture {

    private static final int WIDTH = 1200;
    private static final int MARGIN = 24;
    private static final int GRID_X = 120;
    private static final int GRID_Y = 142;
    private static final int BAR_Y = 98;
    private static final int BAR_HEIGHT = 18;
    private static final int BAR_WIDTH = WIDTH - 2 * MARGIN;
    private static final int LABEL_STEP = 66;
    private static final int MOST_CELLS = 96 * 48;
    private static final int LEGEND_COLUMNS = 3;
    private static final int LEGEND_LINE = 24;
    private static final int MOST_NAMES = 6;
    private static final int MOST_LABELS = 24;

    /** Columns, pixels of a cell, and rows at most. */
    private static final int[][] GRIDS = {{32, 33, 16}, {48, 22, 24}, {64, 16, 33}, {96, 11, 48}};

    /** Upper limits of the sizes of blocks that have one colour. */
    private static final long[] SLAB_LIMITS = {64, 256, 1024, 4096, 16384, Long.MAX_VALUE};

    private static final int SLABS = SLAB_LIMITS.length;

    // What fills a cell, from below.
    private static final int TABLES = 0;
    private static final int BLOCK = 1;
    private static final int OTHER_BLOCK = 2;
    private static final int SLAB_USED = 3;
    private static final int SLAB_UNUSED = SLAB_USED + SLABS;
    private static final int CHANGING = SLAB_UNUSED + SLABS;
    private static final int PARTS = CHANGING + 1;

    private static final String STYLE = """
            text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Ubuntu,sans-serif;fill:#1f2328}
            .s{fill:#57606a}.bg{fill:#fff}.l{stroke:#fff}.f{fill:#e4e7eb}.t{fill:#8b949e}.a{fill:#2f6fd0}.b{fill:#5b93e6}.x{fill:#d1242f}
            .c0{fill:#f0b429}.c1{fill:#ec8f3b}.c2{fill:#de5f57}.c3{fill:#b83d7e}.c4{fill:#7f3c9a}.c5{fill:#4b3290}.u{opacity:.38}
            .n{fill:#fff;stroke:#1d4f9c;stroke-width:3px;paint-order:stroke;stroke-linejoin:round}
            @media (prefers-color-scheme:dark){
            text{fill:#e6edf3}.s{fill:#9da7b1}.bg{fill:#0d1117}.l{stroke:#0d1117;stroke-opacity:.5}.f{fill:#272d36}.t{fill:#6e7681}.a{fill:#2a66c8}.b{fill:#4a86e0}
            .x{fill:#f85149}.c0{fill:#f5c451}.c1{fill:#f09a4b}.c2{fill:#e8716a}.c3{fill:#cf5b97}.c4{fill:#a066bd}.c5{fill:#7d68c9}
            .n{fill:#fff;stroke:#173a70}}
            """;

    private final String name;
    private final HeapMap map;
    private final SegmentStatistics memory;
    private final int peers;
    private final int pagesPerCell;
    private final int tableCells;
    private final int cells;
    private final int columns;
    private final int size;
    private final int rows;
    private final float[][] shares;
    private final StringBuilder svg = new StringBuilder(1 << 16);

    HeapPicture(String name, HeapMap map, SegmentStatistics memory, int peers) {
        this.name = name;
        this.map = map;
        this.memory = memory;
        this.peers = peers;
        int pages = 1;
        while (cells(map, pages) > MOST_CELLS) {
            pages *= 2;
        }
        this.pagesPerCell = pages;
        this.tableCells = tableCells(map, pages);
        this.cells = cells(map, pages);
        int grid = 0;
        while (grid < GRIDS.length - 1 && cells > GRIDS[grid][0] * GRIDS[grid][2]) {
            grid++;
        }
        this.columns = GRIDS[grid][0];
        this.size = GRIDS[grid][1];
        this.rows = Math.max(1, (cells + columns - 1) / columns);
        this.shares = shares();
    }

    private static int tableCells(HeapMap map, int pagesPerCell) {
        long cellBytes = pagesPerCell * map.pageBytes();
        return (int) ((map.tableBytes() + cellBytes - 1) / cellBytes);
    }

    private static int cells(HeapMap map, int pagesPerCell) {
        return tableCells(map, pagesPerCell) + (map.pageCount() + pagesPerCell - 1) / pagesPerCell;
    }

    /** A picture that says why there is none. */
    static String ofNothing(String name, @Nullable List<String> problems) {
        String why = problems == null ? "it cannot be read" : String.join(" ", problems);
        String title = "Heap of segment '" + name + "'";
        StringBuilder text = new StringBuilder();
        int y = 74;
        for (String line : lines(why, 150)) {
            text.append("<text class=\"s\" x=\"24\" y=\"%d\" font-size=\"14\">%s</text>\n".formatted(y, escape(line)));
            y += 22;
        }
        return open(y, title, "The segment cannot be shown: " + why)
                + "<text x=\"24\" y=\"42\" font-size=\"22\" font-weight=\"600\">" + escape(title)
                + " cannot be shown</text>\n" + text + "</svg>\n";
    }

    private static List<String> lines(String text, int most) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split("\\s+", -1)) {
            if (!line.isEmpty() && line.length() + word.length() >= most) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    private static String open(int height, String title, String description) {
        return """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" \
                role="img" aria-labelledby="title desc">
                <title id="title">%3$s</title>
                <desc id="desc">%4$s</desc>
                <style>
                %5$s</style>
                <rect class="bg" width="%1$d" height="%2$d"/>
                """.formatted(WIDTH, height, escape(title), escape(description), STYLE);
    }

    // ------------------------------------------------------------------------------------------ what is in the cells

    private float[][] shares() {
        float[][] filled = new float[PARTS][cells];
        for (int cell = 0; cell < tableCells; cell++) {
            long from = (long) cell * cellBytes();
            filled[TABLES][cell] = (float) Math.min(1, (double) (map.tableBytes() - from) / cellBytes());
        }
        boolean other = false;
        for (HeapMap.Span span : map.spans()) {
            switch (span.content()) {
                case FREE -> {
                    // It is what is left.
                }
                case BLOCK -> {
                    fill(filled[other ? OTHER_BLOCK : BLOCK], span, 1f);
                    other = !other;
                }
                case SLAB -> {
                    float used = span.blocks() == 0 ? 0 : (float) span.usedBlocks() / span.blocks();
                    int colour = colour(span.blockBytes());
                    fill(filled[SLAB_USED + colour], span, used);
                    fill(filled[SLAB_UNUSED + colour], span, 1 - used);
                }
                case CHANGING -> fill(filled[CHANGING], span, 1f);
            }
        }
        return filled;
    }

    private void fill(float[] part, HeapMap.Span span, float how) {
        int end = span.firstPage() + span.pages();
        for (int page = span.firstPage(); page < end; ) {
            int inCell = Math.min(end, (page / pagesPerCell + 1) * pagesPerCell) - page;
            part[cell(page)] += how * inCell / pagesPerCell;
            page += inCell;
        }
    }

    private int cell(int page) {
        return tableCells + page / pagesPerCell;
    }

    private long cellBytes() {
        return pagesPerCell * map.pageBytes();
    }

    private static int colour(long blockBytes) {
        int colour = 0;
        while (blockBytes > SLAB_LIMITS[colour]) {
            colour++;
        }
        return colour;
    }

    // ------------------------------------------------------------------------------------------ drawing

    String draw() {
        List<String[]> legend = legend();
        int legendRows = (legend.size() + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
        int legendY = GRID_Y + rows * size + 40;
        String names = names();
        int height = legendY + legendRows * LEGEND_LINE + (names.isEmpty() ? 0 : LEGEND_LINE + 4);
        String title = "Heap of segment '" + name + "'";
        String figures = bytes(memory.usedBytes()) + " of " + bytes(memory.heapBytes()) + " used ("
                + percent(memory.usedBytes(), memory.heapBytes()) + "), " + bytes(memory.freeBytes())
                + " free, largest free block " + bytes(memory.largestFreeBlock()) + ", fragmentation "
                + String.format(Locale.ROOT, "%.2f", memory.fragmentation()) + ", "
                + count(peers, "process", "processes") + " attached";
        String scale = count(map.pageCount(), "page", "pages") + " of " + bytes(map.pageBytes()) + ". A cell is "
                + (pagesPerCell == 1 ? "one page" : pagesPerCell + " pages, " + bytes(cellBytes()))
                + "; addresses go from left to right, and from top to bottom.";
        svg.append(open(
                height,
                title,
                figures + ". " + scale + " "
                        + legend.stream().map(item -> item[1]).collect(Collectors.joining("; ")) + "."
                        + (names.isEmpty() ? "" : " " + names)));
        text(MARGIN, 42, 22, "", " font-weight=\"600\"", title);
        text(MARGIN, 66, 14, "", "", figures);
        text(MARGIN, 86, 13, "s", "", scale);
        bar();
        offsets();
        grid();
        objects();
        for (int i = 0; i < legend.size(); i++) {
            int x = MARGIN + i % LEGEND_COLUMNS * (BAR_WIDTH / LEGEND_COLUMNS);
            int y = legendY + i / LEGEND_COLUMNS * LEGEND_LINE;
            svg.append("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"14\" height=\"14\" rx=\"2\"/>\n"
                    .formatted(legend.get(i)[0], x, y - 12));
            text(x + 22, y, 13, "", "", legend.get(i)[1]);
        }
        if (!names.isEmpty()) {
            text(MARGIN, legendY + legendRows * LEGEND_LINE + 2, 13, "s", "", names);
        }
        return svg.append("</svg>\n").toString();
    }

    private void text(int x, int y, int fontSize, String style, String more, String text) {
        svg.append("<text")
                .append(style.isEmpty() ? "" : " class=\"" + style + "\"")
                .append(" x=\"%d\" y=\"%d\" font-size=\"%d\"".formatted(x, y, fontSize))
                .append(more)
                .append('>')
                .append(escape(text))
                .append("</text>\n");
    }

    private static String style(int part) {
        if (part < SLAB_USED) {
            return List.of("t", "a", "b").get(part);
        }
        if (part == CHANGING) {
            return "x";
        }
        return part < SLAB_UNUSED ? "c" + (part - SLAB_USED) : "c" + (part - SLAB_UNUSED) + " u";
    }

    /** All cells as one bar. */
    private void bar() {
        double left = MARGIN;
        double unit = (double) BAR_WIDTH / Math.max(1, tableCells + (double) map.pageCount() / pagesPerCell);
        svg.append(
                "<g><title>What the whole segment is used for</title>\n<rect class=\"f\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n"
                        .formatted(MARGIN, BAR_Y, BAR_WIDTH, BAR_HEIGHT));
        for (int part = 0; part < PARTS; part++) {
            double sum = part == OTHER_BLOCK ? 0 : sum(part) + (part == BLOCK ? sum(OTHER_BLOCK) : 0);
            double width = Math.min(sum * unit, MARGIN + BAR_WIDTH - left);
            if (width > 0.05) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                        style(part),
                        left,
                        BAR_Y,
                        width,
                        BAR_HEIGHT));
                left += width;
            }
        }
        svg.append("</g>\n");
    }

    private double sum(int part) {
        double sum = 0;
        for (float share : shares[part]) {
            sum += share;
        }
        return sum;
    }

    /** Offsets of some rows in the segment. */
    private void offsets() {
        int step = Math.max(1, LABEL_STEP / size);
        for (int row = 0; row < rows; row += step) {
            int cell = row * columns;
            long offset = cell < tableCells ? cell * cellBytes() : map.tableBytes() + (cell - tableCells) * cellBytes();
            text(GRID_X - 10, GRID_Y + row * size + 11, 11, "s", " text-anchor=\"end\"", bytes(offset));
        }
    }

    private void grid() {
        float[] free = new float[cells];
        Arrays.fill(free, 1f);
        paths("f", new float[cells], free);
        float[] below = new float[cells];
        for (int part = 0; part < PARTS; part++) {
            paths(style(part), below, shares[part]);
            for (int cell = 0; cell < cells; cell++) {
                below[cell] = Math.min(1f, below[cell] + shares[part][cell]);
            }
        }
        svg.append("""
                <defs><pattern id="grid" x="%2$d" y="%3$d" width="%1$d" height="%1$d" patternUnits="userSpaceOnUse">\
                <path class="l" d="M%1$d 0V%1$dH0" fill="none" stroke-width="2"/></pattern></defs>
                <rect x="%2$d" y="%3$d" width="%4$d" height="%5$d" fill="url(#grid)"/>
                """.formatted(size, GRID_X, GRID_Y, columns * size, rows * size));
    }

    /** One part of all cells; neighbours that look the same are one rectangle. */
    private void paths(String style, float[] below, float[] share) {
        StringBuilder path = new StringBuilder();
        for (int cell = 0; cell < cells; ) {
            int bottom = tenths(below[cell]);
            int top = tenths(Math.min(1f, below[cell] + share[cell]));
            int end = cell + 1;
            while (end < cells
                    && end % columns != 0
                    && tenths(below[end]) == bottom
                    && tenths(Math.min(1f, below[end] + share[end])) == top) {
                end++;
            }
            if (top > bottom) {
                int y = 10 * (GRID_Y + (cell / columns + 1) * size) - top;
                rectangle(path, GRID_X + cell % columns * size, y, (end - cell) * size, top - bottom);
            }
            cell = end;
        }
        if (!path.isEmpty()) {
            svg.append("<path class=\"" + style + "\" d=\"").append(path).append("\"/>\n");
        }
    }

    private int tenths(float share) {
        return Math.round(share * size * 10);
    }

    private static void rectangle(StringBuilder path, int x, int yTenths, int width, int heightTenths) {
        path.append('M').append(x).append(' ');
        tenth(path, yTenths);
        path.append('h').append(width).append('v');
        tenth(path, heightTenths);
        path.append('h').append(-width).append('z');
    }

    private static void tenth(StringBuilder path, int tenths) {
        path.append(tenths / 10);
        if (tenths % 10 != 0) {
            path.append('.').append(tenths % 10);
        }
    }

    /** Names the blocks of objects: by a tooltip, and where there is room by a word. */
    private void objects() {
        List<HeapMap.Span> named = named();
        List<HeapMap.Span> labelled = named.subList(0, Math.min(MOST_LABELS, named.size()));
        for (HeapMap.Span span : named) {
            int first = cell(span.firstPage());
            int last = cell(span.firstPage() + span.pages() - 1);
            StringBuilder path = new StringBuilder();
            int widest = 0;
            int x = 0;
            int y = 0;
            for (int cell = first; cell <= last; ) {
                int end = Math.min(last + 1, (cell / columns + 1) * columns);
                int left = GRID_X + cell % columns * size;
                int top = GRID_Y + cell / columns * size;
                rectangle(path, left, top * 10, (end - cell) * size, size * 10);
                if (end - cell > widest) {
                    widest = end - cell;
                    x = left;
                    y = top;
                }
                cell = end;
            }
            String object = span.object().orElseThrow();
            svg.append("<g><title>" + escape(object) + ": " + bytes(span.blockBytes())
                    + "</title><path fill=\"transparent\" d=\"" + path + "\"/>");
            if (labelled.contains(span) && object.length() * 7 + 10 <= widest * size) {
                text(x + 5, y + Math.min(size, 16) - (size < 16 ? 2 : 3), 11, "n", "", object);
            }
            svg.append("</g>\n");
        }
    }

    /** The blocks of objects, the largest first. */
    private List<HeapMap.Span> named() {
        return map.spans().stream()
                .filter(span -> span.content() == Content.BLOCK && span.object().isPresent())
                .sorted(Comparator.comparingLong(HeapMap.Span::blockBytes).reversed())
                .toList();
    }

    private String names() {
        List<HeapMap.Span> named = named();
        if (named.isEmpty()) {
            return "";
        }
        String largest = named.stream()
                .limit(MOST_NAMES)
                .map(span -> span.object().orElseThrow() + " " + bytes(span.blockBytes()))
                .collect(Collectors.joining(", "));
        String text = "Blocks of objects: " + largest
                + (named.size() > MOST_NAMES ? " and " + (named.size() - MOST_NAMES) + " more" : "") + ".";
        return text.length() <= 170 ? text : text.substring(0, 168) + "..";
    }

    // ------------------------------------------------------------------------------------------ legend

    /** What a colour means: its style, and a sentence. */
    private List<String[]> legend() {
        List<String[]> items = new ArrayList<>();
        items.add(new String[] {"t", "header, slots, directory, page map: " + bytes(map.tableBytes())});
        items.add(new String[] {"f", "free: " + bytes(memory.freePages() * map.pageBytes())});
        List<HeapMap.Span> blocks = map.spans().stream()
                .filter(span -> span.content() == Content.BLOCK)
                .toList();
        if (!blocks.isEmpty()) {
            items.add(new String[] {
                "a", count(blocks.size(), "large block", "large blocks") + ": " + bytes(pages(blocks) * map.pageBytes())
            });
        }
        Map<Integer, List<HeapMap.Span>> slabs = map.spans().stream()
                .filter(span -> span.content() == Content.SLAB)
                .collect(Collectors.groupingBy(span -> colour(span.blockBytes()), TreeMap::new, Collectors.toList()));
        slabs.forEach((colour, spans) -> items.add(new String[] {"c" + colour, describe(colour, spans)}));
        if (!slabs.isEmpty()) {
            items.add(new String[] {"c" + slabs.keySet().iterator().next() + " u", "fainter: unused blocks in slabs"});
        }
        List<HeapMap.Span> changing = map.spans().stream()
                .filter(span -> span.content() == Content.CHANGING)
                .toList();
        if (!changing.isEmpty()) {
            items.add(new String[] {"x", "being taken or given back: " + bytes(pages(changing) * map.pageBytes())});
        }
        return items;
    }

    private static long pages(List<HeapMap.Span> spans) {
        return spans.stream().mapToLong(HeapMap.Span::pages).sum();
    }

    private String describe(int colour, List<HeapMap.Span> spans) {
        long blocks = spans.stream().mapToLong(HeapMap.Span::blocks).sum();
        long used = spans.stream().mapToLong(HeapMap.Span::usedBlocks).sum();
        String sizes = colour == 0
                ? "up to " + bytes(SLAB_LIMITS[0])
                : colour == SLABS - 1
                        ? "above " + bytes(SLAB_LIMITS[colour - 1])
                        : "up to " + bytes(SLAB_LIMITS[colour]);
        return "blocks " + sizes + ": " + bytes(pages(spans) * map.pageBytes()) + ", " + percent(used, blocks)
                + " full";
    }

    // ------------------------------------------------------------------------------------------ words

    private static String count(long count, String one, String many) {
        return String.format(Locale.ROOT, "%,d ", count) + (count == 1 ? one : many);
    }

    private static String percent(long part, long whole) {
        return String.format(Locale.ROOT, "%.0f %%", whole == 0 ? 0 : 100.0 * part / whole);
    }

    private static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        double value = (double) bytes / (1L << (unit * 10));
        return String.format(
                Locale.ROOT, value == Math.rint(value) ? "%.0f %siB" : "%.1f %siB", value, "KMGTPE".charAt(unit - 1));
    }

    /** Makes text of anything, as ASCII. */
    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(point -> {
            switch (point) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default -> {
                    if (point >= ' ' && point < 0x7F) {
                        escaped.append((char) point);
                    } else if (mayBeXml(point)) {
                        escaped.append("&#").append(point).append(';');
                    } else {
                        escaped.append('?');
                    }
                }
            }
        });
        return escaped.toString();
    }

    private static boolean mayBeXml(int point) {
        return point >= 0xA0 && (point < 0xD800 || point > 0xDFFF) && (point & 0xFFFE) != 0xFFFE;
    }
}
