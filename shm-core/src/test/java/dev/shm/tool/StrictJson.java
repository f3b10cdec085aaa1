package dev.shm.tool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads JSON by the letter of RFC 8259 and refuses everything else. */
final class StrictJson {

    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private final String text;
    private int at;

    private StrictJson(String text) {
        this.text = text;
    }

    static Object parse(String text) {
        StrictJson json = new StrictJson(text);
        Object value = json.value();
        json.space();
        if (json.at != text.length()) {
            throw json.wrong("end");
        }
        return value;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(String text) {
        return (Map<String, Object>) parse(text);
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("expected " + expected + " at " + at + " of:\n" + text);
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean take(String token) {
        space();
        boolean there = text.startsWith(token, at);
        at += there ? token.length() : 0;
        return there;
    }

    private Object value() {
        if (take("{")) {
            Map<String, Object> object = new LinkedHashMap<>();
            if (take("}")) {
                return object;
            }
            do {
                space();
                String key = string();
                if (!take(":")) {
                    throw wrong(":");
                }
                if (object.containsKey(key)) {
                    throw wrong("no second " + key);
                }
                object.put(key, value());
            } while (take(","));
            if (!take("}")) {
                throw wrong("}");
            }
            return object;
        }
        if (take("[")) {
            List<Object> array = new ArrayList<>();
            if (take("]")) {
                return array;
            }
            do {
                array.add(value());
            } while (take(","));
            if (!take("]")) {
                throw wrong("]");
            }
            return array;
        }
        if (take("true")) {
            return true;
        }
        if (take("false")) {
            return false;
        }
        if (take("null")) {
            return null;
        }
        if (at < text.length() && text.charAt(at) == '"') {
            return string();
        }
        Matcher number = NUMBER.matcher(text).region(at, text.length());
        if (!number.lookingAt()) {
            throw wrong("a value");
        }
        at = number.end();
        String digits = number.group();
        return digits.matches("-?[0-9]+") ? (Object) Long.valueOf(digits) : Double.valueOf(digits);
    }

    private String string() {
        if (at >= text.length() || text.charAt(at++) != '"') {
            throw wrong("a string");
        }
        StringBuilder string = new StringBuilder();
        for (; ; ) {
            char c = next();
            if (c == '"') {
                return string.toString();
            }
            if (c < ' ') {
                throw wrong("no control character");
            }
            string.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                String hex = "" + next() + next() + next() + next();
                if (!hex.matches("[0-9a-fA-F]{4}")) {
                    throw wrong("four hex digits");
                }
                yield (char) Integer.parseInt(hex, 16);
            }
            default -> throw wrong("an escape");
        };
    }

    private char next() {
        if (at >= text.length()) {
            throw wrong("more");
        }
        return text.charAt(at++);
    }
}
