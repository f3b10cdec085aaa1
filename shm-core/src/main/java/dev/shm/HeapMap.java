package dev.shm;

import java.util.List;
import java.util.Optional;

/**
 * Where in the heap of a segment what lies: one look at its page map, which others may be changing meanwhile. For pictures and
 * tools; the sums are in {@link SegmentStatistics}.
 *
 * @param segmentBytes size of the segment
 * @param tableBytes bytes before the first page: the header, the process slots, their journals, the directory of names, the page
 *     map
 * @param pageBytes size of a page
 * @param pageCount how many pages there are
 * @param spans what is in them, in order and without gaps
 */
public record HeapMap(long segmentBytes, long tableBytes, long pageBytes, int pageCount, List<Span> spans) {

    /** What pages hold. */
    public enum Content {
        /** Nothing. */
        FREE,
        /** Small blocks of one size. */
        SLAB,
        /** One large block. */
        BLOCK,
        /** Some process is taking or giving back these pages, or died while it did. */
        CHANGING
    }

    /**
     * Pages that belong together: a free run, a slab, or a block.
     *
     * @param firstPage the first of them
     * @param pages how many
     * @param content what they hold
     * @param blockBytes size of a block in them, header included; 0 if there is none
     * @param blocks how many blocks fit
     * @param usedBlocks how many are held, by the hints of the slab
     * @param object name of the object whose own block this is, such as a queue with its ring; empty for what belongs to a
     *     message, and for slabs
     */
    public record Span(
            int firstPage,
            int pages,
            Content content,
            long blockBytes,
            int blocks,
            int usedBlocks,
            Optional<String> object) {}
}
