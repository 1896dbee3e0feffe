package jp.onshimock.client;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON, since the JDK has none: objects are maps, arrays lists, the rest String, Double, Boolean and null. If your
 * product has a JSON library, use that one.
 */
public final class Json {
    private static final int DEEPEST = 64;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Reads a text. */
    public static Object read(String text) {
        var json = new Json(text);
        Object value = json.value(0);
        if (json.peek() != '\0') {
            throw json.unexpected();
        }
        return value;
    }

    /** What stands in an object under a name; null if there is none. */
    public static Object at(Object value, String... path) {
        for (String name : path) {
            value = value instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return value;
    }

    /** Writes maps, lists, texts, numbers, booleans and null. */
    public static String write(Object value) {
        if (value instanceof Map<?, ?> map) {
            return joined('{', map.entrySet().iterator(), '}');
        } else if (value instanceof List<?> list) {
            return joined('[', list.iterator(), ']');
        } else if (value instanceof String string) {
            return quoted(string);
        }
        return String.valueOf(value);
    }

    private static String joined(char first, Iterator<?> items, char last) {
        var text = new StringBuilder().append(first);
        while (items.hasNext()) {
            Object item = items.next();
            if (item instanceof Map.Entry<?, ?> entry) {
                text.append(quoted((String) entry.getKey())).append(':').append(write(entry.getValue()));
            } else {
                text.append(write(item));
            }
            text.append(items.hasNext() ? "," : "");
        }
        return text.append(last).toString();
    }

    private static String quoted(String string) {
        var text = new StringBuilder("\"");
        for (char character : string.toCharArray()) {
            if (character == '"' || character == '\\') {
                text.append('\\').append(character);
            } else if (character < ' ') {
                text.append(String.format("\\u%04x", (int) character));
            } else {
                text.append(character);
            }
        }
        return text.append('"').toString();
    }

    private Object value(int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("JSON is too deep");
        }
        switch (peek()) {
            case '{':
                var members = new LinkedHashMap<String, Object>();
                for (at++; peek() != '}'; skip(',', '}')) {
                    String name = string();
                    expect(':');
                    members.put(name, value(depth + 1));
                }
                at++;
                return members;
            case '[':
                var items = new ArrayList<Object>();
                for (at++; peek() != ']'; skip(',', ']')) {
                    items.add(value(depth + 1));
                }
                at++;
                return items;
            case '"':
                return string();
            default:
                return word();
        }
    }

    private Object word() {
        int start = at;
        while (at < text.length() && "+-.".indexOf(text.charAt(at)) >= 0
                || at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
            at++;
        }
        String word = text.substring(start, at);
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            case "null" -> null;
            case "" -> throw unexpected();
            default -> Double.valueOf(word);
        };
    }

    private String string() {
        expect('"');
        var string = new StringBuilder();
        while (next() != '"') {
            char character = text.charAt(at++);
            if (character == '\\') {
                character = next();
                at++;
                switch (character) {
                    case 'n' -> character = '\n';
                    case 't' -> character = '\t';
                    case 'r' -> character = '\r';
                    case 'b' -> character = '\b';
                    case 'f' -> character = '\f';
                    case 'u' -> {
                        if (at + 4 > text.length()) {
                            throw unexpected();
                        }
                        character = (char) Integer.parseInt(text.substring(at, at + 4), 16);
                        at += 4;
                    }
                    default -> { }
                }
            }
            string.append(character);
        }
        at++;
        return string.toString();
    }

    private char next() {
        if (at >= text.length()) {
            throw unexpected();
        }
        return text.charAt(at);
    }

    /** The next character that is no white space; NUL at the end. */
    private char peek() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private void expect(char wanted) {
        if (peek() != wanted) {
            throw unexpected();
        }
        at++;
    }

    /** After an item: a separator, or the end, which stays. */
    private void skip(char separator, char end) {
        if (peek() == separator) {
            at++;
        } else if (peek() != end) {
            throw unexpected();
        }
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("JSON is odd at character " + at);
    }
}
