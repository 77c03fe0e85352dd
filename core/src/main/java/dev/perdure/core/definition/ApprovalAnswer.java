package dev.perdure.core.definition;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Somebody's answer to an {@link ApprovalRequest}. Immutable.
 *
 * @param choice one of the approval's choices
 * @param by who answered; null when it was not said
 * @param comment what else was said; null for nothing
 * @param at when, to the millisecond
 */
public record ApprovalAnswer(
        String choice, @Nullable String by, @Nullable String comment, Instant at) {
    /** When only: no log ever shows a value. */
    @Override
    public String toString() {
        return "ApprovalAnswer[" + at + "]";
    }
}
