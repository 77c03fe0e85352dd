package dev.perdure.core.definition;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an approval asks. It is recorded, and listed with its run's waits until somebody answers.
 *
 * <pre>{@code
 * new ApprovalRequest("Pay the invoice?", Map.of("amount", 1200, "supplier", "Lamps Ltd"))
 * }</pre>
 *
 * @param prompt the question
 * @param metadata what the answerer needs to know; plain values, or what the workflow's codec can encode by its class
 */
public record ApprovalRequest(String prompt, Map<String, ? extends @Nullable Object> metadata) {
    // Not the compact form: javac drops the null annotations of its parameter.
    public ApprovalRequest(String prompt, Map<String, ? extends @Nullable Object> metadata) {
        this.prompt = prompt;
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** How much is asked: no log ever shows a value. */
    @Override
    public String toString() {
        return "ApprovalRequest[" + prompt.length() + " characters, " + metadata.size() + " fields]";
    }

    /** A request that says no more than its question. */
    public ApprovalRequest(String prompt) {
        this(prompt, Map.of());
    }
}
