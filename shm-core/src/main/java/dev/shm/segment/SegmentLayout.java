package dev.shm.segment;

import dev.shm.memory.Memory;
import java.util.ArrayList;
import java.util.List;

/**
 * Where everything lies in a segment. All words are little-endian; a region starts at a multiple of 64.
 *
 * <pre>
 *   0            header, one page           (fields below)
 *   slots        slotCount x 256            {@link SlotLayout}
 *   lanes        slotCount x lanesPerSlot x 1024   redo journals, laid out by the heap package
 *   directory    objectCapacity x entry     {@link DirectoryLayout}
 *   page map     8 x pageCount              laid out by the heap package
 *   hints        BITMAPS x (leaf + summary) laid out by the heap package
 *   block hints  1/256 of the pages         one bit for every 32 bytes of heap
 *   heap         pageCount x pageBytes
 * </pre>
 *
 * The offsets follow from four numbers: size, slot count, lanes per slot and object capacity. An opener computes them again
 * and refuses a header that says otherwise, so no stored offset is ever trusted.
 */
public final class SegmentLayout {

    // Header: written once by the creator before the file has a name, except where said.

    /** Magic: "SHMSPRNG" read as little-endian. */
    public static final int MAGIC = 0;
    /** u32; a reader of another major version refuses. */
    public static final int LAYOUT_MAJOR = MAGIC + 8;
    /** u32; a newer minor version adds what an older one may ignore. */
    public static final int LAYOUT_MINOR = LAYOUT_MAJOR + 4;
    /** u32 of feature bits; an unknown one is refused. */
    public static final int INCOMPATIBLE_FEATURES = LAYOUT_MINOR + 4;
    /** u32 of feature bits; an unknown one is ignored. */
    public static final int COMPATIBLE_FEATURES = INCOMPATIBLE_FEATURES + 4;
    /** Size of the segment, equal to the size of the file. */
    public static final int SEGMENT_BYTES = COMPATIBLE_FEATURES + 4;
    /** Two words that name this very segment; a new one under the same name differs. */
    public static final int UUID_HIGH = SEGMENT_BYTES + 8;
    /** The second of them. */
    public static final int UUID_LOW = UUID_HIGH + 8;
    /** Seed of every hash over keys in this segment. */
    public static final int HASH_SEED = UUID_LOW + 8;
    /** Zero. */
    public static final int RESERVED = HASH_SEED + 8;
    /** A {@link SegmentState} code. Changed by release stores under the segment's role lock; read by everyone. */
    public static final int STATE = RESERVED + 8;
    /**
     * {@code epoch:48 | slot+1:16} of the creator, 0 in a segment that its peers own together. Changed by a release store of
     * the creator under the role lock.
     */
    public static final int CREATOR = STATE + 8;
    /** Wall-clock time of creation. */
    public static final int CREATED_MILLIS = CREATOR + 8;
    /** Hash of the kernel's boot id; a segment of another boot has no living process. */
    public static final int BOOT_ID = CREATED_MILLIS + 8;
    /** u32 log2 of the page size. */
    public static final int PAGE_SHIFT = BOOT_ID + 8;
    /** u32 count of process slots. */
    public static final int SLOT_COUNT = PAGE_SHIFT + 4;
    /** Offset of the slots. */
    public static final int SLOTS = SLOT_COUNT + 4;
    /** Offset of the journal lanes. */
    public static final int LANES = SLOTS + 8;
    /** Offset of the directory. */
    public static final int DIRECTORY = LANES + 8;
    /** Offset of the page map. */
    public static final int PAGE_MAP = DIRECTORY + 8;
    /** Offset of the hints. */
    public static final int HINTS = PAGE_MAP + 8;
    /** Offset of the heap. */
    public static final int HEAP = HINTS + 8;
    /** Bytes of heap, a whole number of pages. */
    public static final int HEAP_BYTES = HEAP + 8;
    /** u32 count of journal lanes of each slot. */
    public static final int LANES_PER_SLOT = HEAP_BYTES + 8;
    /** u32 count of directory entries. */
    public static final int OBJECT_CAPACITY = LANES_PER_SLOT + 4;
    /** Zero. */
    public static final int RESERVED_2 = OBJECT_CAPACITY + 4;
    /** u32 CRC-32C of the constant header bytes, computed on a copy in the Java heap. */
    public static final int CHECKSUM = RESERVED_2 + 16;

