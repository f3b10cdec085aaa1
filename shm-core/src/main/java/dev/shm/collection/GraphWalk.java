package dev.shm.collection;

import dev.shm.LiveParts;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.error.CodecException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.heap.Heap;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks at a graph of collections before anything of it is stored, and says what of it cannot be, and where that is. */
final class GraphWalk {

    /** Deeper graphs would end the stack of who reads them. */
    private static final int MOST_LEVELS = 256;

    private static final int LONGEST_KEY = 40;

    private final Element<Object> plain;
    private final Element<Object> keys;
    private final Heap heap;
    private final Encoded scratch = new Encoded(MapLayout.INLINE_BYTES);
    /** The collections that the walk is in, each with its path. */
    private final IdentityHashMap<Object, String> within = new IdentityHashMap<>();

    private GraphWalk(Element<Object> plain, Heap heap) {
        this.plain = plain;
        this.keys = plain.forKeys();
        this.heap = heap;
    }

    static boolean isCollection(Object value) {
        return value instanceof Map || value instanceof List || value instanceof Set || value instanceof Deque;
    }

    /** Whether a value becomes a part of a graph, and is not an element of one. */
    static boolean isPart(Object value) {
        return isCollection(value) || value instanceof DequeType || LiveParts.isLive(value);
    }

    /**
     * Checks a collection, with all in it, that is to be the outermost.
     *
     * @param path how to call it
     * @throws IllegalArgumentException if it is none, or there is a circle in it, a null where none can be, or too many levels
     * @throws CodecException if there is something in it that has no form
     * @throws OutOfSharedMemoryException if there is something in it that is larger than any block could be
     */
    static void check(String path, Object graph, Element<Object> plain, Heap heap) {
        if (!isCollection(graph)) {
            throw new IllegalArgumentException(path + ": a " + graph.getClass().getName()
                    + " is no Map, List, Set or Deque. Put it into one, or into a SharedReference.");
        }
        new GraphWalk(plain, heap).checkCollection(path, graph);
    }

    /** Checks what is to be put into a graph. */
    static void checkValue(String path, Object value, Element<Object> plain, Heap heap) {
        new GraphWalk(plain, heap).check(path, value, false);
    }

    private void checkCollection(String path, Object collection) {
        String before = within.put(collection, path);
        if (before != null) {
            throw new IllegalArgumentException(path + ": is the same object as " + before
                    + ", in which it is. A graph cannot have circles: put a key in its place.");
        }
        if (within.size() > MOST_LEVELS) {
            throw new IllegalArgumentException(path.substring(0, Math.min(path.length(), 4 * LONGEST_KEY))
                    + "…: has more than " + MOST_LEVELS + " levels. Share it in parts.");
        }
        if (collection instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                String at = path + "[" + brief(key) + "]";
                checkPlain(at + ", the key", key, keys);
                check(at, value, false);
            });
        } else if (collection instanceof Set<?> set) {
            for (Object element : set) {
                checkPlain(path + "[" + brief(element) + "]", element, keys);
            }
        } else {
            boolean nullable = collection instanceof List;
            int index = 0;
            for (Object element : (Iterable<?>) collection) {
                check(path + "[" + index++ + "]", element, nullable);
            }
        }
        within.remove(collection);
    }

    private void check(String path, @Nullable Object value, boolean nullable) {
        if (value != null && isCollection(value)) {
            checkCollection(path, value);
        } else if (value != null && isPart(value)) {
            checkOpen(path, value);
        } else if (value != null || !nullable) {
            checkPlain(path, value, plain);
        }
    }

    private static void checkOpen(String path, Object value) {
        if (value instanceof DequeType<?> type) {
            try {
                type.bound();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
            }
        }
        if (value instanceof SharedType<?> type && !LiveParts.canCreate(type)) {
            throw new IllegalArgumentException(path
                    + ": a type that only opens what is there makes nothing. Say which shape, by SharedArray.of(...).");
        }
        if (value instanceof SharedObject live && !live.isOpen()) {
            throw new SegmentClosedException(
                    path + ": a " + value.getClass().getName() + " that is closed cannot be copied. Open it again.");
        }
    }

    private void checkPlain(String path, @Nullable Object value, Element<Object> elements) {
        if (value == null) {
            throw new IllegalArgumentException(path + ": is null. Only lists have nulls: leave it out.");
        }
        try {
            scratch.encode(elements, value, heap);
        } catch (OutOfSharedMemoryException e) {
            throw new OutOfSharedMemoryException(
                    path + ": " + e.getMessage(), e.asked(), e.free(), e.largestFree(), e.fragmentation());
        } catch (RuntimeException e) {
            throw new CodecException(
                    path + ": a "
                            + (value instanceof SharedType<?> type
                                    ? "type '" + type + "'"
                                    : value.getClass().getName()) + " cannot be shared. " + e.getMessage(),
                    e);
        } finally {
            scratch.end(heap);
        }
    }

    private static String brief(@Nullable Object key) {
        // What is a collection may have itself in it.
        String text = key == null || !isCollection(key)
                ? String.valueOf(key)
                : key.getClass().getSimpleName();
        return text.length() <= LONGEST_KEY ? text : text.substring(0, LONGEST_KEY) + "…";
    }
}
