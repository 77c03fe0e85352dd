package dev.perdure.core;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one text form of plain data: JSON in ASCII, without white space, each value written one way only. It is what
 * stores keep, checksums cover and inputs are compared by, whatever codec encoded the value; every database keeps ASCII
 * unchanged, lone surrogates and U+0000 included.
 *
 * <p>Reading is strict: duplicate keys, nesting beyond {@link Plain#MAX_DEPTH} and the few levels that a row adds to a
 * value, numbers of more than {@value #MAX_NUMBER} characters and anything after the value are refused, before they cost
 * memory or stack.
 */
public final class Json {
    /** The longest number, in characters. */
    public static final int MAX_NUMBER = 1_000;

    private Json() {}

    /** The text of {@code plain}, which must be canonical plain data as {@link Plain#of} returns it. */
    public static String write(@Nullable Object plain) {
        StringBuilder out = new StringBuilder();
        write(plain, out);
        return out.toString();
    }

    /**
     * The plain data that {@code text} says.
     *
     * @throws PerdureException NOT_DECODABLE with the index of the first character that is wrong; UNREADABLE_PAYLOAD for an
     *     {@link EncodedText}
     */
    public static @Nullable Object read(String text) {
        EncodedText.requireReadable(text);
        return new JsonReader(text).readAll();
    }

    private static void write(@Nullable Object plain, StringBuilder out) {
        if (plain instanceof Double number) {
            out.append(Decimals.textOf(number));
        } else if (plain == null || plain instanceof Boolean || plain instanceof Number) {
            out.append(plain);
        } else if (plain instanceof String string) {
            writeString(string, out);
        } else if (plain instanceof List<?> list) {
            writeList(list, out);
        } else if (plain instanceof Map<?, ?> map) {
            writeMap(map, out);
        } else {
            throw new PerdureException(
                    ErrorCode.NOT_ENCODABLE,
                    "not plain data: " + plain.getClass().getName());
        }
    }

    private static void writeList(List<?> list, StringBuilder out) {
        char separator = '[';
        for (Object item : list) {
            out.append(separator);
            write(item, out);
            separator = ',';
        }
        out.append(list.isEmpty() ? "[]" : "]");
    }

    private static void writeMap(Map<?, ?> map, StringBuilder out) {
        char separator = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            writeString((String) entry.getKey(), out);
            out.append(':');
            write(entry.getValue(), out);
            separator = ',';
        }
        out.append(map.isEmpty() ? "{}" : "}");
    }

    private static void writeString(String string, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                out.append(c);
            } else if (c == '\n') {
                out.append("\\n");
            } else {
                writeEscaped(c, out);
            }
        }
        out.append('"');
    }

    private static void writeEscaped(char c, StringBuilder out) {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            out.append(Character.forDigit((c >> shift) & 0xf, 16));
        }
    }
}