    /** Own cache line: next unused base of block stamps; taken in ranges by get-and-add. */
    public static final int STAMP_SOURCE = 192;
    /** Own cache line: counts changes of the slots, so that a watcher need not scan them; get-and-add. */
    public static final int PEER_EPOCH = 256;
    /** Own cache line of counters that only inform: processes reaped since creation. */
    public static final int REAPED = 320;
    /** Own cache line: lock word of the directory. */
    public static final int DIRECTORY_LOCK = 384;
    /** Bytes of the header. */
    public static final int HEADER_BYTES = 4096;

    /** Value at {@link #MAGIC}. */
    public static final long MAGIC_VALUE = 0x474E_5250_534D_4853L;
    /** The layout that this version writes, and the only one it reads. */
    public static final int MAJOR = 1;
    /** See {@link #LAYOUT_MINOR}. */
    public static final int MINOR = 0;
    /** The incompatible features that this version understands: none yet. */
    public static final int KNOWN_INCOMPATIBLE_FEATURES = 0;

    /** Bytes of one journal lane. */
    public static final int LANE_BYTES = 1024;
    /** Bitmaps in the hints: free pages, then one for each size class. */
    public static final int BITMAPS = 64;
    /** Slots fit the ten owner bits of page and block words; 0 means nobody. */
    public static final int MAX_SLOTS = 1023;
    /** Default slots. */
    public static final int DEFAULT_SLOTS = 64;
    /** A page is never smaller. */
    public static final int MIN_PAGE_BYTES = 4096;
    /** The page map is kept at or below this many pages by making pages larger. */
    public static final int MAX_PAGES = 1 << 16;
    /** A heap has at least this many pages. */
    public static final int MIN_PAGES = 16;
    /** References hold 36 bits of 16-byte units. */
    public static final long MAX_SEGMENT_BYTES = 1L << 40;

    private static final long SMALL_SEGMENT = 16L << 20;

    private final long segmentBytes;
    private final int slotCount;
    private final int lanesPerSlot;
    private final int objectCapacity;
    private final int pageShift;
    private final long slots;
    private final long lanes;
    private final long directory;
    private final long pageMap;
    private final long hints;
    private final long blockHints;
    private final long heap;
    private final int pageCount;
    private final int hintCapacity;

    private SegmentLayout(long segmentBytes, int slotCount, int lanesPerSlot, int objectCapacity) {
        this.segmentBytes = segmentBytes;
        this.slotCount = slotCount;
        this.lanesPerSlot = lanesPerSlot;
        this.objectCapacity = objectCapacity;
        long pageBytes = Math.max(MIN_PAGE_BYTES, ceilingPowerOfTwo((segmentBytes + MAX_PAGES - 1) / MAX_PAGES));
        this.pageShift = Long.numberOfTrailingZeros(pageBytes);
        this.slots = HEADER_BYTES;
        this.lanes = align(slots + (long) slotCount * SlotLayout.BYTES, 64);
        this.directory = lanes + (long) slotCount * lanesPerSlot * LANE_BYTES;
        this.pageMap = align(directory + (long) objectCapacity * DirectoryLayout.entryBytes(slotCount), 64);
        // The tables are sized for the pages there would be without them: a little too many, and no circular sum.
        this.hintCapacity = (int) (segmentBytes >>> pageShift);
        this.hints = align(pageMap + 8L * hintCapacity, 64);
        this.blockHints = hints + BITMAPS * bitmapBytes();
        this.heap = align(blockHints + blockHintBytes(hintCapacity), pageBytes);
        this.pageCount = (int) Math.max(0, (segmentBytes - heap) >>> pageShift);
    }

