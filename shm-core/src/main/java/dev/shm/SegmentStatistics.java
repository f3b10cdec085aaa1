package dev.shm;

import java.util.List;
import java.util.Map;

/**
 * What the memory of a segment is used for. {@code free + used + meta == heap}, and in an exact count {@code live + queued +
 * tentative == used}.
 *
 * @param exact whether every block was looked at; otherwise the counts come from the page map and its hints, and those that
 *     only a look at each block tells are -1
 * @param segmentBytes size of the segment
 * @param heapBytes bytes for blocks; the rest is tables
 * @param freeBytes bytes that can be had, in pieces of any size
 * @param usedBytes bytes that are held
 * @param liveBytes of these, belonging to objects
 * @param queuedBytes of these, belonging to messages
 * @param tentativeBytes of these, held by one process only, on their way from or to being free
 * @param metaBytes bytes left over between blocks
 * @param wasteBytes bytes in used blocks beyond what was asked for, headers included
 * @param usedBlocks how many blocks are held
 * @param pageBytes size of a page
 * @param freePages pages that hold nothing
 * @param largestFreeBlock the most bytes that one object or message could get now
 * @param fragmentation {@code 1 - longest free run of pages / free pages}
 * @param freeRuns how many free runs have 1, 2 to 3, 4 to 7 … pages
 * @param unusable for blocks of 1, 2, 4 … pages: which part of the free bytes is of no use to them
 * @param sizeClasses pages cut into small blocks, by the size of these
 * @param tentativeBytesBySlot tentative bytes by the slot of the process that holds them
 * @param reaped how many processes died in this segment since it was created
 */
public record SegmentStatistics(
        boolean exact,
        long segmentBytes,
        long heapBytes,
        long freeBytes,
        long usedBytes,
        long liveBytes,
        long queuedBytes,
        long tentativeBytes,
        long metaBytes,
        long wasteBytes,
        long usedBlocks,
        long pageBytes,
        int freePages,
        long largestFreeBlock,
        double fragmentation,
        List<Integer> freeRuns,
        List<Double> unusable,
        List<SizeClass> sizeClasses,
        Map<Integer, Long> tentativeBytesBySlot,
        long reaped) {

    /**
     * The slabs of one size.
     *
     * @param blockBytes size of a block, header included
     * @param slabs how many slabs
     * @param blocks how many blocks they have
     * @param freeBlocks how many of these are free
     */
    public record SizeClass(int blockBytes, int slabs, long blocks, long freeBlocks) {}
}
