package dev.shm.heap;

import java.util.List;
import java.util.Map;

/**
 * What a heap is used for. {@code free + used + meta == heap}, and in an exact count {@code live + queued + tentative == used}.
 *
 * @param exact whether every block header was read; otherwise the counts of blocks come from the hints, and those that only
 *     headers tell are -1
 * @param heapBytes bytes in all pages
 * @param freeBytes bytes that can be had, in pieces of any size
 * @param usedBytes bytes in blocks that somebody holds
 * @param liveBytes of these, reachable from a name
 * @param queuedBytes of these, reachable from a message
 * @param tentativeBytes of these, held by one process only, or on their way from or to being free
 * @param metaBytes bytes that are no block: what is left over at the end of slabs
 * @param wasteBytes bytes in used blocks beyond what was asked for, headers included
 * @param usedBlocks how many blocks are used
 * @param freePages pages in no slab and no block
 * @param largestFreeRun the most free pages in one piece
 * @param largestFreeBlock the most bytes that one call could get now
 * @param freeRuns how many free runs have 1, 2 to 3, 4 to 7 … pages
 * @param unusable for 1, 2, 4 … pages: which part of all free bytes could not be used for blocks of that size
 * @param classes slabs by size class
 * @param tentativeBySlot tentative bytes by the slot that holds them
 */
public record HeapStatistics(
        boolean exact,
        long heapBytes,
        long freeBytes,
        long usedBytes,
        long liveBytes,
        long queuedBytes,
        long tentativeBytes,
        long metaBytes,
        long wasteBytes,
        long usedBlocks,
        int freePages,
        int largestFreeRun,
        long largestFreeBlock,
        List<Integer> freeRuns,
        List<Double> unusable,
        List<SizeClass> classes,
        Map<Integer, Long> tentativeBySlot) {

    /**
     * The slabs of one size class.
     *
     * @param blockBytes size of a block, header included
     * @param slabs how many slabs
     * @param blocks how many blocks they have
     * @param freeBlocks how many of these are free
     */
    public record SizeClass(int blockBytes, int slabs, long blocks, long freeBlocks) {}

    /** {@code 1 - largest free run / free pages}: 0 when all free pages are in one piece. */
    public double fragmentation() {
        return freePages == 0 ? 0 : 1 - (double) largestFreeRun / freePages;
    }
}
