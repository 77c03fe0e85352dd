package dev.perdure.core;

import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    private static final String EACH = "[*]";
    /** Of the largest index. */
    private static final int MOST_DIGITS = 10;

    private static final String EACH_AS_REPLACEMENT = Matcher.quoteReplacement(EACH);
    private static final Pattern INDEX = Pattern.compile("\\[\\d+]");
    private static final Pattern REPETITION = Pattern.compile("#\\d+");

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

    /** The path that stands for every item of the loop at this path, as a definition knows them: {@code items[*]}. */
    public Path eachItem() {
        return new Path(text + EACH);
    }

    /**
     * The path of the {@code number}-th repetition of the node at this path, from 1, where a run comes back to it: {@code
     * poll#1}. The first time is the node's own path.
     */
    public Path repetition(int number) {
        return number == 0 ? this : new Path(text + "#" + number);
    }

    /**
     * The path that holds this one, null for the root. An item's or a part's holder is the node itself; that of a repetition
     * is the node's.
     */
    public @Nullable Path parent() {
        if (text.isEmpty()) {
            return null;
        }
        int cut = Math.max(text.lastIndexOf('/'), Math.max(text.lastIndexOf('['), text.lastIndexOf('#')));
        if (cut > 0 && text.charAt(cut) == '#' && isDigit(text, cut + 1)) {
            return new Path(text.substring(0, cut)).parent();
        }
        return cut <= 0 ? ROOT : new Path(text.substring(0, cut));
    }

    /** The node directly below this one that {@code inner}, which lies below it, is or lies in; with its repetition. */
    public Path childTowards(Path inner) {
        int at = text.isEmpty() ? 0 : text.length() + 1;
        int end = at;
        while (end < inner.text.length() && "/[#".indexOf(inner.text.charAt(end)) < 0) {
            end++;
        }
        if (end < inner.text.length() && inner.text.charAt(end) == '#' && isDigit(inner.text, end + 1)) {
            end++;
            while (isDigit(inner.text, end)) {
                end++;
            }
        }
        return new Path(inner.text.substring(0, end));
    }

    /** The index of the innermost loop item that this path is or lies in; null outside of any. */
    public @Nullable Integer index() {
        int open = text.lastIndexOf('[');
        int close = open < 0 ? -1 : text.indexOf(']', open);
        int digits = close - open - 1;
        if (digits < 1 || digits > MOST_DIGITS) {
            return null;
        }
        for (int i = open + 1; i < close; i++) {
            if (!isDigit(text, i)) {
                return null;
            }
        }
        long index = Long.parseLong(text, open + 1, close, 10);
        return index > Integer.MAX_VALUE ? null : Integer.valueOf((int) index);
    }

    /** This path without the numbers of repetitions: where a node's newest output is kept. */
    public Path withoutRepetitions() {
        return text.indexOf('#') < 0 ? this : new Path(REPETITION.matcher(text).replaceAll(""));
    }

    /** The path as a definition knows it: without repetitions, and with {@code [*]} for the index of an item. */
    public Path inDefinition() {
        Path single = withoutRepetitions();
        return single.text.indexOf('[') < 0
                ? single
                : new Path(INDEX.matcher(single.text).replaceAll(EACH_AS_REPLACEMENT));
    }

    /**
     * This path of a definition as one who stands at {@code reader} means it: inside of a loop, the items are the reader's own.
     * What lies in a loop that the reader is not in keeps its {@code [*]}.
     */
    public Path asSeenFrom(Path reader) {
        if (text.indexOf('*') < 0) {
            return this;
        }
        String own = reader.withoutRepetitions().text;
        StringBuilder out = new StringBuilder(text.length() + 8);
        int at = 0;
        int ownAt = 0;
        while (at < text.length() && ownAt < own.length()) {
            if (text.startsWith(EACH, at) && own.charAt(ownAt) == '[') {
                int end = own.indexOf(']', ownAt) + 1;
                if (end == 0) {
                    break; // no path that the library made
                }
                out.append(own, ownAt, end);
                at += EACH.length();
                ownAt = end;
            } else if (text.charAt(at) == own.charAt(ownAt)) {
                out.append(text.charAt(at));
                at++;
                ownAt++;
            } else {
                break;
            }
        }
        return new Path(out.append(text, at, text.length()).toString());
    }

    private static boolean isDigit(String text, int at) {
        return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
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
