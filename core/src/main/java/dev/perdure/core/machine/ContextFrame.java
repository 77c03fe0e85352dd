package dev.perdure.core.machine;

import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import java.util.ArrayList;
import java.util.List;

/** What has a context of its own, which the nodes in it change one after the other. */
abstract sealed class ContextFrame extends Frame implements Parent permits SequenceFrame, CodeFrame {
    private Context context = Context.EMPTY;
    private final List<Changes> diffs = new ArrayList<>();

    ContextFrame(Wiring wiring, Parent parent, Path path, Path scope) {
        super(wiring, parent, path, scope);
    }

    final Context context() {
        return context;
    }

    /** The context that {@code changes} lead to, by what is done beside the nodes in it. */
    final void change(Changes changes) {
        context = context.with(changes);
    }

    final void beginContext() {
        context = base();
        diffs.clear();
    }

    /** Takes over what a node changed that completed. */
    final void absorb(RunMachine.Ending ending) {
        if (ending.status() == StepStatus.COMPLETED) {
            change(ending);
        }
    }

    /** Takes over what a node changed, however it ended. */
    final void change(RunMachine.Ending ending) {
        context = context.with(ending.changes());
        if (!path().isRoot() && !ending.changes().isEmpty()) {
            diffs.add(ending.changes());
        }
    }

    /** What its nodes changed so far; of the root nothing, since its context is the run's. */
    final Changes changes() {
        return Changes.all(diffs);
    }
}
