package dev.perdure.core.journal;

import dev.perdure.core.EncodedText;
import dev.perdure.core.Json;
import dev.perdure.core.Plain;
import org.jspecify.annotations.Nullable;

/**
 * A recorded value, as the text that the store keeps.
 *
 * @param text JSON as {@link Json} writes it
 */
public record Payload(String text) {
    /** The payload of null. */
    public static final Payload NULL = new Payload("null");

    /** Refuses what a payload codec made of a payload: taken for the payload, it would be recorded again elsewhere. */
    public Payload {
        EncodedText.requireReadable(text);
    }

    /** The payload of a value in plain data. */
    public static Payload of(@Nullable Object plain) {
        return plain == null ? NULL : new Payload(Json.write(Plain.of(plain)));
    }

    /** The value as plain data; parsed at each call. */
    public @Nullable Object plain() {
        return Json.read(text);
    }

    /** The size only, so that no log ever shows a value. */
    @Override
    public String toString() {
        return "Payload[" + text.length() + " characters]";
    }
}
