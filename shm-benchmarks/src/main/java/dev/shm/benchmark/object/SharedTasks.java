package dev.shm.benchmark.object;

import dev.shm.Shared;
import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.benchmark.object.Label.Kind;
import dev.shm.codec.ElementType;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.value.LongElements;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Those on shared objects, which are made by the first process that wants them. */
final class SharedTasks extends Tasks {

    private static final long LEAST_BYTES = 128L << 20;
    private static final String GRAPH_NAME = "graph";
    private static final String FILLED = "filled";

    /** A bean. */
    public interface Status {
        /** A field that updates change. */
        long getSize();

        /** Sets it. */
        void setSize(long size);

        /** Another one. */
        double getPrice();

        /** Sets it. */
        void setPrice(double price);

        /** A field with an atomic method. */
        long getHits();

        /** Adds. */
        long getAndAddHits(long delta);
    }

    private final SharedMemory memory;
    private @Nullable SharedObject filled;

    SharedTasks(Path directory, int many) {
        super("shared");
        memory = SharedMemory.named("objects")
                .directory(directory)
                .size(Math.max(LEAST_BYTES, (long) many << 10))
                .openOrCreate();
        maps(many);
        set(open("set", SharedSet.of(String.class)), FEW);
        list(open("list", SharedList.of(Long.class)), FEW);
        list(open("large list", SharedList.of(Long.class)), many);
        deque(open("deque", SharedDeque.of(Long.class)), FEW);
        bean();
        array();
        graph();
        fillingMap(many, () -> anew(SharedMap.of(String.class, Long.class)), this::drop);
        filling(LIST, many, () -> anew(SharedList.of(Long.class)), this::drop);
        filling(DEQUE, many, () -> anew(SharedDeque.of(Long.class)), this::drop);
    }

    private <T extends SharedObject> T open(String name, SharedType<T> type) {
        return memory.openOrCreate(name, type);
    }

    private <T extends SharedObject> T anew(SharedType<T> type) {
        T made = memory.create(FILLED, type);
        filled = made;
        return made;
    }

    private void drop() {
        memory.destroy(FILLED);
        Objects.requireNonNull(filled).close();
    }

    private void bean() {
        SharedBean<Status> shared = open(BEAN, SharedBean.of(Status.class));
        Status bean = shared.get();
        add(BEAN, 1, GET, Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += bean.getSize();
            }
            return sum;
        });
        add(BEAN, 1, SET_VALUE, Kind.WRITE, times -> {
            for (int i = 0; i < times; i++) {
                bean.setSize(i);
            }
            return bean.getSize();
        });
        add(BEAN, 1, ADD, Kind.OTHER, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += bean.getAndAddHits(1);
            }
            return sum;
        });
        add(BEAN, 1, "update of two fields", Kind.OTHER, times -> {
            for (int i = 0; i < times; i++) {
                long size = i;
                shared.update(status -> {
                    status.setSize(size);
                    status.setPrice(size);
                });
            }
            return bean.getSize();
        });
    }

    private void array() {
        SharedArray array = open("array", SharedArray.of(ElementType.INT64, FEW));
        LongElements elements = array.asLongs();
        add(ARRAY, FEW, GET, Kind.READ, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += elements.get(choice.below(FEW));
            }
            return sum;
        });
        add(ARRAY, FEW, SET_VALUE, Kind.WRITE, times -> {
            for (int i = 0; i < times; i++) {
                elements.set(choice.below(FEW), i);
            }
            return elements.get(0);
        });
        add(ARRAY, FEW, ADD, Kind.OTHER, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                sum += elements.getAndAdd(choice.below(FEW), 1);
            }
            return sum;
        });
    }

    private void graph() {
        boolean isThere =
                memory.objects().stream().anyMatch(object -> object.name().equals(GRAPH_NAME));
        Shared<Map<String, Map<String, Long>>> graph =
                isThere ? memory.shared(GRAPH_NAME) : memory.share(GRAPH_NAME, Map.of(LONGS, new HashMap<>()));
        map(GRAPH, Objects.requireNonNull(graph.get().get(LONGS)), FEW, Tasks::key, Long::valueOf);
        Map<String, List<Long>> small = Map.of("one", new ArrayList<>(List.of(1L, 2L, 3L)));
        add(GRAPH, 1, "share and destroy one with a list", Kind.OTHER, times -> {
            long sum = 0;
            for (int i = 0; i < times; i++) {
                Shared<Map<String, List<Long>>> shared = memory.share(small);
                sum += shared.get().size();
                shared.destroy();
                shared.close();
            }
            return check(sum, times);
        });
    }

    private void maps(int many) {
        SharedMap<String, Long> longs =
                open("longs", SharedMap.of(String.class, Long.class).expectedEntries(FEW));
        map(LONGS, longs, FEW, Tasks::key, Long::valueOf);
        counts(LONGS, longs, FEW);
        removals(LONGS, longs, FEW, Tasks::key, 1L);
        map(
                LONGS,
                open("many longs", SharedMap.of(String.class, Long.class).expectedEntries(many)),
                many,
                Tasks::key,
                Long::valueOf);
        map(
                NUMBERS,
                open("numbers", SharedMap.of(Long.class, Long.class).expectedEntries(FEW)),
                FEW,
                Long::valueOf,
                Long::valueOf);
        map(
                RECORDS,
                open("records", SharedMap.of(String.class, Quote.class).expectedEntries(FEW)),
                FEW,
                Tasks::key,
                Tasks::quote);
    }
}
