package dev.perdure.core.engine;

import dev.perdure.core.machine.Action;
import java.time.Instant;

/** One execution of workflow code. Thread-safe. */
final class CodeRun extends BodyRun {
    private final CodeAttempt context;

    CodeRun(RunDriver driver, Action.StartBody start, CodeAttempt context, Instant startedAt, int maxPayloadLength) {
        super(driver, start, context, startedAt, maxPayloadLength);
        this.context = context;
    }

    void answer(Action.Reply reply) {
        context.answer(reply);
    }

    /** Code that waits for an answer is forgotten where that is possible; any other is told to leave. */
    @Override
    void letGo() {
        if (context.isWaiting() && forget()) {
            abandon();
        } else {
            context.leave();
            cancel();
        }
    }

    @Override
    boolean isCode() {
        return true;
    }
}
