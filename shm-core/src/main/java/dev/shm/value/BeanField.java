package dev.shm.value;

/**
 * A field of a bean.
 *
 * @param name its name; of a field in a nested bean, with the names of the beans around it: {@code address.city}
 * @param isAtomic whether it has atomic methods, and is not a part of updates
 */
record BeanField(String name, FieldType type, boolean isAtomic) {

    /** The same field as a field of a bean around this one. */
    BeanField in(String outer) {
        return new BeanField(outer + "." + name, type, isAtomic);
    }

    /** How it is stored, as the schema says it. */
    String storage() {
        return (type.isBlock() ? "b" : Integer.toString(type.words())) + (isAtomic ? "a" : "");
    }

    /** What it is, for people. */
    String describe() {
        return (isAtomic ? "atomic " : "") + type.name();
    }
}
