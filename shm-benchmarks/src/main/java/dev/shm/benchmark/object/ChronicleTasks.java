package dev.shm.benchmark.object;

import java.io.IOException;
import java.nio.file.Path;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;

/** Those on maps of Chronicle, each in a file that other processes could open too. */
final class ChronicleTasks extends Tasks {

    private static final int SYMBOL_AND_NUMBERS = 32;

    private final Path directory;

    ChronicleTasks(Path directory, int many) throws IOException {
        super("Chronicle Map");
        this.directory = directory;
        ChronicleMap<String, Long> longs = file("longs", longs(FEW));
        map(LONGS, longs, FEW, Tasks::key, Long::valueOf);
        counts(LONGS, longs, FEW);
        removals(LONGS, longs, FEW, Tasks::key, 1L);
        map(LONGS, file("many", longs(many)), many, Tasks::key, Long::valueOf);
        map(
                NUMBERS,
                file("numbers", ChronicleMap.of(Long.class, Long.class).entries(FEW)),
                FEW,
                Long::valueOf,
                Long::valueOf);
        map(RECORDS, file("records", records()), FEW, Tasks::key, Tasks::quote);
    }

    private static ChronicleMapBuilder<String, Long> longs(int entries) {
        return ChronicleMap.of(String.class, Long.class)
                .averageKeySize(key(0).length())
                .entries(entries);
    }

    private static ChronicleMapBuilder<String, Quote> records() {
        return ChronicleMap.of(String.class, Quote.class)
                .averageKeySize(key(0).length())
                .valueMarshaller(new QuoteBytes())
                .averageValueSize(SYMBOL_AND_NUMBERS)
                .entries(FEW);
    }

    private <K, V> ChronicleMap<K, V> file(String name, ChronicleMapBuilder<K, V> map) throws IOException {
        return map.createPersistedTo(directory.resolve("chronicle-" + name).toFile());
    }
}
