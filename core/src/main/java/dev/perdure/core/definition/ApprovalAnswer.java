package dev.perdure.core.definition;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What somebody decided.
 *
 * @param by who, as whoever passed the answer on says
 * @param comment why; null for none
 * @param at when
 */
public record ApprovalAnswer(
        String choice, String by, @Nullable String comment, Instant at) {

    /** The recorded form. */
    public Map<String, @Nullable Object> toPlain() {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("choice", choice);
        plain.put("by", by);
        plain.put("comment", comment);
        plain.put("at", at.toString());
        return plain;
    }

    /** The inverse of {@link #toPlain()}. */
    public static ApprovalAnswer fromPlain(@Nullable Object plain) {
        Map<?, ?> map = plain instanceof Map<?, ?> found ? found : Map.of();
        return new ApprovalAnswer(
                String.valueOf(map.get("choice")),
                String.valueOf(map.get("by")),
                map.get("comment") instanceof String comment ? comment : null,
                Instant.parse(String.valueOf(map.get("at"))));
    }
}
