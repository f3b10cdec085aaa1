package dev.shm.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import dev.shm.error.CodecException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Object graphs, written by Kryo straight into shared memory and read straight from it.
 *
 * <p>Only registered classes are ever written, and none but these are ever instantiated, whatever a message says. Registered
 * are
 *
 * <ul>
 *   <li>the JDK's usual value types and collections: boxes, strings, {@code java.time}, {@code UUID}, {@code BigDecimal},
 *       {@code Optional}, arrays of primitives, lists, sets and maps with their immutable and unmodifiable forms
 *   <li>the root type, and what the fields of records and classes declare, through arrays, type arguments and {@code sealed}
 *       types, as far as declarations tell
 *   <li>the classes given to {@link Builder#register}: whatever stands behind an {@code Object}, an interface, or a class that
 *       others extend
 * </ul>
 *
 * <p>A class is known by a number that is made of its name and its fields, and a constant of an enum by its name. So processes that
 * register different classes, or in another order, understand each other for what both know; only the root type is compared
 * when an object is opened. A value of a class, of a version of a class or of a constant that this process does not have is a {@link
 * CodecException} for who reads that value: it says what is not known, and nothing is lost. See {@link #numbers()}.
 *
 * <p>Records are made by their canonical constructor, other classes by the constructor without parameters, whatever its
 * visibility, and without any if there is none. Fields marked {@code transient} are left out. An object that is reached twice
 * is written twice, and a graph with a cycle is refused, unless the codec is built with {@link Builder#references()}.
 *
 * <p>Any number of threads may use one codec at the same time, virtual ones included.
 */
public final class KryoCodec<T> implements Codec<T> {

    /** What Kryo registers by itself, under the ids 0 to 8. */
    static final Set<Class<?>> BOXES = Set.of(
            String.class,
            Boolean.class,
            Byte.class,
            Short.class,
            Character.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class);

    private final Class<T> type;
    private final String name;
    private final Map<String, String> numbers;
    private final Slots<Worker> workers;

    private KryoCodec(Class<T> type, KryoSchema schema) {
        this.type = type;
        this.name = "kryo:" + type.getName() + ":" + KryoSchema.FORMAT + (schema.hasReferences() ? "+references" : "");
        this.numbers = Collections.unmodifiableMap(schema.userTypes().stream()
                .collect(Collectors.toMap(
                        user -> user.type().getName(),
                        user -> TypeId.toText(user.id()),
                        (one, other) -> one,
                        TreeMap::new)));
        this.workers = new Slots<>(() -> new Worker(schema.newKryo()));
        // A class that does not work is to fail here, and not with the first message.
        workers.giveBack(workers.take());
    }

    /** Begins a codec for values of this type, which may be a class, a record, an enum, an interface or {@code Object}. */
    public static <T> Builder<T> of(Class<T> type) {
        return new Builder<>(type);
    }

    /** Says what a {@link KryoCodec} knows. Used by one thread. */
    public static final class Builder<T> {

        private final Class<T> type;
        private final List<Class<?>> registered = new ArrayList<>();
        private boolean references;

        private Builder(Class<T> type) {
            if (type.isPrimitive()) {
                throw new IllegalArgumentException(
                        "A codec for the primitive " + type + " is asked for: name its box instead");
            }
            this.type = type;
        }

        /** Adds classes, and what their fields declare. The order does not matter. */
        public Builder<T> register(Class<?>... classes) {
            Collections.addAll(registered, classes);
            return this;
        }

        /**
         * Keeps track of objects, so that one that is reached twice is one object again and cycles are possible, other than
         * through a record or an unmodifiable collection. Costs time and a byte for each object.
         */
        public Builder<T> references() {
            references = true;
            return this;
        }

        /**
         * Looks at the classes.
         *
         * @throws IllegalArgumentException if one cannot be registered; the message says why and what to do
         */
        public KryoCodec<T> build() {
            return new KryoCodec<>(type, new KryoSchema(type, registered, references));
        }
    }

    /** What was given to {@link #of}. */
    public Class<T> type() {
        return type;
    }

    /**
     * By which number each class goes in messages, by the names of the classes; without those that are built in. When a process does
     * not know a class, it can tell no more than the number: log this where messages are written, and look there.
     */
    public Map<String, String> numbers() {
        return numbers;
    }

    /** What one thread at a time uses. */
    private static final class Worker {
        final Kryo kryo;
        final BufferOutput output = new BufferOutput();
        final BufferInput input = new BufferInput();

        Worker(Kryo kryo) {
            this.kryo = kryo;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size(T value) {
        return UNKNOWN_SIZE;
    }

    @Override
    public void encode(T value, ByteBuffer target) {
        Objects.requireNonNull(value);
        if (!type.isInstance(value)) {
            throw new CodecException("The codec " + name + " cannot write a "
                    + value.getClass().getName() + ", which is no " + type.getName() + ".");
        }
        if (!target.hasRemaining()) {
            throw new BufferOverflowException();
        }
        int start = target.position();
        Worker worker = workers.take();
        boolean reusable = false;
        try {
            worker.output.attach(target);
            worker.kryo.writeClassAndObject(worker.output, value);
            target.position(worker.output.position());
            reusable = true;
        } catch (BufferOverflowException e) {
            target.position(start);
            // Kryo forgets what it has seen of an object in any case; nothing else is left of a failed write.
            reusable = true;
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            target.position(start);
            throw new CodecException(
                    "The codec " + name + " cannot write this "
                            + value.getClass().getName() + ": " + reason(e) + ". Nothing was written.",
                    e);
        } finally {
            release(worker, reusable);
        }
    }

    @Override
    public T decode(ByteBuffer source) {
        int start = source.position();
        int length = source.remaining();
        if (length == 0) {
            throw damaged(length, 0, "It is empty", null);
        }
        Worker worker = workers.take();
        boolean reusable = false;
        Object value;
        try {
            worker.input.attach(source);
            value = worker.kryo.readClassAndObject(worker.input);
            source.position(worker.input.position());
            reusable = true;
        } catch (NotKnownHere e) {
            source.position(start);
            throw new CodecException(
                    "The codec " + name + " cannot read a message of " + length + " bytes: " + reason(e) + ". "
                            + e.advice() + " The bytes are left as they are, and no other value is affected.",
                    e);
        } catch (RuntimeException | StackOverflowError e) {
            int at = worker.input.position() - start;
            source.position(start);
            throw damaged(length, at, reason(e), e);
        } finally {
            release(worker, reusable);
        }
        if (source.hasRemaining()) {
            int left = source.remaining();
            source.position(start);
            throw damaged(length, length - left, left + " bytes are left after the value", null);
        }
        if (!type.isInstance(value)) {
            source.position(start);
            String found = value == null ? "null" : "a " + value.getClass().getName();
            throw damaged(length, 0, "It holds " + found + " instead of a " + type.getName(), null);
        }
        return type.cast(value);
    }

    /** A worker that failed in the middle of a graph may remember a part of it: there will be another one. */
    private void release(Worker worker, boolean reusable) {
        worker.output.detach();
        worker.input.detach();
        if (reusable) {
            workers.giveBack(worker);
        }
    }

    private CodecException damaged(int length, int at, String reason, @Nullable Throwable cause) {
        String message = "The codec " + name + " cannot read a message of " + length + " bytes: " + reason
                + " (at byte "
                + at
                + "). The message was damaged, or written by something else: make sure that every process uses this"
                + " library, and remove the message if it was damaged.";
        return cause == null ? new CodecException(message) : new CodecException(message, cause);
    }

    /** In one line, with the way to the field. */
    private static String reason(Throwable failure) {
        if (failure instanceof StackOverflowError) {
            return "it is nested too deeply";
        }
        String message = failure.getMessage();
        if (message == null) {
            return failure.toString();
        }
        if (failure instanceof KryoException && message.startsWith("Max depth exceeded")) {
            return "it is nested more than " + KryoSchema.MAX_DEPTH
                    + " levels deep, or contains itself: use KryoCodec.Builder.references() if it does";
        }
        String line =
                message.replaceAll("\\s*\\R(Serialization trace:\\s*)?", " < ").strip();
        if (!(failure instanceof KryoException)) {
            return failure.getClass().getSimpleName() + ": " + line;
        }
        return failure.getCause() instanceof KryoException cause ? line + ": " + cause.getMessage() : line;
    }

    @Override
    public String toString() {
        return name;
    }
}
