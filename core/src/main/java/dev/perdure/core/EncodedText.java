package dev.perdure.core;

import org.jspecify.annotations.Nullable;

/**
 * Texts that stand in a store where a payload's JSON would, because a payload codec made them of it. They begin with a mark that
 * no JSON begins with, so that nobody takes the one for the other: what was stored before there was a codec stays readable, and
 * an engine without the codec says so instead of guessing.
 *
 * <p>A text that could not be decoded is kept in memory with the reason in front of it, and is stored again as it was.
 */
public final class EncodedText {
    private static final String STORED = "perdure:";
    private static final String UNREADABLE = "perdure!";
    private static final char END = ':';

    private EncodedText() {}

    /** Whether the text is no JSON but what a codec made of it. */
    public static boolean isEncoded(String text) {
        return !text.isEmpty() && text.charAt(0) == 'p' && (text.startsWith(STORED) || text.startsWith(UNREADABLE));
    }

    /** The text to store for what the codec with this name gave. */
    public static String of(String codec, String encoded) {
        return STORED + codec + END + encoded;
    }

    /** The name of the codec that made a text; null where it says none. */
    public static @Nullable String codec(String text) {
        String stored = stored(text);
        int end = stored.indexOf(END, STORED.length());
        return end < 0 || !stored.startsWith(STORED) ? null : stored.substring(STORED.length(), end);
    }

    /** What the codec gave: the rest of {@link #of}. */
    public static String encoded(String text) {
        String stored = stored(text);
        return stored.substring(stored.indexOf(END, STORED.length()) + 1);
    }

    /** The text as a store keeps it. */
    public static String stored(String text) {
        return text.startsWith(UNREADABLE) ? text.substring(text.indexOf('\n') + 1) : text;
    }

    /** The text in memory, with the reason for which it cannot be decoded; {@code reason} shows nothing of the payload. */
    public static String unreadable(String text, String reason) {
        return UNREADABLE + reason.replace('\n', ' ') + '\n' + stored(text);
    }

    /** Why the text is no JSON, in words that follow "it cannot be read: ". */
    public static String reason(String text) {
        if (!text.startsWith(UNREADABLE)) {
            return "payload codec " + Names.quoted(String.valueOf(codec(text)))
                    + " encoded it, and none was given here";
        }
        int end = text.indexOf('\n');
        if (end < 0) {
            return "it begins as no codec's text does";
        }
        String reason = text.substring(UNREADABLE.length(), end);
        return Names.isPrintable(reason) ? reason : Names.quoted(reason);
    }

    /**
     * Lets JSON pass.
     *
     * @throws PerdureException UNREADABLE_PAYLOAD for a text that a codec made
     */
    public static void requireReadable(String text) {
        if (isEncoded(text)) {
            throw new PerdureException(
                    ErrorCode.UNREADABLE_PAYLOAD,
                    "a payload cannot be read: " + reason(text)
                            + ". Give the engine or client the payload codec and keys that it was written with");
        }
    }
}
