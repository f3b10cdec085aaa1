package dev.shm.value;

import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A record, taken apart into fields; components that are records are fields within fields. Never null inside. */
final class RecordShape {

    private static final ClassValue<RecordShape> SHAPES = new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
            return new RecordShape(type, Set.of());
        }
    };

    /** A component: a field, or a record. */
    private record Part(
            String name,
            Method accessor,
            @Nullable FieldType type,
            @Nullable RecordShape inner) {}

    private final Class<?> type;
    private final List<Part> parts = new ArrayList<>();
    private final Constructor<?> constructor;
    private final List<BeanField> fields = new ArrayList<>();

    private RecordShape(Class<?> type, Set<Class<?>> around) {
        this.type = type;
        if (!type.isRecord()) {
            throw refused("it is no record");
        }
        if (around.contains(type)) {
            throw refused("it contains itself. Have it refer to others by a name or a number");
        }
        Set<Class<?>> inside = new HashSet<>(around);
        inside.add(type);
        RecordComponent[] components = type.getRecordComponents();
        try {
            this.constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            for (RecordComponent component : components) {
                component.getAccessor().setAccessible(true);
                addPart(component, inside);
            }
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        } catch (InaccessibleObjectException e) {
            throw new IllegalArgumentException(
                    type.getName() + " is not open to reflection: add 'opens " + type.getPackageName()
                            + " to dev.shm;' to its module-info.java.",
                    e);
        }
        if (fields.isEmpty()) {
            throw refused("it has no component");
        }
    }

    /**
     * The shape of a record.
     *
     * @throws IllegalArgumentException if its components cannot be fields; the message names the component
     */
    static RecordShape of(Class<?> type) {
        return SHAPES.get(type);
    }

    private void addPart(RecordComponent component, Set<Class<?>> inside) {
        String name = component.getName();
        Class<?> componentType = component.getType();
        if (componentType.isRecord()) {
            RecordShape inner = new RecordShape(componentType, inside);
            parts.add(new Part(name, component.getAccessor(), null, inner));
            inner.fields.forEach(field -> fields.add(field.in(name)));
            return;
        }
        MaxBytes most = component.getAnnotation(MaxBytes.class);
        FieldType fieldType;
        try {
            fieldType = FieldType.of(componentType, most == null ? 0 : most.value());
        } catch (IllegalArgumentException e) {
            throw refused("the component '" + name + "': " + e.getMessage());
        }
        if (fieldType == null || component.getGenericType() != componentType) {
            throw refused("the component '" + name + "': a field cannot be a "
                    + component.getGenericType().getTypeName() + ". " + BeanShape.POSSIBLE + " or records");
        }
        parts.add(new Part(name, component.getAccessor(), fieldType, null));
        fields.add(new BeanField(name, fieldType, false));
    }

    private IllegalArgumentException refused(String why) {
        return new IllegalArgumentException(type.getName() + " cannot be a record of fields: " + why + ".");
    }

    Class<?> type() {
        return type;
    }

    List<BeanField> fields() {
        return fields;
    }

    /**
     * Says whether the fields are among those of a bean.
     *
     * @throws IllegalArgumentException if they are not; the message names one
     */
    void check(BeanSchema schema, String what) {
        for (BeanField field : fields) {
            BeanField there = schema.fields().stream()
                    .filter(other -> other.name().equals(field.name()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("the component '" + field.name() + "' of "
                            + type.getName() + " is no field of " + what + ". It has: "
                            + String.join(
                                    ", ",
                                    schema.fields().stream()
                                            .map(BeanField::name)
                                            .toList())));
            if (there.type().javaType() != field.type().javaType()) {
                throw new IllegalArgumentException("the component '" + field.name() + "' of " + type.getName()
                        + " is a " + field.type() + ", and the field of " + what + " is a " + there.type());
            }
        }
    }

    /** A record of these values. */
    Object make(Map<String, @Nullable Object> values) {
        return make(values, "");
    }

    private Object make(Map<String, @Nullable Object> values, String outer) {
        @Nullable Object[] arguments = new @Nullable Object[parts.size()];
        for (int i = 0; i < arguments.length; i++) {
            Part part = parts.get(i);
            String name = outer + part.name();
            arguments[i] =
                    part.inner() == null ? values.get(name) : part.inner().make(values, name + ".");
        }
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw rethrown(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What takes a field and its value. */
    interface Taker {
        void take(String field, @Nullable Object value);
    }

    /** Tells all fields. */
    void take(Object record, Taker taker) {
        take(record, "", taker);
    }

    private void take(Object record, String outer, Taker taker) {
        for (Part part : parts) {
            Object value;
            try {
                value = part.accessor().invoke(record);
            } catch (InvocationTargetException e) {
                throw rethrown(e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
            String name = outer + part.name();
            if (part.inner() == null) {
                taker.take(name, value);
            } else if (value == null) {
                throw new IllegalArgumentException("the component '" + name + "' of a " + type.getName()
                        + " is null, and a record within a record cannot be. Give it a value that says so");
            } else {
                part.inner().take(value, name + ".", taker);
            }
        }
    }

    private static RuntimeException rethrown(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException e) {
            return e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return new IllegalStateException(cause);
    }
}
