package dev.shm.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.objenesis.instantiator.ObjectInstantiator;
import org.objenesis.strategy.StdInstantiatorStrategy;

/**
 * A record or a class, field after field. Instead of Kryo's own serializers, because those store references without looking at
 * their type: a damaged message could put a string where a list belongs, and the JVM does not survive that everywhere.
 *
 * <p>Stateless, so that all instances of Kryo share it.
 */
final class StructSerializer extends Serializer<Object> {

    private final Class<?> type;
    private final Field[] fields;
    private final FieldKind[] kinds;
    /** Makes a record of its components in the order of {@link #fields}; null for a class. */
    private final @Nullable Constructor<?> canonical;
    /** Makes an empty object; null for a record. */
    private final @Nullable ObjectInstantiator<?> instantiator;

    /** How a field is written. */
    private enum FieldKind {
        BOOLEAN,
        BYTE,
        SHORT,
        CHAR,
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        STRING,
        /** Exactly of the declared type, or null: no need to say of which. */
        FIXED,
        ANY
    }

    /**
     * Prepares a class.
     *
     * @param isRegistered whether a type has a registration
     * @throws IllegalArgumentException if it cannot be done; the message completes "com.acme.Order cannot be registered: it "
     */
    StructSerializer(Class<?> type, Predicate<Class<?>> isRegistered) {
        this.type = type;
        this.fields = fields(type).toArray(Field[]::new);
        this.kinds = Arrays.stream(fields)
                .map(field -> kind(field.getType(), isRegistered))
                .toArray(FieldKind[]::new);
        try {
            this.canonical = type.isRecord() ? canonical(type) : null;
            this.instantiator = type.isRecord() ? null : instantiator(type);
        } catch (InaccessibleObjectException e) {
            throw closed(type, e);
        }
    }

