package dev.shm.value;

/**
 * The bytes of a {@link SharedArray}. All of the root is written before the object has a name, and never again.
 *
 * <pre>
 *   root     u32 element type | u32 rank | u32 parts | u32 0 | elements of a part | 8 dimensions | 32 references
 *   parts    0: the elements lie in the root's block, from the first cache line after the dimensions on
 *            n: they lie in n blocks, each from its first cache line on; only the last has fewer than the others
 * </pre>
 */
final class ArrayLayout {

    /** int: {@link dev.shm.codec.ElementType#code}. */
    static final int TYPE = 0;
    /** int: dimensions. */
    static final int RANK = TYPE + 4;
    /** int: blocks of elements; 0 if they lie in this one. */
    static final int PARTS = RANK + 4;
    /** Elements in each part but the last. */
    static final int PART_ELEMENTS = PARTS + 8;
    /** First dimension. */
    static final int SHAPE = PART_ELEMENTS + 8;
    /** Most dimensions. */
    static final int MAX_RANK = 8;
    /** First reference, if there are parts. */
    static final int REFERENCES = SHAPE + 8 * MAX_RANK;
    /** Most parts: they come to life in one transaction. */
    static final int MAX_PARTS = 32;
    /** Bytes of a root that has parts. */
    static final int ROOT_BYTES = REFERENCES + 8 * MAX_PARTS;

    /** Bytes to ask the heap for besides the elements: its payloads start in the middle of a cache line. */
    static final int ALIGNMENT = 64;

    private ArrayLayout() {}

    /** Where elements begin in a block of their own. */
    static long elements(long payload) {
        return payload + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /** Where elements begin in the root's block. */
    static long elementsInRoot(long payload) {
        return elements(payload + REFERENCES);
    }

    static long dimension(long payload, int index) {
        return payload + SHAPE + 8L * index;
    }

    static long reference(long payload, int part) {
        return payload + REFERENCES + 8L * part;
    }
}
