package dev.shm.value;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a getter of a bean's interface or a component of a record: a {@code String} or {@code byte[]} that lies in the bean itself, in
 * room for so many bytes, of UTF-8 in the case of a string. Longer ones are refused. Without it, each value has a block of its own, of
 * any length.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.RECORD_COMPONENT})
public @interface MaxBytes {

    /** The most that there can be, 1 to 4,096. */
    int value();
}
