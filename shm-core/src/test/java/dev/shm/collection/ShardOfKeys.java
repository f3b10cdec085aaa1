package dev.shm.collection;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keys that fall into one shard. */
public final class ShardOfKeys {

    private record Place(int shard, long seed) {}

    private static final Map<Place, List<String>> FOUND = new HashMap<>();

    private ShardOfKeys() {}

    /** The index-th key that falls into that shard of a map in a segment with that seed. */
    public static synchronized String inShard(int shard, long seed, int index) {
        List<String> found = FOUND.computeIfAbsent(new Place(shard, seed), place -> new ArrayList<>());
        KeyHash hasher = new KeyHash(seed);
        int next = found.isEmpty()
                ? 0
                : Integer.parseInt(found.get(found.size() - 1).substring(1)) + 1;
        for (; found.size() <= index; next++) {
            String key = "k" + next;
            Element<String> strings = NativeElements.STRING;
            if (MapLayout.shardOf(hasher.of(strings.quickWord(key), strings.quickWord2(key))) == shard) {
                found.add(key);
            }
        }
        return found.get(index);
    }
}
