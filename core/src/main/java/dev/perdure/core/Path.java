package dev.perdure.core;

import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A node's stable address in a run: {@code setup/send_email}, {@code items[3]/charge}, {@code process#2}.
 *
 * <p>A path is made of the names that lead from the run's root to the node. It depends on the definition's structure
 * alone, never on what ran first, so a resumed run finds each recorded outcome where it was. Characters of a name that
 * have a meaning in a path ({@code / [ ] # %}) are percent-encoded, so different nodes never share a path.
 *
 * <p>Immutable. {@link #toString()} is the stored form and {@link #parse} its inverse.
 */
public final class Path implements Comparable<Path> {
    /** The run itself; its text is empty. */
    public static final Path ROOT = new Path("");

    private final String text;

    private Path(String text) {
        this.text = text;
    }

    /** The path with the given stored text. */
    public static Path parse(String text) {
        return text.isEmpty() ? ROOT : new Path(text);
    }

    /** The path of the node called {@code name} directly below this one. */
    public Path child(String name) {
        String segment = encode(name);
        return new Path(text.isEmpty() ? segment : text + "/" + segment);
    }

    /** The path of item {@code index} (from 0) of the loop at this path. */
    public Path item(int index) {
        return new Path(text + "[" + index + "]");
    }

    /** The path of a part of this node that has no name of its own, such as {@code setup#join}; no child can have it. */
    public Path part(String label) {
        return new Path(text + "#" + label);
    }

    /** The path that holds this one, null for the root. An item's or a part's holder is the node itself. */
    public @Nullable Path parent() {
        if (text.isEmpty()) {
            return null;
        }
        int cut = Math.max(text.lastIndexOf('/'), Math.max(text.lastIndexOf('['), text.lastIndexOf('#')));
        return cut <= 0 ? ROOT : new Path(text.substring(0, cut));
    }

    /** The node's own name, without what leads to it, decoded. */
    public String name() {
        String segment = text.substring(text.lastIndexOf('/') + 1);
        return decode(segment);
    }

    /** Whether this path is {@code ancestor} or lies below it. */
    public boolean startsWith(Path ancestor) {
        if (ancestor.text.isEmpty() || text.equals(ancestor.text)) {
            return true;
        }
        return text.startsWith(ancestor.text) && "/[#".indexOf(text.charAt(ancestor.text.length())) >= 0;
    }

    public boolean isRoot() {
        return text.isEmpty();
    }

    private static String encode(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (isReserved(name.charAt(i))) {
                return encodeReserved(name);
            }
        }
        return name;
    }

    private static String encodeReserved(String name) {
        StringBuilder out = new StringBuilder(name.length() + 8);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (isReserved(c)) {
                out.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        StringBuilder out = new StringBuilder(segment.length());
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (c == '%' && isHex(segment, i + 1) && isHex(segment, i + 2)) {
                out.append((char) HexFormat.fromHexDigits(segment, i + 1, i + 3));
                i += 2;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static boolean isHex(String segment, int at) {
        return at < segment.length() && HexFormat.isHexDigit(segment.charAt(at));
    }

    private static boolean isReserved(char c) {
        return c == '/' || c == '[' || c == ']' || c == '#' || c == '%';
    }

    @Override
    public int compareTo(Path other) {
        return text.compareTo(other.text);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Path path && path.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The stored form. */
    @Override
    public String toString() {
        return text;
    }
}
