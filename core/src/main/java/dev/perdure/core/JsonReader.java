package dev.perdure.core;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One pass over a JSON text; used once, by one thread. */
final class JsonReader {
    /** Plain data may be as deep as {@link Plain#MAX_DEPTH}, and a row wraps it: {@code {"append":{"key":[value]}}}. */
    private static final int MAX_DEPTH = Plain.MAX_DEPTH + 8;

    private final String text;
    private int at;

    JsonReader(String text) {
        this.text = text;
    }

    @Nullable
    Object readAll() {
        Object value = readValue(0);
        skipSpace();
        if (at < text.length()) {
            throw malformed("expected the end of the text");
        }
        return value;
    }

    private @Nullable Object readValue(int depth) {
        skipSpace();
        if (at >= text.length()) {
            throw malformed("expected a value");
        }
        char c = text.charAt(at);
        return switch (c) {
            case '{' -> readMap(depth + 1);
            case '[' -> readList(depth + 1);
            case '"' -> readString();
            case 't' -> readWord("true", true);
            case 'f' -> readWord("false", false);
            case 'n' -> readWord("null", null);
            default -> readNumber();
        };
    }

    private Map<String, @Nullable Object> readMap(int depth) {
        checkDepth(depth);
        at++;
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        if (accept('}')) {
            return Collections.unmodifiableMap(map);
        }
        do {
            skipSpace();
            if (at >= text.length() || text.charAt(at) != '"') {
                throw malformed("expected a key in double quotes");
            }
            int start = at;
            String key = readString();
            if (map.containsKey(key)) {
                throw malformedAt(start, "duplicate key " + Names.quoted(key));
            }
            expect(':');
            map.put(key, readValue(depth));
        } while (accept(','));
        expect('}');
        return Collections.unmodifiableMap(map);
    }

    private List<@Nullable Object> readList(int depth) {
        checkDepth(depth);
        at++;
        List<@Nullable Object> list = new ArrayList<>();
        if (accept(']')) {
            return Collections.unmodifiableList(list);
        }
        do {
            list.add(readValue(depth));
        } while (accept(','));
        expect(']');
        return Collections.unmodifiableList(list);
    }

    private String readString() {
        int start = ++at;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                return text.substring(start, at++);
            }
            if (c == '\\') {
                return readEscapedString(start);
            }
            if (c < ' ') {
                throw malformed("control character inside a string");
            }
            at++;
        }
        throw malformed("string without an end");
    }

    private String readEscapedString(int start) {
        StringBuilder out = new StringBuilder(64).append(text, start, at);
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            if (c < ' ') {
                throw malformedAt(at - 1, "control character inside a string");
            }
            out.append(c == '\\' ? readEscape() : c);
        }
        throw malformed("string without an end");
    }

    private char readEscape() {
        if (at >= text.length()) {
            throw malformed("string without an end");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> readHex();
            default -> throw malformedAt(at - 1, "unknown escape");
        };
    }

    private char readHex() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            char c = at < text.length() ? text.charAt(at) : ' ';
            int digit = c < 0x7f ? Character.digit(c, 16) : -1; // digits of other scripts are none of JSON's
            if (digit < 0) {
                throw malformed("expected four hexadecimal digits");
            }
            value = value << 4 | digit;
            at++;
        }
        return (char) value;
    }

    private @Nullable Object readWord(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw malformed("expected a value");
        }
        at += word.length();
        return value;
    }

    private Object readNumber() {
        int start = at;
        boolean isInteger = true;
        accept('-', false);
        int digits = at;
        skipDigits();
        if (at == digits || (text.charAt(digits) == '0' && at > digits + 1)) {
            throw malformedAt(start, "expected a value");
        }
        if (accept('.', false)) {
            isInteger = false;
            requireDigits();
        }
        if (accept('e', false) || accept('E', false)) {
            isInteger = false;
            if (!accept('-', false)) {
                accept('+', false);
            }
            requireDigits();
        }
        if (at - start > Json.MAX_NUMBER) {
            throw malformedAt(start, "a number of more than " + Json.MAX_NUMBER + " characters");
        }
        try {
            return numberOf(text.substring(start, at), isInteger);
        } catch (ArithmeticException | NumberFormatException | PerdureException outOfRange) {
            throw malformedAt(start, "a number out of range");
        }
    }

    private static Object numberOf(String number, boolean isInteger) {
        if (isInteger) {
            return number.length() < 19 ? (Object) Long.parseLong(number) : Plain.ofNumber(new BigInteger(number));
        }
        double nearest = Double.parseDouble(number);
        if (Double.isFinite(nearest) && Decimals.textOf(nearest).equals(number)) {
            return nearest;
        }
        return Plain.ofNumber(new BigDecimal(number));
    }

    private void requireDigits() {
        int start = at;
        skipDigits();
        if (at == start) {
            throw malformed("expected a digit");
        }
    }

    private void skipDigits() {
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean accept(char c) {
        return accept(c, true);
    }

    private boolean accept(char c, boolean afterSpace) {
        if (afterSpace) {
            skipSpace();
        }
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!accept(c)) {
            throw malformed("expected '" + c + "'");
        }
    }

    private void checkDepth(int depth) {
        if (depth > MAX_DEPTH) {
            throw malformed("nested deeper than " + MAX_DEPTH + " levels");
        }
    }

    private PerdureException malformed(String why) {
        return malformedAt(at, why);
    }

    private static PerdureException malformedAt(int index, String why) {
        return new PerdureException(ErrorCode.NOT_DECODABLE, "malformed JSON at index " + index + ": " + why);
    }
}
