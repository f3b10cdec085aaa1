package dev.shm.collection;

import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import java.util.function.LongConsumer;

/** The bytes of a collection, for tests that look at them or damage them. */
final class Bytes {

    private Bytes() {}

    private static <T> T field(Object of, String name, Class<T> type) {
        try {
            var field = of.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return type.cast(field.get(of));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    static ObjectHandle handle(SharedMap<?, ?> map) {
        return field(map, "handle", ObjectHandle.class);
    }

    static ObjectHandle handle(FrozenMap<?, ?> map) {
        return field(map, "table", FrozenTable.class).handle();
    }

    static Memory memory(SharedMap<?, ?> map) {
        return handle(map).memory();
    }

    static Memory memory(SharedList<?> list) {
        return field(list, "handle", ObjectHandle.class).memory();
    }

    static long listBase(SharedList<?> list) {
        return ListLayout.base(field(list, "handle", ObjectHandle.class).payload());
    }

    static long shard(SharedMap<?, ?> map, int index) {
        return MapLayout.shard(MapLayout.base(handle(map).payload()), index);
    }

    static void eachEntry(SharedMap<?, ?> map, LongConsumer action) {
        Memory memory = memory(map);
        for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
            long table = memory.getLong(shard(map, i) + MapLayout.TABLE);
            int shift = (int) memory.getLong(shard(map, i) + MapLayout.SHIFT);
            for (int group = 0; table != 0 && group < 1 << shift; group++) {
                long full = Control.full(memory.getLong(MapLayout.control(table, group)));
                for (; full != 0; full &= full - 1) {
                    action.accept(MapLayout.entries(table, shift)
                            + ((long) group * MapLayout.GROUP + Control.index(full)) * MapLayout.MAP_ENTRY_BYTES);
                }
            }
        }
    }
}
