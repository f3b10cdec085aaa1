package dev.shm.value;

import dev.shm.value.BeanMethod.Does;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A bean's interface, taken apart: its fields, what each of its methods does, and the class that does it. */
final class BeanShape {

    /** Of each interface that was ever asked for; goes with it. */
    private static final ClassValue<BeanShape> SHAPES = new ClassValue<>() {
        @Override
        protected BeanShape computeValue(Class<?> type) {
            return new BeanShape(type, Set.of());
        }
    };

    private final Class<?> type;
    private final BeanSchema schema;
    private final List<BeanMethod> methods = new ArrayList<>();
    private final Map<String, BeanShape> nested = new TreeMap<>();
    private final BeanViews views;

    private BeanShape(Class<?> type, Set<Class<?>> around) {
        this.type = type;
        checkType();
        if (around.contains(type)) {
            throw refused("it contains itself. Have it refer to others by a name or a number");
        }
        Set<Class<?>> inside = new LinkedHashSet<>(around);
        inside.add(type);
        List<BeanField> fields = new ArrayList<>();
        readMethods(inside, fields);
        if (fields.isEmpty()) {
            throw refused("it has no getter");
        }
        try {
            this.schema = new BeanSchema(fields);
        } catch (IllegalArgumentException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
        this.views = BeanViews.of(this);
    }

    /**
     * The shape of an interface.
     *
     * @throws IllegalArgumentException if it cannot be a bean's; the message names the method and says what to do
     */
    static BeanShape of(Class<?> type) {
        return SHAPES.get(type);
    }

    Class<?> type() {
        return type;
    }

    BeanSchema schema() {
        return schema;
    }

    List<BeanMethod> methods() {
        return methods;
    }

    /** The nested beans by the names of their getters' properties. */
    Map<String, BeanShape> nested() {
        return nested;
    }

    /** Which of the nested beans has that name. */
    int place(String property) {
        return List.copyOf(nested.keySet()).indexOf(property);
    }

    BeanViews views() {
        return views;
    }

    // ------------------------------------------------------------------------------------------- reading it

    private void checkType() {
        if (type.isRecord()) {
            throw refused("it is a record: use SharedRecord.of");
        }
        if (!type.isInterface() || type.isAnnotation()) {
            throw refused("it is no interface. Give an interface with a getter, and mostly a setter, for each field");
        }
        if (type.isSealed()) {
            throw refused("it is sealed, so that nothing but what it names can be one");
        }
        if (type.getTypeParameters().length > 0) {
            throw refused("it is generic. Give an interface that says what its types are");
        }
    }

    private void readMethods(Set<Class<?>> inside, List<BeanField> fields) {
        List<Method> all = Arrays.stream(type.getMethods())
                .filter(method -> Modifier.isAbstract(method.getModifiers()))
                .filter(method -> !isOfObject(method))
                .sorted(Comparator.comparing(Method::toString))
                .toList();
        Map<String, Method> byName = new LinkedHashMap<>();
        for (Method method : all) {
            checkMethod(method, byName.put(method.getName(), method));
        }
        Map<String, Method> getters = new TreeMap<>();
        all.forEach(method -> addGetter(getters, method));
        Map<String, List<BeanMethod>> others = new TreeMap<>();
        for (Method method : all) {
            BeanMethod other = other(method);
            if (other != null) {
                others.computeIfAbsent(other.property(), name -> new ArrayList<>())
                        .add(other);
            }
        }
        for (Map.Entry<String, List<BeanMethod>> entry : others.entrySet()) {
            if (!getters.containsKey(entry.getKey())) {
                Method alone = entry.getValue().get(0).method();
                throw refused(alone, "there is no getter of '" + entry.getKey() + "'. Declare one");
            }
        }
        getters.forEach((property, getter) ->
                addField(property, getter, others.getOrDefault(property, List.of()), inside, fields));
    }

    private static boolean isOfObject(Method method) {
        return switch (method.getName()) {
            case "toString", "hashCode" -> method.getParameterCount() == 0;
            case "equals" -> Arrays.equals(method.getParameterTypes(), new Class<?>[] {Object.class});
            default -> false;
        };
    }

    private void checkMethod(Method method, @Nullable Method other) {
        if (other != null) {
            throw refused(
                    method,
                    "it is overloaded, and so nobody can say which of them is the field's: also " + signature(other)
                            + ". Give it another name, or make one of them a default method");
        }
        if (method.getTypeParameters().length > 0) {
            throw refused(method, "it is generic. Say what its type is, or make it a default method");
        }
        List<Type> types = new ArrayList<>(List.of(method.getGenericParameterTypes()));
        types.add(method.getGenericReturnType());
        for (Type each : types) {
            if (!(each instanceof Class<?>)) {
                throw refused(
                        method,
                        "the type " + each.getTypeName()
                                + " is generic, and a field's is not. Say what it is, or make it a default method");
            }
        }
    }

    private static String signature(Method method) {
        StringBuilder text = new StringBuilder(method.getName()).append('(');
        for (Class<?> parameter : method.getParameterTypes()) {
            text.append(text.charAt(text.length() - 1) == '(' ? "" : ", ").append(parameter.getSimpleName());
        }
        return text.append(')').toString();
    }

    private void addGetter(Map<String, Method> getters, Method method) {
        if (method.getParameterCount() > 0 || method.getReturnType() == void.class || isAtomic(method.getName())) {
            return;
        }
        String property = property(method.getName(), "get");
        if (property == null && isFlag(method.getReturnType())) {
            property = property(method.getName(), "is");
        }
        if (property == null) {
            property = method.getName();
        }
        Method other = getters.put(property, method);
        if (other != null) {
            throw refused(
                    method,
                    "there is another getter of '" + property + "', " + signature(other)
                            + ". Make one of them a default method that calls the other one");
        }
    }

    private static boolean isFlag(Class<?> type) {
        return type == boolean.class || type == Boolean.class;
    }

    private static boolean isAtomic(String name) {
        for (Does does : Does.values()) {
            if (does.isAtomic() && property(name, does.prefix) != null) {
                return true;
            }
        }
        return false;
    }

    /** What follows a prefix, as a name; null if nothing does, or the name goes on in small letters. */
    private static @Nullable String property(String name, String prefix) {
        if (!name.startsWith(prefix) || name.length() == prefix.length()) {
            return null;
        }
        String rest = name.substring(prefix.length());
        if (Character.isLowerCase(rest.charAt(0))) {
            return null;
        }
        boolean isAcronym =
                rest.length() > 1 && Character.isUpperCase(rest.charAt(0)) && Character.isUpperCase(rest.charAt(1));
        return isAcronym ? rest : Character.toLowerCase(rest.charAt(0)) + rest.substring(1);
    }

    /** A method that is no getter; null if it is one. */
    private @Nullable BeanMethod other(Method method) {
        for (Does does : Does.values()) {
            String property = does.isAtomic() ? property(method.getName(), does.prefix) : null;
            if (property != null) {
                return checked(method, does, property);
            }
        }
        String property = property(method.getName(), Does.SET.prefix);
        if (property != null && method.getParameterCount() > 0) {
            return checked(method, Does.SET, property);
        }
        if (method.getParameterCount() > 0 || method.getReturnType() == void.class) {
            throw refused(
                    method,
                    "it is neither a getter (getX(), isX(), x()) nor a setter (setX(value)) nor an atomic "
                            + "method (getAndAddX(delta), compareAndSetX(expected, value), ...). Rename it, or make it a default method");
        }
        return null;
    }

    private BeanMethod checked(Method method, Does does, String property) {
        Class<?>[] parameters = method.getParameterTypes();
        if (parameters.length != does.parameters()) {
            throw refused(method, "a method " + does.prefix + "... has " + does.parameters() + " parameters");
        }
        Class<?> returned = method.getReturnType();
        Class<?> type = parameters.length > 0 ? parameters[0] : returned;
        boolean fits = switch (does) {
            case SET -> returned == void.class || returned.isAssignableFrom(this.type);
            case COMPARE_AND_SET -> returned == boolean.class && parameters[1] == type;
            default -> returned == type;
        };
        if (!fits) {
            throw refused(
                    method,
                    switch (does) {
                        case SET -> "a setter returns nothing, or the bean";
                        case COMPARE_AND_SET ->
                            "a compareAndSet takes two values of the field's type and returns a boolean";
                        default ->
                            "it returns " + returned.getSimpleName() + ", and " + type.getSimpleName()
                                    + " would be right";
                    });
        }
        return new BeanMethod(method, does, property, type);
    }

    private void addField(
            String property, Method getter, List<BeanMethod> others, Set<Class<?>> inside, List<BeanField> fields) {
        Class<?> fieldType = getter.getReturnType();
        FieldType known = fieldType(getter, fieldType);
        if (known == null && fieldType.isInterface() && !isOfTheJdk(fieldType)) {
            if (!others.isEmpty()) {
                throw refused(
                        others.get(0).method(),
                        "'" + property + "' is a bean within this one, and is always there. Set its fields instead");
            }
            BeanShape shape = nested.values().stream()
                    .filter(other -> other.type == fieldType)
                    .findFirst()
                    .orElseGet(() -> new BeanShape(fieldType, inside));
            shape.schema.fields().forEach(field -> fields.add(field.in(property)));
            nested.put(property, shape);
            methods.add(new BeanMethod(getter, Does.NESTED, property, null));
            return;
        }
        if (known == null) {
            throw refused(getter, "a field cannot be a " + fieldType.getTypeName() + ". " + POSSIBLE);
        }
        boolean isAtomic = false;
        methods.add(new BeanMethod(getter, Does.GET, property, fieldType));
        for (BeanMethod other : others) {
            if (other.type() != fieldType) {
                throw refused(
                        other.method(),
                        "it is about a "
                                + (other.type() == null ? "" : other.type().getSimpleName()) + ", and "
                                + signature(getter)
                                + " returns a " + fieldType.getSimpleName());
            }
            checkAtomic(other, known);
            isAtomic |= other.does().isAtomic();
            methods.add(other);
        }
        fields.add(new BeanField(property, known, isAtomic));
    }

    static final String POSSIBLE = "Possible are primitives and their boxes, String, byte[], enums, UUID, "
            + "BigInteger, BigDecimal, the types of java.time, and interfaces of beans";

    private static boolean isOfTheJdk(Class<?> type) {
        return type.getName().startsWith("java.") || type.getName().startsWith("javax.");
    }

    private @Nullable FieldType fieldType(Method getter, Class<?> fieldType) {
        MaxBytes most = getter.getAnnotation(MaxBytes.class);
        try {
            return FieldType.of(fieldType, most == null ? 0 : most.value());
        } catch (IllegalArgumentException e) {
            throw refused(getter, String.valueOf(e.getMessage()));
        }
    }

    private void checkAtomic(BeanMethod method, FieldType fieldType) {
        if (!method.does().isAtomic()) {
            return;
        }
        if (!fieldType.isWord()) {
            throw refused(
                    method.method(),
                    "a " + fieldType + " is more than one word, and has no atomic methods. "
                            + "Change it by update(...)");
        }
        Class<?> javaType = fieldType.javaType();
        if (method.does().isSum() && javaType != long.class && javaType != int.class && javaType != double.class) {
            throw refused(method.method(), "only a long, an int or a double can be added to");
        }
    }

    private IllegalArgumentException refused(Method method, String why) {
        return refused("the method " + signature(method) + ": " + why);
    }

    private IllegalArgumentException refused(String why) {
        return new IllegalArgumentException(type.getName() + " cannot be the interface of a bean: " + why + ".");
    }
}
