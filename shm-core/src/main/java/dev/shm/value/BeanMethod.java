package dev.shm.value;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * What an abstract method of a bean's interface does.
 *
 * @param property the field or nested bean that it is about
 * @param type the field's type; null for a nested bean
 */
record BeanMethod(
        Method method, Does does, String property, @Nullable Class<?> type) {

    /** What a method can do with a field. */
    enum Does {
        GET(""),
        SET("set"),
        /** Gives the view of a nested bean. */
        NESTED(""),
        GET_AND_SET("getAndSet"),
        COMPARE_AND_SET("compareAndSet"),
        GET_AND_ADD("getAndAdd"),
        ADD_AND_GET("addAndGet"),
        GET_AND_INCREMENT("getAndIncrement"),
        INCREMENT_AND_GET("incrementAndGet"),
        GET_AND_DECREMENT("getAndDecrement"),
        DECREMENT_AND_GET("decrementAndGet");

        final String prefix;

        Does(String prefix) {
            this.prefix = prefix;
        }

        boolean isAtomic() {
            return this == GET_AND_SET || this == COMPARE_AND_SET || isSum();
        }

        /** Whether it is addition, which only numbers have. */
        boolean isSum() {
            return isBefore() || this == ADD_AND_GET || this == INCREMENT_AND_GET || this == DECREMENT_AND_GET;
        }

        /** What a method without a parameter adds. */
        int step() {
            return switch (this) {
                case GET_AND_INCREMENT, INCREMENT_AND_GET -> 1;
                case GET_AND_DECREMENT, DECREMENT_AND_GET -> -1;
                default -> 0;
            };
        }

        /** Whether the result is the value before. */
        boolean isBefore() {
            return this == GET_AND_ADD || this == GET_AND_INCREMENT || this == GET_AND_DECREMENT;
        }

        int parameters() {
            return switch (this) {
                case SET, GET_AND_SET, GET_AND_ADD, ADD_AND_GET -> 1;
                case COMPARE_AND_SET -> 2;
                default -> 0;
            };
        }
    }
}
