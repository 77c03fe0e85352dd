package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Choose;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One of several clauses: the choice first, then the clause that it names, if any, then what makes the output of it. */
final class ChooseFrame extends Frame implements Parent {
    private final Choose choose;
    private final StepFrame choice;
    private Context context = Context.EMPTY;
    private Changes changes = Changes.NONE;
    private Instant begunAt = Instant.EPOCH;
    private @Nullable SequenceFrame clause;
    /** What makes the output; null before its turn. */
    private @Nullable StepFrame tail;

    private @Nullable String taken;

    ChooseFrame(Wiring wiring, Parent parent, Choose choose, Path path, Path scope) {
        super(wiring, parent, path, scope);
        this.choose = choose;
        this.choice = new StepFrame(wiring, this, choose.choice(), path.part(Choose.CHOICE), scope)
                .checkedBy(output -> unknown(output.plain()));
    }

    private @Nullable Failure unknown(@Nullable Object name) {
        if (name == null || clause(name).isPresent()) {
            return null;
        }
        return Failure.of(
                ErrorCode.INVALID_TARGET,
                "choose \"" + path() + "\" chose \"" + name + "\", which is none of its clauses "
                        + choose.clauses().stream().map(Sequence::name).toList(),
                path());
    }

    private Optional<Sequence> clause(Object name) {
        return choose.clauses().stream()
                .filter(sequence -> sequence.name().equals(name))
                .findFirst();
    }

    @Override
    void onBegin(Instant at) {
        begunAt = at;
        choice.register();
        choice.takePlace(base(), at);
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        if (ending.status() != StepStatus.COMPLETED) {
            boolean isCancelled = ending.status() == StepStatus.CANCELLED;
            finish(isCancelled ? StepStatus.CANCELLED : StepStatus.FAILED, null, ending.failure(), ending.at());
        } else if (child == choice) {
            chosen(ending);
        } else {
            changes = changes.then(ending.changes());
            ran(clause == null ? null : clause.output(), ending.at());
        }
    }

    /** A clause has run, or none is to, or what came of it is known. */
    private void ran(@Nullable Payload output, Instant at) {
        Step yield = choose.yield();
        if (yield == null) {
            finish(StepStatus.COMPLETED, output, null, at);
        } else if (tail == null) {
            StepFrame frame = new StepFrame(wiring, this, yield, path().part(Choose.YIELD), scope);
            tail = frame;
            frame.register();
            frame.takePlace(base().with(changes), at);
        } else {
            finish(StepStatus.COMPLETED, null, null, at);
        }
    }

    private void chosen(RunMachine.Ending ending) {
        changes = ending.changes();
        context = base().with(changes);
        Payload output = Objects.requireNonNull(wiring.values.output(choice.path()), "the choice has completed");
        Object name = output.plain();
        Sequence found = name == null ? null : clause(name).orElseThrow(() -> gone(name));
        if (found == null) {
            ran(Payload.NULL, ending.at());
        } else {
            taken = found.name();
            SequenceFrame frame = new SequenceFrame(
                    wiring, this, new SequenceFrame.Body("clause", found), path().child(found.name()), scope);
            clause = frame;
            frame.register();
            frame.takePlace(context, ending.at());
        }
    }

    private IncompatibleJournalException gone(Object name) {
        return new IncompatibleJournalException(
                "the journal has that \"" + path() + "\" chose \"" + name
                        + "\", which the definition has no clause for."
                        + " Register a version of the workflow that has it",
                path());
    }

    private void finish(StepStatus status, @Nullable Payload output, @Nullable Failure failure, Instant at) {
        boolean isByCondition = taken != null && !taken.equals(choose.otherwise());
        BlockSummary summary = BlockSummary.ofChoice(taken, isByCondition);
        wiring.emitDerived(new Entry.BlockEnded(
                path(), choose.kind(), status, output, Changes.NONE, failure, summary, null, begunAt, at));
    }

    @Override
    void apply(Entry entry) {
        Entry.BlockEnded ended = requireDueEnd(entry);
        if (ended.output() != null) {
            wiring.values.completed(path(), ended.output());
        }
        boolean isDone = ended.status() == StepStatus.COMPLETED;
        end(ended.status(), isDone ? changes : Changes.NONE, ended.failure(), ended.at());
    }

    @Override
    void onCancel(Instant at) {
        current().cancel(at);
    }

    private Frame current() {
        if (tail != null) {
            return tail;
        }
        return clause == null ? choice : clause;
    }

    @Override
    void cancelledInQueue(Instant at) {
        finish(StepStatus.CANCELLED, null, null, at);
    }

    @Override
    void onReopen(Instant at) {
        Frame frame = current();
        frame.park();
        frame.takePlace(clause == null ? base() : context, at);
    }

    @Override
    void onRecover(Instant at) {
        // Its choice or clause recovers by itself.
    }
}
