package dev.perdure.core;

/** The rule that names of workflows, nodes, runs, signals and queues obey: 1 to 200 characters, none of them a control character. */
public final class Names {
    /** The longest name, in UTF-16 characters. */
    public static final int MAX_LENGTH = 200;

    private Names() {}

    /** Whether {@code name} obeys the rule. */
    public static boolean isValid(String name) {
        return problem(name) == null;
    }

    /**
     * Returns {@code name} when it obeys the rule.
     *
     * @param kind what is named, for the message: {@code "run id"}
     * @throws PerdureException with {@link ErrorCode#INVALID_NAME}
     */
    public static String requireValid(String kind, String name) {
        String problem = problem(name);
        if (problem != null) {
            throw new PerdureException(ErrorCode.INVALID_NAME, kind + " " + quoted(name) + " " + problem);
        }
        return name;
    }

    /** What is wrong with {@code name}, as the end of a sentence that begins with it; null when nothing is. */
    public static @org.jspecify.annotations.Nullable String problem(String name) {
        if (name.isBlank()) {
            return "is blank; give it at least one visible character";
        }
        if (name.length() > MAX_LENGTH) {
            return "has " + name.length() + " characters; at most " + MAX_LENGTH + " are allowed";
        }
        for (int i = 0; i < name.length(); i++) {
            if (isForbidden(name.charAt(i))) {
                return "has a control character at index " + i + "; remove it";
            }
            if (isHalfPair(name, i)) {
                return "has half a surrogate pair at index " + i + ", which databases change; remove it";
            }
        }
        return null;
    }

    /** Whether {@code text} has none of the characters that names may not have, and can stand in a log as it is. */
    public static boolean isPrintable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isForbidden(text.charAt(i)) || isHalfPair(text, i)) {
                return false;
            }
        }
        return true;
    }

    /** {@code name} in quotes, cut to a readable length and with control characters escaped, safe to log. */
    public static String quoted(String name) {
        StringBuilder out = new StringBuilder("\"");
        int end = Math.min(name.length(), MAX_LENGTH);
        for (int i = 0; i < end; i++) {
            char c = name.charAt(i);
            if (isForbidden(c) || isHalfPair(name, i)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append(end < name.length() ? "…\"" : "\"").toString();
    }

    private static boolean isHalfPair(String name, int at) {
        char c = name.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 == name.length() || !Character.isLowSurrogate(name.charAt(at + 1));
        }
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(name.charAt(at - 1)));
    }

    /** Control characters forge log lines; bidirectional overrides make a name read as another one. */
    private static boolean isForbidden(char c) {
        return Character.isISOControl(c)
                || (c >= '\u202A' && c <= '\u202E')
                || (c >= '\u2066' && c <= '\u2069')
                || c == '\u2028'
                || c == '\u2029';
    }
}
