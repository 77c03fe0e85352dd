package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A loop over a list: the list first, then its items, at most {@code concurrency} at once, then what makes its output of them. */
final class ForEachFrame extends Frame implements Parent {
    /** So many conflicts between items are named in the journal; of more, their number. */
    private static final int MOST_WARNINGS = 10;

    private final ForEach loop;
    private final Path holderScope;
    private final StepFrame items;
    private Instant begunAt = Instant.EPOCH;
    private @Nullable ItemTally tally;
    private Context context = Context.EMPTY;
    /** Items that have begun and not completed, by index: active, or ended without success. */
    private final Map<Integer, SequenceFrame> open = new TreeMap<>();

    private int active;
    private int next;
    private boolean isSettled;
    private Changes merged = Changes.NONE;
    /** What makes the output; null before its turn. */
    private @Nullable StepFrame tail;

    ForEachFrame(Wiring wiring, Parent parent, ForEach loop, Path path, Path scope) {
        super(wiring, parent, path, scope);
        this.loop = loop;
        this.holderScope = scope;
        this.items = new StepFrame(wiring, this, loop.items(), path.part(ForEach.ITEMS), scope)
                .checkedBy(output -> notAList(output.plain()));
    }

    private @Nullable Failure notAList(@Nullable Object plain) {
        return plain instanceof List<?>
                ? null
                : Failure.of(
                        ErrorCode.INVALID_ITEMS,
                        "the items of loop \"" + path() + "\" must be a list, found "
                                + (plain == null ? "null" : plain.getClass().getSimpleName())
                                + "; yield an empty list where there is nothing to do",
                        path());
    }

    @Override
    void onBegin(Instant at) {
        begunAt = at;
        context = base();
        items.register();
        items.takePlace(base(), at);
    }

    private void begin(Instant at) {
        Payload list = wiring.values.output(items.path());
        List<?> values =
                (List<?>) Objects.requireNonNull(Objects.requireNonNull(list).plain());
        wiring.values.items(path(), values);
        tally = new ItemTally(loop, path(), values.size());
        openScope();
        goOn(at);
    }

    private ItemTally tally() {
        return Objects.requireNonNull(tally, "items begin after their list is known");
    }

    private void openScope() {
        if (tally != null) {
            wiring.act(new Action.OpenScope(path(), holderScope, tally.total()));
        }
    }

    /** Gives free places to items, in order, and ends when there is nothing more to do. */
    private void goOn(Instant at) {
        while (active < loop.concurrency() && !isSettled && !isCancelling() && next < tally().total()) {
            int index = next++;
            if (!tally().isCompleted(index)) {
                start(index, at);
            }
        }
        if (active == 0) {
            itemsEnded(at);
        }
    }

    private void start(int index, Instant at) {
        SequenceFrame item = open.get(index);
        if (item == null) {
            item = new SequenceFrame(
                    wiring, this, new SequenceFrame.Body("item", loop.body()), path().item(index), path());
            open.put(index, item);
            item.register();
        } else {
            item.park();
        }
        active++;
        item.takePlace(isSequential() ? context : base(), at);
    }

    private boolean isSequential() {
        return loop.concurrency() == 1;
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        if (child == items) {
            itemsKnown(ending);
            return;
        }
        if (child == tail) {
            tailEnded(ending);
            return;
        }
        active--;
        SequenceFrame item = (SequenceFrame) child;
        int index = Objects.requireNonNull(item.path().index());
        tally().ended(index, ending, item.output());
        if (ending.status() == StepStatus.COMPLETED) {
            open.remove(index);
            context = isSequential() ? context.with(ending.changes()) : context;
        } else if (ending.status() != StepStatus.CANCELLED
                && loop.onError() == ForEach.OnError.FAIL_FAST
                && !isSettled) {
            isSettled = true;
            List.copyOf(open.values()).forEach(other -> other.cancel(ending.at()));
        }
        goOn(ending.at());
    }

