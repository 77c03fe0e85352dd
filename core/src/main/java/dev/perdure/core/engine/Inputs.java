package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Placement;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Timekeeper;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Makes runs of what start calls are given. Thread-safe. */
final class Inputs {
    private final Timekeeper time;
    private final int maxPayloadLength;

    Inputs(Timekeeper time, int maxPayloadLength) {
        this.time = time;
        this.maxPayloadLength = maxPayloadLength;
    }

    /** A run that is to be started. */
    RunRecord newRun(Workflow<?, ?> workflow, String runId, Payload input, StartOptions options) {
        Instant now = time.now();
        Placement placement = options.placement(now);
        Duration timeout = workflow.timeout();
        Instant deadline = options.deadline();
        boolean isCounting = timeout != null && !placement.isHeldBack(); // else it counts from when the run begins
        if (isCounting && (deadline == null || now.plus(timeout).isBefore(deadline))) {
            deadline = now.plus(timeout);
        }
        return StartRequest.record(workflow, runId, input, null, now, deadline).placed(placement);
    }

    /** A run of a workflow that is known by name only. */
    RunRecord newRun(StartRequest.Named workflow, String runId, Payload input, StartOptions options) {
        Instant now = time.now();
        return StartRequest.record(workflow, runId, input, now, options.deadline())
                .placed(options.placement(now));
    }

    /**
     * What is recorded of a workflow's input.
     *
     * @throws PerdureException NOT_ENCODABLE or LIMIT_EXCEEDED
     */
    @SuppressWarnings("unchecked") // a value of another type is refused by its encoding
    Payload encode(Workflow<?, ?> workflow, @Nullable Object input) {
        Payload payload;
        try {
            payload = Payload.of(
                    ((Workflow<@Nullable Object, ?>) workflow).input().encode(input));
        } catch (ClassCastException | PerdureException unfit) {
            String found = input == null ? "null" : input.getClass().getName();
            throw new PerdureException(
                    ErrorCode.NOT_ENCODABLE,
                    "the input of workflow " + Names.quoted(workflow.name()) + " cannot be recorded: expected "
                            + workflow.input().name() + ", found " + found + ": " + unfit.getMessage(),
                    unfit);
        }
        if (payload.text().length() > maxPayloadLength) {
            throw new PerdureException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "the input has " + payload.text().length() + " characters as JSON; at most " + maxPayloadLength
                            + " are allowed (maxPayloadLength). Keep the data elsewhere and pass a reference to it");
        }
        return payload;
    }
}
