package dev.perdure.core.engine;

import dev.perdure.core.Failure;
import dev.perdure.core.machine.BodyOutcome;
import dev.perdure.core.machine.Event;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of the messages of failures what must not be recorded. It comes before the machine, so that whoever reads a message
 * sees the same in a run and in its resume. Thread-safe, as the function is.
 */
final class Redaction {
    /** Takes out nothing. */
    static final Redaction NONE = new Redaction(null);

    private final @Nullable UnaryOperator<String> words;

    Redaction(@Nullable UnaryOperator<String> words) {
        this.words = words;
    }

    Event.BodyEnded of(Event.BodyEnded end) {
        if (words == null || !(end.outcome() instanceof BodyOutcome.Failed failed)) {
            return end;
        }
        BodyOutcome outcome = new BodyOutcome.Failed(of(failed.failure()), failed.isRetryable());
        return new Event.BodyEnded(end.path(), end.attempt(), outcome, end.startedAt(), end.at(), end.draw());
    }

    Failure of(Failure failure) {
        UnaryOperator<String> given = words;
        return given == null ? failure : failure.withMessages(message -> reworded(given, message));
    }

    /** One that fails must neither keep a step from failing nor let anything through. */
    private static String reworded(UnaryOperator<String> words, String message) {
        try {
            String other = words.apply(message);
            return other == null ? "" : other;
        } catch (RuntimeException | Error failed) {
            return "(withheld: the redactor failed with " + failed.getClass().getName() + ")";
        }
    }
}
