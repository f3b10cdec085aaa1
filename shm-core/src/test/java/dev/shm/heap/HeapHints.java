package dev.shm.heap;

import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.ArrayList;
import java.util.List;

/** Compares the hints of a heap with the truth. */
public final class HeapHints {

    private HeapHints() {}

    /** A sentence for each free page or block that no hint leads to. */
    public static List<String> disagreements(Memory memory, SegmentLayout layout) {
        List<String> found = new ArrayList<>();
        Pages pages = new Pages(memory, layout);
        HintBitmap free = new HintBitmap(memory, layout, 0);
        SizeClasses classes = SizeClasses.of(layout.pageBytes(), layout.pageCount());
        for (int page = 0; page < pages.count(); page++) {
            long word = pages.word(page);
            if (PageWord.state(word) == PageWord.FREE && !free.isSet(page)) {
                found.add("page " + page + " is free and not hinted");
            }
            if (PageWord.state(word) == PageWord.SLAB) {
                int sizeClass = PageWord.sizeClass(word);
                HintBitmap partial = new HintBitmap(memory, layout, sizeClass + 1);
                for (int block = 0; block < classes.blocks(sizeClass); block++) {
                    long header = pages.address(page) + (long) block * classes.blockBytes(sizeClass);
                    boolean isFree = BlockLayout.state(memory.getLong(header)) == BlockLayout.FREE;
                    boolean hinted = (memory.getLong(layout.blockHints(page) + 8L * (block >>> 6)) & 1L << block) != 0;
                    if (isFree && !(hinted && partial.isSet(page))) {
                        found.add("block " + block + " of the slab at page " + page + " is free and not hinted");
                    }
                }
            }
        }
        return found;
    }
}
