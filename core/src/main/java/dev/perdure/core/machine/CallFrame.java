package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Call;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A child run. That the wait for it began is recorded before it is started, and starting it is idempotent, so a crash in
 * between is made good when the run is taken up again.
 */
final class CallFrame extends WaitFrame {
    private final Call call;
    /** The child is being started or looked for: the run must not be let out of memory before that is known. */
    private boolean isAttending;

    CallFrame(Wiring wiring, Parent parent, Call call, Path path, Path scope) {
        super(wiring, parent, new Head(Call.INPUT, call.input()), path, scope);
        this.call = call;
    }

    @Override
    @Nullable
    Instant dueFrom(Instant at) {
        return null;
    }

    @Override
    OpenNode.State waitState() {
        return OpenNode.State.CALLING;
    }

    @Override
    Map<String, @Nullable Object> detail() {
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("workflow", call.workflow());
        detail.put("version", (long) call.version());
        return detail;
    }

    @Override
    void waiting(boolean isAgain, Instant at) {
        wiring.act(new Action.AttendChild(path(), call, said(), isAgain));
        wiring.busier();
        isAttending = true;
    }

    void childStarted(Event.ChildStarted event) {
        attended();
        if (isWaiting() && call.isDetached()) {
            emitCompleted(Payload.of(event.childId()), List.of(), false, event.at());
        }
    }

    private void attended() {
        if (isAttending) {
            isAttending = false;
            wiring.lessBusy();
        }
    }

    void childEnded(Event.ChildEnded event) {
        attended();
        if (!isWaiting()) {
            return;
        }
        Payload output = event.output();
        if (isCancelling()) {
            emitStopped(event.at());
        } else if (event.status() == RunStatus.COMPLETED) {
            emitCompleted(output == null ? Payload.NULL : output, List.of(), false, event.at());
        } else {
            emitFailed(StepStatus.FAILED, failure(event), event.at());
        }
    }

    private Failure failure(Event.ChildEnded event) {
        Failure why = event.failure();
        String message = "the run of \"" + call.workflow() + "\" that \"" + path() + "\" called ended " + event.status()
                + (why == null ? "" : ": " + why.describe());
        return new Failure(
                ErrorCode.CHILD_FAILED.name(),
                message,
                ErrorCode.CHILD_FAILED,
                path(),
                1,
                "",
                why == null ? List.of() : List.of(why));
    }

    @Override
    boolean cancelOutside(Instant at) {
        wiring.act(new Action.CancelChild(path()));
        return true;
    }

    @Override
    void timedOut(Instant at) {
        throw new IllegalStateException("a call has no timer");
    }
}