    /** The layout of a new segment with the default number of lanes and directory entries for its size. */
    public static SegmentLayout of(long segmentBytes, int slotCount) {
        return segmentBytes < SMALL_SEGMENT
                ? of(segmentBytes, slotCount, 2, 128)
                : of(segmentBytes, slotCount, 8, 1024);
    }

    /**
     * The layout of a segment.
     *
     * @throws IllegalArgumentException if such a segment cannot be; the message says what can
     */
    public static SegmentLayout of(long segmentBytes, int slotCount, int lanesPerSlot, int objectCapacity) {
        if (slotCount < 1 || slotCount > MAX_SLOTS) {
            throw new IllegalArgumentException(
                    "slots must be between 1 and " + MAX_SLOTS + ", one for each process: slots=" + slotCount);
        }
        if (lanesPerSlot < 1 || lanesPerSlot > 64) {
            throw new IllegalArgumentException("lanesPerSlot must be between 1 and 64: lanesPerSlot=" + lanesPerSlot);
        }
        if (objectCapacity < 16 || objectCapacity > 1 << 20 || Integer.bitCount(objectCapacity) != 1) {
            throw new IllegalArgumentException(
                    "objects must be a power of two between 16 and 1048576: objects=" + objectCapacity);
        }
        if (segmentBytes <= 0) {
            throw new IllegalArgumentException("size must be positive: size=" + segmentBytes);
        }
        if (segmentBytes > MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException(
                    "size must be at most 1 TiB (" + MAX_SEGMENT_BYTES + "): size=" + segmentBytes);
        }
        if (segmentBytes % MIN_PAGE_BYTES != 0) {
            long below = segmentBytes - segmentBytes % MIN_PAGE_BYTES;
            throw new IllegalArgumentException("size must be a multiple of " + MIN_PAGE_BYTES + ": size=" + segmentBytes
                    + (below == 0
                            ? ", the next is " + MIN_PAGE_BYTES
                            : ", nearest are " + below + " and " + (below + MIN_PAGE_BYTES)));
        }
        SegmentLayout layout = new SegmentLayout(segmentBytes, slotCount, lanesPerSlot, objectCapacity);
        if (layout.pageCount < MIN_PAGES) {
            throw new IllegalArgumentException("size is too small: size=" + segmentBytes + ", minimum="
                    + minimumBytes(slotCount, lanesPerSlot, objectCapacity) + " with slots=" + slotCount);
        }
        return layout;
    }

    private static long minimumBytes(int slotCount, int lanesPerSlot, int objectCapacity) {
        long size = MIN_PAGES * (long) MIN_PAGE_BYTES;
        while (new SegmentLayout(size, slotCount, lanesPerSlot, objectCapacity).pageCount < MIN_PAGES) {
            size += MIN_PAGE_BYTES;
        }
        return size;
    }

    /** Regions in order, for {@code verify} and for people: name, offset, bytes. */
    public List<Region> regions() {
        List<Region> regions = new ArrayList<>();
        regions.add(new Region("header", 0, HEADER_BYTES));
        regions.add(new Region("slots", slots, lanes - slots));
        regions.add(new Region("lanes", lanes, directory - lanes));
        regions.add(new Region("directory", directory, pageMap - directory));
        regions.add(new Region("pageMap", pageMap, hints - pageMap));
        regions.add(new Region("hints", hints, blockHints - hints));
        regions.add(new Region("blockHints", blockHints, heap - blockHints));
        regions.add(new Region("heap", heap, segmentBytes - heap));
        return regions;
    }

    /**
     * One region of the segment.
     *
     * @param name what it is called above
     * @param offset where it starts
     * @param bytes how long it is
     */
    public record Region(String name, long offset, long bytes) {}

    public long segmentBytes() {
        return segmentBytes;
    }

