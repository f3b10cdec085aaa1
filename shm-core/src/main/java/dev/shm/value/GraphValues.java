package dev.shm.value;

import dev.shm.LiveValues;
import dev.shm.SharedType;
import dev.shm.codec.ElementType;
import dev.shm.heap.ObjectHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The objects of this package as parts of graphs. For {@link java.util.ServiceLoader}. */
public final class GraphValues extends LiveValues {

    /** For {@link java.util.ServiceLoader}. */
    public GraphValues() {}

    @Override
    protected List<SharedType<?>> types() {
        return List.of(
                SharedLong.type(),
                SharedInt.type(),
                SharedBoolean.type(),
                SharedDouble.type(),
                SharedBytes.type(),
                SharedString.type(),
                SharedArray.existing(),
                // What its elements are the vector itself says.
                SharedVector.of(ElementType.FLOAT64));
    }

    @Override
    protected @Nullable ObjectHandle handle(Object value) {
        if (value instanceof SharedValue single) {
            return single.handle;
        }
        if (value instanceof SharedBean<?> bean) {
            return bean.handle();
        }
        return value instanceof SharedRecord<?> record ? record.handle() : null;
    }

    @Override
    protected SharedType<?> copying(Object value) {
        if (value instanceof SharedValue single) {
            return single.copying();
        }
        if (value instanceof SharedBean<?> bean) {
            return bean.copying();
        }
        return ((SharedRecord<?>) value).copying();
    }
}
