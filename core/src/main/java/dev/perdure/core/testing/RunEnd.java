package dev.perdure.core.testing;

import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.RunRecord;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a run ended, or where it stands when nothing moves it any more. Immutable.
 *
 * @param output in plain data; null unless it completed, and where it has none
 * @param context in plain data, as of its last snapshot
 * @param errorType the type of what the run failed with; null for none
 */
public record RunEnd(
        RunStatus status,
        @Nullable Object output,
        Map<String, @Nullable Object> context,
        @Nullable String errorType) {
    public RunEnd {
        context = Collections.unmodifiableMap(new LinkedHashMap<>(context));
    }

    @SuppressWarnings("unchecked") // a context is stored as a map
    static RunEnd of(RunRecord run) {
        Object context = run.context() == null ? Map.of() : Json.read(run.context());
        return new RunEnd(
                run.status(),
                run.output() == null ? null : Json.read(run.output()),
                (Map<String, @Nullable Object>) Objects.requireNonNull(context),
                run.error() == null
                        ? null
                        : Failure.fromPlain(Json.read(run.error())).type());
    }

    /** Everything of it: it is for reports of tests, whose values are made up. */
    @Override
    public String toString() {
        return status + (errorType == null ? "" : " (" + errorType + ")") + ", output " + Json.write(output)
                + ", context " + Json.write(context);
    }
}
