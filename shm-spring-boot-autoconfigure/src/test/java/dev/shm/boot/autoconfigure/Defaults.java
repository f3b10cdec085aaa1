package dev.shm.boot.autoconfigure;

import dev.shm.segment.SegmentDirectory;
import java.lang.reflect.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;

/** What a key stands for that is left out, as the code has it. */
final class Defaults {

    /** What the core takes, to which nothing is passed on: {@code ShmAutoConfigurationTest} opens a segment without a size. */
    static final String SIZE = "64MB";

    private Defaults() {}

    /** The parameters of a record, by the names of their keys. */
    static Map<String, Parameter> parameters(Class<?> record) {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        for (Parameter parameter : record.getDeclaredConstructors()[0].getParameters()) {
            Name given = parameter.getAnnotation(Name.class);
            parameters.put(
                    given != null ? given.value() : DataObjectPropertyName.toDashedForm(parameter.getName()),
                    parameter);
        }
        return parameters;
    }

    /** The default of the parameter with that key; null if there is none, or it is no value. */
    static @Nullable String of(String key, Parameter parameter) {
        if (key.equals("shm.directory")) {
            return SegmentDirectory.defaultPath().toString().replaceAll("[0-9]+$", "<uid>");
        }
        if (key.startsWith(ShmProperties.SEGMENTS) && key.endsWith(".size")) {
            return SIZE;
        }
        DefaultValue value = parameter.getAnnotation(DefaultValue.class);
        return value == null || value.value().length == 0 ? null : value.value()[0];
    }
}
