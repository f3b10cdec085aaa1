package dev.shm.benchmark.object;

import dev.shm.benchmark.object.Label.Kind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingDeque;

/** Those on what the JDK has, for one process: collections, a direct buffer in the place of a bean and of an array, and an array. */
final class JdkTasks extends Tasks {

    private static final String BUFFER = "plain buffer";
    private static final String HEAP_ARRAY = "long[]";
    private static final int OFFSET = 64;
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    JdkTasks(int many) {
        super("java.util");
        ConcurrentHashMap<String, Long> longs = new ConcurrentHashMap<>(2 * FEW);
        map(LONGS, longs, FEW, Tasks::key, Long::valueOf);
        counts(LONGS, longs, FEW);
        removals(LONGS, longs, FEW, Tasks::key, 1L);
        map(LONGS, new ConcurrentHashMap<>(2 * many), many, Tasks::key, Long::valueOf);
        map(NUMBERS, new ConcurrentHashMap<>(2 * FEW), FEW, Long::valueOf, Long::valueOf);
        map(RECORDS, new ConcurrentHashMap<>(2 * FEW), FEW, Tasks::key, Tasks::quote);
        set(ConcurrentHashMap.newKeySet(2 * FEW), FEW);
        list(new ArrayList<>(), FEW);
        list(new ArrayList<>(), many);
        deque(new LinkedBlockingDeque<>(), FEW);
        map(GRAPH, new HashMap<>(), FEW, Tasks::key, Long::valueOf);
        bean();
        array();
        fillingMap(many, ConcurrentHashMap::new, () -> {});
        filling(LIST, many, ArrayList::new, () -> {});
        filling(DEQUE, many, ArrayDeque::new, () -> {});
    }

    private void bean() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
        add(BUFFER, BEAN, 1, GET, Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += (long) LONG.getAcquire(buffer, OFFSET);
            }
            return sum;
        });
        add(BUFFER, BEAN, 1, SET_VALUE, Kind.WRITE, times -> {
            for (int i = 0; i < times; i++) {
                LONG.setRelease(buffer, OFFSET, (long) i);
            }
            return (long) LONG.get(buffer, OFFSET);
        });
        add(BUFFER, BEAN, 1, ADD, Kind.OTHER, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += (long) LONG.getAndAdd(buffer, OFFSET, 1L);
            }
            return sum;
        });
    }

    private void array() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(FEW * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        add(BUFFER, ARRAY, FEW, GET, Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += buffer.getLong(choice.below(FEW) * Long.BYTES);
            }
            return sum;
        });
        add(BUFFER, ARRAY, FEW, SET_VALUE, Kind.WRITE, times -> {
            for (int i = 0; i < times; i++) {
                buffer.putLong(choice.below(FEW) * Long.BYTES, i);
            }
            return buffer.getLong(0);
        });
        add(BUFFER, ARRAY, FEW, ADD, Kind.OTHER, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += (long) LONG.getAndAdd(buffer, choice.below(FEW) * Long.BYTES, 1L);
            }
            return sum;
        });
        long[] heap = new long[FEW];
        add(HEAP_ARRAY, ARRAY, FEW, GET, Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += heap[choice.below(FEW)];
            }
            return sum;
        });
        add(HEAP_ARRAY, ARRAY, FEW, SET_VALUE, Kind.WRITE, times -> {
            for (int i = 0; i < times; i++) {
                heap[choice.below(FEW)] = i;
            }
            return heap[0];
        });
    }
}