    private void itemsKnown(RunMachine.Ending ending) {
        if (ending.status() == StepStatus.COMPLETED) {
            context = base().with(ending.changes());
            begin(ending.at());
        } else {
            boolean isCancelled = ending.status() == StepStatus.CANCELLED;
            finish(isCancelled ? StepStatus.CANCELLED : StepStatus.FAILED, null, ending.failure(), ending.at());
        }
    }

    private void itemsEnded(Instant at) {
        isSettled = true;
        Failure failure = tally().failure();
        if (isCancelling()) {
            finish(StepStatus.CANCELLED, null, null, at);
        } else if (failure != null) {
            finish(StepStatus.FAILED, null, failure, at);
        } else {
            merge(at);
        }
    }

    private void merge(Instant at) {
        BranchMerge.Result result = tally().merge(base());
        if (result.conflict() != null) {
            finish(StepStatus.FAILED, null, Failure.of(ErrorCode.MERGE_CONFLICT, result.conflict(), path()), at);
            return;
        }
        List<String> warnings = result.warnings();
        warnings.stream().limit(MOST_WARNINGS).forEach(warning -> wiring.emit(new Entry.Warned(path(), warning, at)));
        if (warnings.size() > MOST_WARNINGS) {
            String more = "and " + (warnings.size() - MOST_WARNINGS) + " conflicts more between items of this loop";
            wiring.emit(new Entry.Warned(path(), more, at));
        }
        merged = result.changes().then(tally().errorsAsChanges());
        Step yield = loop.yield();
        if (yield != null) {
            startTail(yield, at);
        } else {
            finish(StepStatus.COMPLETED, loop.body().result() == null ? null : tally().outputs(), null, at);
        }
    }

    private void startTail(Step yield, Instant at) {
        StepFrame frame = new StepFrame(wiring, this, yield, path().part(ForEach.YIELD), path());
        tail = frame;
        frame.register();
        frame.takePlace(base().with(merged), at);
    }

    private void tailEnded(RunMachine.Ending ending) {
        boolean isCancelled = ending.status() == StepStatus.CANCELLED;
        if (ending.status() == StepStatus.COMPLETED) {
            merged = merged.then(ending.changes());
            finish(StepStatus.COMPLETED, null, null, ending.at());
        } else {
            finish(isCancelled ? StepStatus.CANCELLED : StepStatus.FAILED, null, ending.failure(), ending.at());
        }
    }

    private void finish(StepStatus status, @Nullable Payload output, @Nullable Failure failure, Instant at) {
        wiring.emitDerived(new Entry.BlockEnded(
                path(),
                loop.kind(),
                status,
                output,
                Changes.NONE,
                failure,
                tally == null ? ItemTally.NONE : tally.summary(),
                null,
                begunAt,
                at));
    }

    @Override
    void apply(Entry entry) {
        Entry.BlockEnded ended = requireDueEnd(entry);
        if (tally != null) {
            wiring.act(new Action.CloseScope(path()));
        }
        if (ended.output() != null) {
            wiring.values.completed(path(), ended.output());
        }
        boolean isDone = ended.status() == StepStatus.COMPLETED;
        end(ended.status(), isDone ? merged : Changes.NONE, ended.failure(), ended.at());
    }

    @Override
    void onCancel(Instant at) {
        if (tally == null) {
            items.cancel(at);
        } else if (tail != null) {
            tail.cancel(at);
        } else {
            List.copyOf(open.values()).forEach(item -> item.cancel(at));
        }
    }

    @Override
    void cancelledInQueue(Instant at) {
        finish(StepStatus.CANCELLED, null, null, at);
    }

    @Override
    void onReopen(Instant at) {
        isSettled = false;
        if (tally == null) {
            items.park();
            items.takePlace(base(), at);
            return;
        }
        if (tail != null) {
            openScope();
            tail.park();
            tail.takePlace(base(), at);
            return;
        }
        tally = tally.reopened();
        next = 0;
        openScope();
        goOn(at);
    }

    @Override
    void onRecover(Instant at) {
        openScope();
    }
}
