package dev.shm.boot.autoconfigure;

/** A name of the configuration is that of a bean which the application has for itself. */
final class BeanNameClashException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final String bean;
    private final String where;

    BeanNameClashException(String key, String bean, String where) {
        super("'" + key + "' is to be a bean of the name '" + bean + "', which the application has already" + where);
        this.key = key;
        this.bean = bean;
        this.where = where;
    }

    String key() {
        return key;
    }

    String bean() {
        return bean;
    }

    /** Where that bean is defined, to go on with a sentence; empty if it is not known. */
    String where() {
        return where;
    }
}
