package dev.perdure.core.machine;

import dev.perdure.core.Path;
import dev.perdure.core.definition.Answer;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.Call;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.List;

/** What is to be done once the entries of the same transition, and all before them, are durable. */
public sealed interface Action {
    /**
     * Start an attempt of a step.
     *
     * @param scope the block whose scope the body runs in; the root for none
     * @param context the snapshot that the body sees
     * @param branches what a merge function merges; empty for any other body
     */
    record StartBody(Path path, Path scope, int attempt, Step step, Context context, List<BranchResult> branches)
            implements Action {}

    /** Run workflow code from its begin; {@code start} has its body in the place of a step's, and its life as the attempt. */
    record StartCode(StartBody start) implements Action {}

    /** Answer what workflow code asked for. */
    record Reply(Path code, int life, long ask, Answer answer) implements Action {}

    /** Ask a running body to end. */
    record CancelBody(Path path, int attempt) implements Action {}

    /** Send a {@link Event.TimerFired} at {@code due}. */
    record SetTimer(Path path, int attempt, TimerKind kind, Instant due) implements Action {}

    /**
     * Open the scope of a block.
     *
     * @param parent the scope around it
     * @param branches how many branches it has
     */
    record OpenScope(Path block, Path parent, int branches) implements Action {}

    /** Close the scope of a block, whose bodies have all ended. */
    record CloseScope(Path block) implements Action {}

    /** Make a token for a callback and send a {@link Event.TokenMade}; the attempt's body is to see it. */
    record MakeToken(Path path, int attempt) implements Action {}

    /**
     * Start a child run, or attach to the one that was started before, and send a {@link Event.ChildStarted} or {@link
     * Event.ChildEnded}.
     *
     * @param isRetry whether a child that failed or was cancelled is to be retried
     */
    record AttendChild(Path path, Call call, Payload input, boolean isRetry) implements Action {}

    /** Cancel a child run, if it was started, and send a {@link Event.ChildEnded} when it has ended or if there is none. */
    record CancelChild(Path path) implements Action {}
}
