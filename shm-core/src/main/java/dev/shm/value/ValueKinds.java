package dev.shm.value;

import dev.shm.codec.ElementType;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.ObjectKind;
import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/** The kinds of objects in this package. For {@link java.util.ServiceLoader}. */
public final class ValueKinds implements ObjectKind.Provider {

    static final ObjectKind LONG = new Plain(1, "long");
    static final ObjectKind INT = new Plain(2, "int");
    static final ObjectKind BOOLEAN = new Plain(3, "boolean");
    static final ObjectKind BYTES = new WithBlock(4, "bytes");
    static final ObjectKind DOUBLE = new Plain(11, "double");
    static final ObjectKind STRING = new WithBlock(13, "string");
    static final ObjectKind REFERENCE = new WithBlock(14, "reference");
    static final ObjectKind ARRAY = new Arrayed();
    static final ObjectKind VECTOR = new Growing();

    /** For {@link java.util.ServiceLoader}. */
    public ValueKinds() {}

    @Override
    public List<ObjectKind> kinds() {
        return List.of(
                LONG, INT, BOOLEAN, BYTES, DOUBLE, STRING, REFERENCE, ARRAY, VECTOR, BeanKind.BEAN, BeanKind.RECORD);
    }

    /** A kind whose objects are one block. */
    private record Plain(int code, String kindName) implements ObjectKind {

        @Override
        public boolean canBeLiveValue() {
            return true;
        }

        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            return List.of();
        }
    }

    /** Arrays of fixed shape. */
    private static final class Arrayed implements ObjectKind {

        @Override
        public int code() {
            return 20;
        }

        @Override
        public String kindName() {
            return "array";
        }

        @Override
        public boolean canBeLiveValue() {
            return true;
        }

        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            SharedArray.Shape shape = SharedArray.Shape.read(memory, rootPayload);
            List<Long> parts = new ArrayList<>();
            for (int i = 0; i < shape.parts(); i++) {
                parts.add(memory.getLong(ArrayLayout.reference(rootPayload, i)));
            }
            return parts;
        }

        @Override
        public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
            SharedArray.Shape shape = SharedArray.Shape.read(memory, rootPayload);
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("elementType", shape.type().name());
            figures.put("shape", Arrays.toString(shape.dimensions()));
            figures.put("parts", (long) Math.max(1, shape.parts()));
            figures.put("elementBytes", shape.length() << shape.type().shift());
            return figures;
        }
    }

    /** Arrays that grow. */
    private static final class Growing implements ObjectKind {

        private static final int LOOKS = 100;

        @Override
        public int code() {
            return 21;
        }

        @Override
        public String kindName() {
            return "vector";
        }

        @Override
        public boolean canBeLiveValue() {
            return true;
        }

        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            long reference = memory.getLongAcquire(rootPayload + VectorLayout.REFERENCE);
            return reference == 0 ? List.of() : List.of(reference);
        }

        @Override
        public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
            ElementType type = ElementType.ofCode(memory.getInt(rootPayload + VectorLayout.TYPE));
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("elementType", type == null ? "unknown" : type.name());
            figures.put("elements", memory.getLongAcquire(rootPayload + VectorLayout.SIZE));
            return figures;
        }

        @Override
        public List<String> problems(Memory memory, long rootPayload, LongPredicate isLive) {
            ElementType type = ElementType.ofCode(memory.getInt(rootPayload + VectorLayout.TYPE));
            if (type == null) {
                return List.of("its elements are of an unknown type");
            }
            for (int look = 0; look < LOOKS; look++) {
                long version = memory.getLongAcquire(rootPayload + VectorLayout.VERSION);
                long reference = memory.getLongAcquire(rootPayload + VectorLayout.REFERENCE);
                long size = memory.getLongAcquire(rootPayload + VectorLayout.SIZE);
                long room = room(memory, reference);
                memory.acquireFence();
                boolean settled =
                        (version & 1) == 0 && memory.getLongAcquire(rootPayload + VectorLayout.VERSION) == version;
                if (size >= 0 && size <= room >> type.shift()) {
                    return List.of();
                }
                if (settled) {
                    return List.of(
                            "it says that it has " + size + " elements, and has room for " + (room >> type.shift()));
                }
                Thread.onSpinWait();
            }
            return List.of();
        }

        private static long room(Memory memory, long reference) {
            if (reference == 0) {
                return 0;
            }
            long payload = BlockLayout.payload(reference);
            long length =
                    Integer.toUnsignedLong(memory.getInt(payload - BlockLayout.HEADER_BYTES + BlockLayout.LENGTH));
            return payload + length - ArrayLayout.elements(payload);
        }
    }

    /** A kind whose objects are a {@link BlockValue}. */
    private record WithBlock(int code, String kindName) implements ObjectKind {

        @Override
        public boolean canBeLiveValue() {
            return true;
        }

        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            long reference = memory.getLongAcquire(rootPayload + BytesLayout.REFERENCE);
            return reference == 0 ? List.of() : List.of(reference);
        }

        /** How long it is. Another may replace it meanwhile, so what is said may be of neither. */
        @Override
        public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
            long reference = memory.getLongAcquire(rootPayload + BytesLayout.REFERENCE);
            long bytes = reference == 0 ? 0 : memory.getInt(BlockLayout.header(reference) + BlockLayout.LENGTH);
            return Map.of("valueBytes", bytes);
        }
    }
}
