package dev.shm.codec;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds the classes that values of a type are made of, as far as declarations tell: fields, components, elements of arrays,
 * type arguments, and what a sealed type permits. Subclasses of a class that anybody may extend are not among them.
 */
final class TypeWalk {

    private static final Set<Class<?>> BUILT_IN =
            BuiltInTypes.list().stream().map(BuiltInTypes.Registered::type).collect(Collectors.toSet());

    private final Set<Type> seen = new HashSet<>();
    private final Set<Class<?>> found = new LinkedHashSet<>();

    TypeWalk(Class<?> root, List<Class<?>> asked) {
        visit(root);
        for (Class<?> type : asked) {
            visit(type);
            // Whoever names it wants it, or a reason.
            if (!BUILT_IN.contains(type) && !KryoCodec.BOXES.contains(type) && !type.isSealed()) {
                found.add(type);
            }
        }
    }

    /** All that need a registration. */
    Set<Class<?>> found() {
        return found;
    }

    static boolean isOfJdk(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null || loader == ClassLoader.getPlatformClassLoader();
    }

    private void visit(Type type) {
        if (!seen.add(type)) {
            return;
        }
        if (type instanceof Class<?> clazz) {
            visitClass(clazz);
        } else if (type instanceof ParameterizedType parameterized) {
            visit(parameterized.getRawType());
            visitAll(parameterized.getActualTypeArguments());
        } else if (type instanceof WildcardType wildcard) {
            visitAll(wildcard.getUpperBounds());
        } else if (type instanceof TypeVariable<?> variable) {
            visitAll(variable.getBounds());
        } else if (type instanceof GenericArrayType array) {
            visit(array.getGenericComponentType());
            visit(Array.newInstance(erasure(array.getGenericComponentType()), 0).getClass());
        }
    }

    private void visitAll(Type[] types) {
        for (Type type : types) {
            visit(type);
        }
    }

    private static Class<?> erasure(Type type) {
        if (type instanceof Class<?> clazz) {
            return clazz;
        } else if (type instanceof ParameterizedType parameterized) {
            return erasure(parameterized.getRawType());
        } else if (type instanceof GenericArrayType array) {
            return Array.newInstance(erasure(array.getGenericComponentType()), 0)
                    .getClass();
        } else if (type instanceof TypeVariable<?> variable) {
            return erasure(variable.getBounds()[0]);
        } else {
            return Object.class;
        }
    }

    private void visitClass(Class<?> type) {
        if (type.isPrimitive() || KryoCodec.BOXES.contains(type)) {
            return;
        }
        if (type.isArray()) {
            visit(type.getComponentType());
            if (!BUILT_IN.contains(type)) {
                found.add(type);
            }
            return;
        }
        if (BUILT_IN.contains(type) || type == Object.class) {
            return;
        }
        if (type.isSealed() && !type.isEnum()) {
            visitAll(type.getPermittedSubclasses());
        }
        if (type.isEnum()) {
            found.add(type);
        } else if (!type.isInterface()) {
            visitConcreteOrAbstract(type);
        }
    }

    private void visitConcreteOrAbstract(Class<?> type) {
        boolean collection = Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type);
        if (!Modifier.isAbstract(type.getModifiers()) && (!isOfJdk(type) || collection)) {
            found.add(type);
        }
        if (!isOfJdk(type) && !collection) {
            // What is declared above is a part of the object, but the class above need not be one that is sent.
            for (Class<?> level = type; level != null && !isOfJdk(level); level = level.getSuperclass()) {
                visitFields(level);
                if (level.getGenericSuperclass() instanceof ParameterizedType parent) {
                    visitAll(parent.getActualTypeArguments());
                }
            }
        }
    }

    private void visitFields(Class<?> type) {
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
                visit(field.getGenericType());
            }
        }
    }
}
