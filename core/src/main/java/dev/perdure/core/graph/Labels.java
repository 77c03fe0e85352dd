package dev.perdure.core.graph;

/** What no label shows as it is, in any format. */
final class Labels {
    private Labels() {}

    /** Control characters, line ends, half pairs, and what turns the direction of the text behind it. */
    static boolean isInvisible(int c) {
        return Character.isISOControl(c)
                || Character.getType(c) == Character.SURROGATE
                || c == 0x2028
                || c == 0x2029
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
    }
}
