package dev.shm;

import dev.shm.heap.BlockLayout;
import dev.shm.heap.HeapScan;
import dev.shm.heap.ObjectKind;
import dev.shm.heap.ObjectKinds;
import dev.shm.memory.Memory;
import dev.shm.segment.Directory;
import dev.shm.segment.DirectoryEntry;
import dev.shm.segment.SegmentLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what is in a segment, for its peers and for those who only look. Stores nothing, takes no lock, and comes to an end
 * however damaged the segment is.
 */
final class Inspection {

    private final Memory memory;
    private final SegmentLayout layout;
    private final HeapScan scan;
    private final Directory directory;

    Inspection(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.scan = new HeapScan(memory, layout);
        this.directory = new Directory(memory, layout);
    }

    static String layoutVersion(Memory memory) {
        return memory.getInt(SegmentLayout.LAYOUT_MAJOR) + "." + memory.getInt(SegmentLayout.LAYOUT_MINOR);
    }

    // ------------------------------------------------------------------------------------------ objects

    List<ObjectFigures> figures() {
        return figures(ObjectKind::describe);
    }

    /** Only what is counted anyway. */
    List<ObjectFigures> counters() {
        return figures(ObjectKind::counters);
    }

    /** What is to be told of an object. */
    private interface Teller {
        Map<String, Object> tell(ObjectKind kind, Memory memory, SegmentLayout layout, long rootPayload);
    }

    private List<ObjectFigures> figures(Teller teller) {
        return directory.entries().stream().map(entry -> figures(entry, teller)).toList();
    }

    private ObjectFigures figures(DirectoryEntry entry, Teller teller) {
        ObjectInfo info = SharedMemory.info(entry);
        ObjectKind kind = ObjectKinds.of(entry.kind());
        if (kind == null) {
            return new ObjectFigures(info, "", Map.of(), Optional.empty());
        }
        Map<String, Object> figures = Map.of();
        String problem = null;
        try {
            if (scan.isLive(entry.reference())) {
                figures = teller.tell(kind, memory, layout, BlockLayout.payload(entry.reference()));
            } else {
                problem = "refers to a block that is not live";
            }
        } catch (RuntimeException e) {
            problem = "cannot be read: " + e.getMessage();
        }
        if (directory.word(entry.index()) != entry.word()) {
            // It went meanwhile, and what was read may be another's.
            return new ObjectFigures(info, kind.kindName(), Map.of(), Optional.empty());
        }
        return new ObjectFigures(
                info, kind.kindName(), Collections.unmodifiableMap(figures), Optional.ofNullable(problem));
    }

    // ------------------------------------------------------------------------------------------ pages

    HeapMap heapMap() {
        Map<Integer, String> holders = holders();
        List<HeapMap.Span> spans = new ArrayList<>();
        scan.visit(new HeapScan.Visitor() {
            @Override
            public void free(int page, int pages) {
                spans.add(span(page, pages, HeapMap.Content.FREE, 0, 0, 0));
            }

            @Override
            public void slab(int page, int pages, int blockBytes, int blocks, int freeBlocks) {
                spans.add(span(page, pages, HeapMap.Content.SLAB, blockBytes, blocks, blocks - freeBlocks));
            }

            @Override
            public void block(int page, int pages) {
                spans.add(new HeapMap.Span(
                        page,
                        pages,
                        HeapMap.Content.BLOCK,
                        pages * layout.pageBytes(),
                        1,
                        1,
                        Optional.ofNullable(holders.get(page))));
            }

            @Override
            public void changing(int page, int pages) {
                spans.add(span(page, pages, HeapMap.Content.CHANGING, 0, 0, 0));
            }
        });
        return new HeapMap(
                layout.segmentBytes(),
                layout.heap(),
                layout.pageBytes(),
                layout.pageCount(),
                Collections.unmodifiableList(spans));
    }

    private static HeapMap.Span span(
            int page, int pages, HeapMap.Content content, long blockBytes, int blocks, int usedBlocks) {
        return new HeapMap.Span(page, pages, content, blockBytes, blocks, usedBlocks, Optional.empty());
    }

    /** Names of the objects that own blocks, by the pages in which these begin. */
    private Map<Integer, String> holders() {
        Map<Integer, String> holders = new HashMap<>();
        for (DirectoryEntry entry : directory.entries()) {
            hold(holders, entry.reference(), entry.name());
            for (long block : blocks(entry)) {
                hold(holders, block, entry.name());
            }
        }
        return holders;
    }

    private List<Long> blocks(DirectoryEntry entry) {
        @Nullable ObjectKind kind = ObjectKinds.of(entry.kind());
        try {
            return kind != null && scan.isLive(entry.reference())
                    ? kind.blocks(memory, BlockLayout.payload(entry.reference()))
                    : List.of();
        } catch (RuntimeException e) {
            // It is damaged, or went meanwhile. Its pages are shown without a name.
            return List.of();
        }
    }

    private void hold(Map<Integer, String> holders, long reference, String name) {
        long offset = BlockLayout.header(reference) - layout.heap();
        if (offset >= 0 && offset < layout.heapBytes() && offset % layout.pageBytes() == 0) {
            holders.put((int) (offset / layout.pageBytes()), name);
        }
    }
}
