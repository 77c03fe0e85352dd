package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What workflow code can see and ask for, in terms of plain data; each language wraps it in a typed one. Thread-safe. */
public interface CodeContext extends BodyContext {
    /** Asks the run for something. One thing at a time: a second one is refused while the first has no answer. */
    Asked ask(Ask what);

    /**
     * As {@link #ask}, by a thread that has nothing else to do until there is an answer, or it is interrupted: it may be made use
     * of meanwhile.
     */
    default Asked askAndHelp(Ask what) {
        return ask(what);
    }

    /** The time, by the engine's clock. */
    Instant now();

    /**
     * Decodes what a run answered.
     *
     * @throws dev.perdure.core.PerdureException NOT_DECODABLE; the run is then BLOCKED, whatever the code makes of it
     */
    <T extends @Nullable Object> T decode(Path path, Payload output, ValueType<T> type);

    /** Something that was asked for. */
    interface Asked {
        /** Completes normally, with whatever came of it. */
        CompletableFuture<Answer> answer();

        /**
         * The code does not wait for it any more: it is cancelled, or what came of it is recorded as not taken. Completes once
         * that is durable.
         */
        CompletableFuture<Void> giveUp();
    }
}
