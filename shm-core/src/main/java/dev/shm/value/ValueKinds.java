package dev.shm.value;

import dev.shm.heap.ObjectKind;
import dev.shm.memory.Memory;
import java.util.List;

/** The kinds of objects in this package. For {@link java.util.ServiceLoader}. */
public final class ValueKinds implements ObjectKind.Provider {

    static final ObjectKind LONG = new Plain(1, "long");
    static final ObjectKind INT = new Plain(2, "int");
    static final ObjectKind BOOLEAN = new Plain(3, "boolean");
    static final ObjectKind BYTES = new ObjectKind() {
        @Override
        public int code() {
            return 4;
        }

        @Override
        public String kindName() {
            return "bytes";
        }

        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            long reference = memory.getLongAcquire(rootPayload + BytesLayout.REFERENCE);
            return reference == 0 ? List.of() : List.of(reference);
        }
    };

    /** For {@link java.util.ServiceLoader}. */
    public ValueKinds() {}

    @Override
    public List<ObjectKind> kinds() {
        return List.of(LONG, INT, BOOLEAN, BYTES, BeanKind.BEAN, BeanKind.RECORD);
    }

    /** A kind whose objects are one block. */
    private record Plain(int code, String kindName) implements ObjectKind {

        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            return List.of();
        }
    }
}
