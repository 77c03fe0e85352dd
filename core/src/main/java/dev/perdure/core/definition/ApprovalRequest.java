package dev.perdure.core.definition;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What somebody is asked to decide.
 *
 * @param prompt the question
 * @param metadata what helps to answer it, in plain data
 * @param choices what can be answered; empty for anything
 */
public record ApprovalRequest(
        String prompt, Map<String, @Nullable Object> metadata, List<String> choices) {

    /** The recorded form. */
    public Map<String, @Nullable Object> toPlain() {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("prompt", prompt);
        plain.put("metadata", metadata);
        plain.put("choices", choices);
        return plain;
    }

    /** The inverse of {@link #toPlain()}; what is absent reads as empty. */
    @SuppressWarnings("unchecked") // metadata is recorded as a map
    public static ApprovalRequest fromPlain(@Nullable Object plain) {
        Map<?, ?> map = plain instanceof Map<?, ?> found ? found : Map.of();
        return new ApprovalRequest(
                map.get("prompt") instanceof String prompt ? prompt : "",
                map.get("metadata") instanceof Map<?, ?> metadata
                        ? (Map<String, @Nullable Object>) metadata
                        : Map.of(),
                map.get("choices") instanceof List<?> choices
                        ? choices.stream().map(String::valueOf).toList()
                        : List.of());
    }
}