    public int slotCount() {
        return slotCount;
    }

    public int lanesPerSlot() {
        return lanesPerSlot;
    }

    public int objectCapacity() {
        return objectCapacity;
    }

    public int pageShift() {
        return pageShift;
    }

    public long pageBytes() {
        return 1L << pageShift;
    }

    public int pageCount() {
        return pageCount;
    }

    public long heapBytes() {
        return (long) pageCount << pageShift;
    }

    public long slots() {
        return slots;
    }

    public long lanes() {
        return lanes;
    }

    public long directory() {
        return directory;
    }

    public long pageMap() {
        return pageMap;
    }

    public long hints() {
        return hints;
    }

    public long heap() {
        return heap;
    }

    /** Address of a process slot. */
    public long slot(int index) {
        return slots + (long) index * SlotLayout.BYTES;
    }

    /** Address of a journal lane of a slot. */
    public long lane(int slot, int lane) {
        return lanes + ((long) slot * lanesPerSlot + lane) * LANE_BYTES;
    }

    /** Address of a directory entry. */
    public long entry(int index) {
        return directory + (long) index * DirectoryLayout.entryBytes(slotCount);
    }

    /** Address of the block hints of a page; those of the pages after it follow. */
    public long blockHints(int page) {
        return blockHints + blockHintBytes(page);
    }

    private long blockHintBytes(int pages) {
        return (long) pages << (pageShift - 8);
    }

    /** Words in the leaf level of a hint bitmap. */
    public int leafWords() {
        return (hintCapacity + 63) >>> 6;
    }

    /** Words in the summary level of a hint bitmap. */
    public int summaryWords() {
        return (leafWords() + 63) >>> 6;
    }

    /** Address of a hint bitmap: leaf words, then, at the next multiple of 64, summary words. */
    public long bitmap(int index) {
        return hints + index * bitmapBytes();
    }

    /** Bytes from a hint bitmap's leaf words to its summary words. */
    public long summaryOffset() {
        return align(8L * leafWords(), 64);
    }

    private long bitmapBytes() {
        return summaryOffset() + align(8L * summaryWords(), 64);
    }

    /** Whether the header in this memory says the same; false for a damaged or hostile one. */
    boolean matches(Memory memory) {
        return memory.getLong(SEGMENT_BYTES) == segmentBytes
                && memory.getInt(PAGE_SHIFT) == pageShift
                && memory.getInt(SLOT_COUNT) == slotCount
                && memory.getInt(LANES_PER_SLOT) == lanesPerSlot
                && memory.getInt(OBJECT_CAPACITY) == objectCapacity
                && memory.getLong(SLOTS) == slots
                && memory.getLong(LANES) == lanes
                && memory.getLong(DIRECTORY) == directory
                && memory.getLong(PAGE_MAP) == pageMap
                && memory.getLong(HINTS) == hints
                && memory.getLong(HEAP) == heap
                && memory.getLong(HEAP_BYTES) == heapBytes();
    }

    void write(Memory memory) {
        memory.putLong(SEGMENT_BYTES, segmentBytes);
        memory.putInt(PAGE_SHIFT, pageShift);
        memory.putInt(SLOT_COUNT, slotCount);
        memory.putInt(LANES_PER_SLOT, lanesPerSlot);
        memory.putInt(OBJECT_CAPACITY, objectCapacity);
        memory.putLong(SLOTS, slots);
        memory.putLong(LANES, lanes);
        memory.putLong(DIRECTORY, directory);
        memory.putLong(PAGE_MAP, pageMap);
        memory.putLong(HINTS, hints);
        memory.putLong(HEAP, heap);
        memory.putLong(HEAP_BYTES, heapBytes());
    }

    private static long align(long value, long alignment) {
        return (value + alignment - 1) & -alignment;
    }

    private static long ceilingPowerOfTwo(long value) {
        return value <= 1 ? 1 : Long.highestOneBit(value - 1) << 1;
    }
}
