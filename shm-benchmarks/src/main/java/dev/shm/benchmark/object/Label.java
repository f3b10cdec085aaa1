package dev.shm.benchmark.object;

import java.util.regex.Pattern;

/**
 * What a task is, in words.
 *
 * @param contender who does it
 * @param thing what is read or changed
 * @param elements how many it has
 * @param operation what is done
 * @param kind what that is for whoever uses the thing meanwhile
 */
record Label(String contender, String thing, int elements, String operation, Kind kind) {

    /** Adds all elements to what had none. Its time is that of all of them. */
    static final String FILL = "fill";

    private static final Pattern SEPARATOR = Pattern.compile("/");

    /** What a task does to its thing. */
    enum Kind {
        READ,
        WRITE,
        OTHER
    }

    boolean isFilling() {
        return operation.equals(FILL);
    }

    /** Whether another one's task does the same. */
    boolean isLike(Label other) {
        return isOf(other) && operation.equals(other.operation);
    }

    /** Whether another task is of the same thing, or of another one's like it. */
    boolean isOf(Label other) {
        return thing.equals(other.thing) && elements == other.elements;
    }

    /** One word. */
    @Override
    public String toString() {
        return String.join("/", contender, thing, Integer.toString(elements), operation, kind.name())
                .replace(' ', '_');
    }

    /** What {@link #toString} says. */
    static Label parse(String word) {
        String[] parts = SEPARATOR.split(word.replace('_', ' '));
        return new Label(parts[0], parts[1], Integer.parseInt(parts[2]), parts[3], Kind.valueOf(parts[4]));
    }
}
