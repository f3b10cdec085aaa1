package dev.shm.tool;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON (RFC 8259): maps, lists, strings, numbers, booleans and null. The text is ASCII, so it survives whatever
 * encoding standard output has.
 */
final class Json {

    private final StringBuilder text = new StringBuilder();

    private Json() {}

    /** The text of a value, indented, without a line break at its end. */
    static String write(@Nullable Object value) {
        Json json = new Json();
        json.value(value, "\n");
        return json.text.toString();
    }

    /** A map that keeps the order of its keys, which come and go in pairs with their values. */
    static Map<String, @Nullable Object> object(@Nullable Object... keysAndValues) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            object.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return object;
    }

    private void value(@Nullable Object value, String line) {
        if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long) {
            text.append(value);
        } else if (value instanceof Double number) {
            // JSON has no word for what is not a finite number.
            text.append(Double.isFinite(number) ? number.toString() : "null");
        } else if (value instanceof String string) {
            string(string);
        } else if (value instanceof Map<?, ?> map) {
            object(map, line);
        } else if (value instanceof List<?> list) {
            array(list, line);
        } else {
            throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }

    private void object(Map<?, ?> map, String line) {
        String inner = line + "  ";
        text.append('{');
        for (Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator(); entries.hasNext(); ) {
            Map.Entry<?, ?> entry = entries.next();
            text.append(inner);
            string((String) entry.getKey());
            text.append(": ");
            value(entry.getValue(), inner);
            text.append(entries.hasNext() ? "," : line);
        }
        text.append('}');
    }

    private void array(List<?> list, String line) {
        String inner = line + "  ";
        text.append('[');
        for (Iterator<?> elements = list.iterator(); elements.hasNext(); ) {
            text.append(inner);
            value(elements.next(), inner);
            text.append(elements.hasNext() ? "," : line);
        }
        text.append(']');
    }

    private void string(String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < ' ' || c > '~') {
                        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }
}
