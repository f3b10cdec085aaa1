package dev.shm.torture;

import dev.shm.SharedMemory;
import dev.shm.SharedType;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.testing.ChildJvm;
import dev.shm.value.LongElements;
import dev.shm.value.MappedArray;
import dev.shm.value.SharedVector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Changes vectors at random, until it is killed. What it counts it writes down before and after. */
public final class VectorTortureChild {

    static final String SEGMENT = "vector-torture";
    static final SharedType<SharedVector> TYPE = SharedVector.of(ElementType.INT32);
    /** Every change leaves groups of so many equal elements. */
    static final int GROUP = 8;
    /** Places in the log: what is about to be counted, and what was. */
    static final int BEGUN = 0;

    static final int DONE = 1;
    static final int PLACES = 2;

    private static final int MOST = 100 * GROUP;

    private VectorTortureChild() {}

    static NdArray groups(int count, int value) {
        int[] elements = new int[count * GROUP];
        Arrays.fill(elements, value);
        return NdArray.of(elements);
    }

    /** Arguments: directory of segments, log file, seat, seed. */
    public static void main(String[] arguments) throws IOException {
        ChildJvm.dieWithParent();
        int seat = Integer.parseInt(arguments[2]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[3]));
        try (MappedArray file = MappedArray.open(Path.of(arguments[1]), ElementType.INT64);
                SharedMemory memory = SharedMemory.named(SEGMENT)
                        .directory(Path.of(arguments[0]))
                        .application("seat-" + seat)
                        .open();
                SharedVector groups = memory.open("groups", TYPE);
                SharedVector counts = memory.open("counts", TYPE)) {
            LongElements log = file.asLongs();
            for (; ; ) {
                long count = log.getVolatile(DONE) + 1;
                log.setVolatile(BEGUN, count);
                counts.getAndAdd(seat, 1);
                log.setVolatile(DONE, count);
                try {
                    work(groups, random);
                } catch (IndexOutOfBoundsException e) {
                    // Others took out meanwhile what was meant.
                }
            }
        }
    }

    private static void work(SharedVector vector, SplittableRandom random) {
        int value = random.nextInt();
        int size = vector.size();
        int at = size == 0 ? 0 : random.nextInt(size / GROUP + 1) * GROUP;
        if (size > MOST) {
            vector.remove(GROUP, MOST / 2);
            return;
        }
        switch (random.nextInt(8)) {
            case 0, 1 -> vector.extend(groups(1 + random.nextInt(3), value));
            case 2 -> vector.insert(at, groups(1, value));
            case 3 -> vector.remove(at, at + GROUP);
            case 4 -> vector.replace(at, at + GROUP, groups(random.nextInt(3), value));
            case 5 -> vector.remove(Math.max(0, size - GROUP), size);
            case 6 -> vector.reverse();
            default -> {
                if (random.nextInt(10) == 0) {
                    vector.clear();
                } else {
                    vector.byteSwap();
                }
            }
        }
    }
}