    /** The fields that are written, in an order that is the same everywhere, accessible. */
    static List<Field> fields(Class<?> type) {
        List<Field> found = new ArrayList<>();
        if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                try {
                    found.add(type.getDeclaredField(component.getName()));
                } catch (NoSuchFieldException e) {
                    throw new IllegalArgumentException("is a record without a field for " + component.getName(), e);
                }
            }
        } else {
            for (Class<?> level = type; level != null && level != Object.class; level = level.getSuperclass()) {
                List<Field> ofLevel = new ArrayList<>();
                for (Field field : level.getDeclaredFields()) {
                    if (Modifier.isStatic(field.getModifiers()) || Modifier.isTransient(field.getModifiers())) {
                        continue;
                    }
                    if (field.isSynthetic()) {
                        throw new IllegalArgumentException(
                                "holds on to the object that made it; make it a static class, or a record");
                    }
                    ofLevel.add(field);
                }
                ofLevel.sort(Comparator.comparing(Field::getName));
                found.addAll(0, ofLevel);
            }
        }
        try {
            found.forEach(field -> field.setAccessible(true));
        } catch (InaccessibleObjectException e) {
            throw closed(type, e);
        }
        return found;
    }

    private static IllegalArgumentException closed(Class<?> type, InaccessibleObjectException e) {
        return new IllegalArgumentException(
                "is not open to reflection; if it is yours, add 'opens " + type.getPackageName()
                        + " to dev.shm;' to its module-info.java, else send what it stands for (" + e.getMessage()
                        + ")",
                e);
    }

    private static FieldKind kind(Class<?> type, Predicate<Class<?>> isRegistered) {
        if (type == boolean.class) {
            return FieldKind.BOOLEAN;
        } else if (type == byte.class) {
            return FieldKind.BYTE;
        } else if (type == short.class) {
            return FieldKind.SHORT;
        } else if (type == char.class) {
            return FieldKind.CHAR;
        } else if (type == int.class) {
            return FieldKind.INT;
        } else if (type == long.class) {
            return FieldKind.LONG;
        } else if (type == float.class) {
            return FieldKind.FLOAT;
        } else if (type == double.class) {
            return FieldKind.DOUBLE;
        } else if (type == String.class) {
            return FieldKind.STRING;
        } else {
            return isFixed(type) && isRegistered.test(type) ? FieldKind.FIXED : FieldKind.ANY;
        }
    }

    /** Whether a variable of this type holds exactly this type or null. */
    static boolean isFixed(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        // An enum whose constants have bodies is not final, and yet they are written by name as those of any other.
        return element.isEnum() || Modifier.isFinal(element.getModifiers());
    }

    private static Constructor<?> canonical(Class<?> type) {
        Class<?>[] parameters = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(parameters);
            constructor.setAccessible(true);
            return constructor;
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException("is a record without its canonical constructor", e);
        }
    }

    /** By the constructor without parameters; without any constructor, as deserialization in the JDK does, if there is none. */
    private static ObjectInstantiator<?> instantiator(Class<?> type) {
        try {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return () -> create(constructor);
        } catch (NoSuchMethodException e) {
            return new StdInstantiatorStrategy().newInstantiatorOf(type);
        }
    }

    private static Object create(Constructor<?> constructor, @Nullable Object... arguments) {
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw new KryoException(
                    "The constructor of " + constructor.getDeclaringClass().getName() + " threw " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw new KryoException(e);
        }
    }

    /** The types of which values lie in those of this one without being named. */
    List<Class<?>> inside() {
        List<Class<?>> inside = new ArrayList<>();
        for (int i = 0; i < fields.length; i++) {
            if (kinds[i] == FieldKind.FIXED) {
                inside.add(fields[i].getType());
            }
        }
        return inside;
    }

    /** What two processes must agree on, as text. */
    String describe() {
        StringBuilder text = new StringBuilder(canonical == null ? "class" : "record");
        for (int i = 0; i < fields.length; i++) {
            text.append(' ')
                    .append(fields[i].getName())
                    .append(':')
                    .append(kinds[i])
                    .append(':')
                    .append(fields[i].getType().getName());
        }
        return text.toString();
    }

    @Override
    public void write(Kryo kryo, Output output, Object object) {
        for (int i = 0; i < fields.length; i++) {
            try {
                write(kryo, output, object, i);
            } catch (KryoException e) {
                e.addTrace(trace(i));
                throw e;
            } catch (IllegalAccessException e) {
                throw new KryoException(e);
            }
        }
    }

    private String trace(int i) {
        return fields[i].getName() + " of " + type.getName();
    }

    private void write(Kryo kryo, Output output, Object object, int i) throws IllegalAccessException {
        Field field = fields[i];
        switch (kinds[i]) {
            case BOOLEAN -> output.writeBoolean(field.getBoolean(object));
            case BYTE -> output.writeByte(field.getByte(object));
            case SHORT -> output.writeShort(field.getShort(object));
            case CHAR -> output.writeChar(field.getChar(object));
            case INT -> output.writeVarInt(field.getInt(object), false);
            case LONG -> output.writeVarLong(field.getLong(object), false);
            case FLOAT -> output.writeFloat(field.getFloat(object));
            case DOUBLE -> output.writeDouble(field.getDouble(object));
            case STRING -> output.writeString((String) field.get(object));
            case FIXED -> kryo.writeObjectOrNull(output, field.get(object), field.getType());
            case ANY -> kryo.writeClassAndObject(output, field.get(object));
        }
    }

    @Override
    public Object read(Kryo kryo, Input input, Class<? extends Object> ignored) {
        if (canonical != null) {
            @Nullable Object[] components = new @Nullable Object[fields.length];
            for (int i = 0; i < fields.length; i++) {
                components[i] = readValue(kryo, input, i);
            }
            return construct(canonical, components);
        }
        Object object = Objects.requireNonNull(instantiator).newInstance();
        kryo.reference(object);
        for (int i = 0; i < fields.length; i++) {
            Object value = readValue(kryo, input, i);
            try {
                // Looks at the type.
                fields[i].set(object, value);
            } catch (IllegalAccessException | IllegalArgumentException e) {
                KryoException misfit = new KryoException("A value does not fit: " + e.getMessage(), e);
                misfit.addTrace(trace(i));
                throw misfit;
            }
        }
        return object;
    }

    private Object construct(Constructor<?> constructor, @Nullable Object[] components) {
        try {
            return create(constructor, components);
        } catch (IllegalArgumentException e) {
            throw new KryoException("A value does not fit into " + type.getName() + ": " + e.getMessage(), e);
        }
    }

    private @Nullable Object readValue(Kryo kryo, Input input, int i) {
        try {
            return switch (kinds[i]) {
                case BOOLEAN -> input.readBoolean();
                case BYTE -> input.readByte();
                case SHORT -> input.readShort();
                case CHAR -> input.readChar();
                case INT -> input.readVarInt(false);
                case LONG -> input.readVarLong(false);
                case FLOAT -> input.readFloat();
                case DOUBLE -> input.readDouble();
                case STRING -> input.readString();
                case FIXED -> kryo.readObjectOrNull(input, fields[i].getType());
                case ANY -> kryo.readClassAndObject(input);
            };
        } catch (KryoException e) {
            e.addTrace(trace(i));
            throw e;
        }
    }
}
