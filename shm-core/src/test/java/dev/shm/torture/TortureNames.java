package dev.shm.torture;

import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.testing.Content;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;

/** Names of the objects that parent and children use. */
final class TortureNames {

    static final String SEGMENT = "torture";
    static final int CONTENDED = 6;

    private TortureNames() {}

    static String counter(int index) {
        return "counter-" + index;
    }

    static String value(int index) {
        return "value-" + index;
    }

    static String own(int seat, int thread) {
        return "own-" + seat + "-" + thread;
    }

    /** One that a single thread creates and destroys. */
    static String named(int seat, int thread, int index) {
        return "named-" + seat + "-" + thread + "-" + index;
    }

    /** One that everybody creates and destroys. */
    static String contended(int index) {
        return "contended-" + index;
    }

    static SharedType<? extends SharedObject> typeOfNamed(int index) {
        return index % 2 == 0 ? SharedLong.type() : SharedBytes.type();
    }

    /** What the named object holds, 0 if nothing was stored in it yet. */
    static long content(SharedObject named) {
        return named instanceof SharedLong number ? number.get() : Content.version(((SharedBytes) named).get());
    }

    static void store(SharedObject named, long content) {
        if (named instanceof SharedLong number) {
            number.set(content);
        } else {
            ((SharedBytes) named).set(Content.selfChecking(content, 0, (int) content & 0x3FF));
        }
    }
}
