package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.Row;
import dev.perdure.core.machine.BodyOutcome;
import dev.perdure.core.machine.Event;
import dev.perdure.core.spi.OpenTransaction;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Transactions;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of an atomic step. Its body's thread does the work. When the body has returned, the run's strand is asked
 * whether its end is still wanted, and waits there until that is recorded or known not to be: so nothing else happens to the
 * run meanwhile, and the rows that the transaction records are those that the machine comes to next.
 *
 * <p>The turn to commit is taken before the strand is asked, so of all strands only one at a time waits, for one that goes on
 * by itself. Where the store has one writer, it is taken before the transaction begins.
 */
final class AtomicTry implements Transactions.Work, TurnHolder {
    private static final long PAUSE_MILLIS = 100;

    private final AtomicRun run;
    private final Transactions transactions;
    private final Committer committer;
    private final CompletableFuture<Optional<Write.Append>> wanted = new CompletableFuture<>();
    private final CompletableFuture<Ending> ending = new CompletableFuture<>();
    private List<PendingWrite> others = List.of();
    private List<WriteResult> results = List.of();
    private Write.@Nullable Append write;
    private @Nullable StoreException trouble;
    private volatile @Nullable OpenTransaction open;
    private volatile boolean isAborted;

    AtomicTry(AtomicRun run, Transactions transactions) {
        this.run = run;
        this.transactions = transactions;
        this.committer = run.services().committer();
    }

    /** What became of a transaction in which the end of the body was to be recorded. */
    private enum Ending {
        RECORDED,
        /** Nothing of it is durable, for a reason that may pass. */
        AGAIN,
        /** Nothing of it is durable, and trying again is for the step's retries to say. */
        FAILED,
        /** It is not for this engine to know: the run is another one's, or the engine closes. */
        LET_GO
    }

    /** The transaction is to be rolled back; then {@code afterwards} is called. */
    private static final class RolledBack extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Runnable afterwards;

        RolledBack(Runnable afterwards) {
            super("rolled back", null, false, false);
            this.afterwards = afterwards;
        }
    }

    /** Carries what the body threw past the store, which has errors of its own. */
    private static final class Thrown extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Exception byBody;

        Thrown(Exception byBody) {
            super("the body threw", byBody, false, false);
            this.byBody = byBody;
        }
    }

    /**
     * Does everything, on the calling thread.
     *
     * @return false where all of it is to be done again
     * @throws Exception what the body threw, or an error of the store's that will not pass
     */
    boolean perform() throws Exception {
        try {
            if (transactions.isExclusive()) {
                takeTurn();
            }
            transactions.run(committer.lease(), run.limit(), this);
            committer.tell(others, results);
            return end(Ending.RECORDED);
        } catch (RolledBack end) {
            end.afterwards.run();
            return true;
        } catch (Thrown thrown) {
            throw thrown.byBody;
        } catch (StoreException failed) {
            trouble = failed;
            return write == null ? failedBefore(failed) : end(endingOf(failed, write));
        } catch (RuntimeException | Error defect) {
            if (write != null) {
                end(Ending.LET_GO);
            }
            throw defect;
        } finally {
            committer.giveBack(this);
        }
    }

    private void takeTurn() throws InterruptedException {
        try {
            committer.takeTurn(this);
        } catch (PerdureException closed) { // the next engine does it
            throw new RolledBack(run::cancelled);
        }
    }

    private boolean failedBefore(StoreException failed) {
        if (failed.code() == ErrorCode.OWNERSHIP_LOST) {
            run.driver().letGo(LetGo.VOID);
            run.cancelled();
            return true;
        }
        if (failed.isTransient() && !isAborted) {
            return false;
        }
        throw failed;
    }

    @Override
    public List<Write> body(OpenTransaction transaction) {
        open = transaction;
        if (isAborted) {
            throw new RolledBack(run::cancelled);
        }
        run.hasTransaction();
        BodyOutcome outcome;
        try {
            outcome = run.outcome(run.atomicBody().run(run.seen(), transaction));
            transaction.close();
            if (!transactions.isExclusive()) {
                takeTurn();
            }
        } catch (StoreException | RolledBack unfit) {
            throw unfit;
        } catch (Exception thrown) {
            throw new Thrown(thrown);
        }
        if (!(outcome instanceof BodyOutcome.Completed) || run.seen().unreadable() != null) {
            throw new RolledBack(() -> run.report(outcome));
        }
        Write.Append own = propose(outcome).orElseThrow(() -> new RolledBack(run::cancelled));
        write = own;
        others = committer.takeWaiting();
        List<Write> all = new ArrayList<>();
        others.forEach(other -> all.add(other.write()));
        all.add(own);
        return all;
    }

    /** Waits for the strand, interrupted or not: it is the one to say whether the end is wanted. */
    private Optional<Write.Append> propose(BodyOutcome outcome) {
        run.driver().strand().execute(() -> meet(run.end(outcome, run.driver().now())));
        return wanted.join();
    }

    /** On the strand, which it holds until the end is recorded or not. */
    private void meet(Event.BodyEnded end) {
        Write.Append ahead = run.driver().requests().ahead(end);
        if (ahead == null || !run.seal()) {
            wanted.complete(Optional.empty());
            return;
        }
        wanted.complete(Optional.of(ahead));
        Runnable afterwards = switch (ending.join()) {
            case RECORDED ->
                () -> {
                    run.driver().requests().recordedAhead(ahead);
                    run.driver().ended(run, end);
                };
            case FAILED -> () -> ended(run.failure(trouble()));
            case AGAIN -> () -> {};
            case LET_GO ->
                () -> {
                    run.driver().letGo(isLost() ? LetGo.VOID : LetGo.CLOSING);
                    run.driver().strand().execute(() -> ended(new BodyOutcome.Cancelled()));
                };
        };
        afterwards.run();
    }

    private void ended(BodyOutcome outcome) {
        run.driver().ended(run, run.end(outcome, run.driver().now()));
    }

    @Override
    public void written(List<WriteResult> all) {
        results = all.subList(0, others.size());
        if (all.get(others.size()).kind() == WriteResult.Kind.NOT_OWNED) {
            throw StoreException.notOwned(
                    run.services().store().describe(), run.seen().runId());
        }
    }

    /** Tells the strand. Returns whether that was all: if not, this thread goes on, and what it reports counts from here. */
    private boolean end(Ending how) {
        if (how != Ending.RECORDED) {
            committer.putBack(others);
        }
        if (how == Ending.AGAIN) {
            run.unseal();
        }
        ending.complete(how);
        return how != Ending.AGAIN;
    }

    private Ending endingOf(StoreException failed, Write.Append unsure) {
        if (failed.code() == ErrorCode.OWNERSHIP_LOST) {
            return Ending.LET_GO;
        }
        try {
            if (isRecorded(unsure)) {
                committer.tell(others, results);
                return Ending.RECORDED;
            }
            return failed.isTransient() ? Ending.AGAIN : Ending.FAILED;
        } catch (StoreException lost) {
            return Ending.LET_GO;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return Ending.LET_GO;
        }
    }

    /** Whether the rows of a commit that failed are there all the same. Asks until the store can say. */
    private boolean isRecorded(Write.Append unsure) throws InterruptedException {
        Row last = unsure.rows().get(unsure.rows().size() - 1);
        while (true) {
            try {
                run.services().store().commit(committer.lease(), List.of()); // waits for whatever is still under way
                return run.services().store().journal(unsure.runId()).stream()
                        .anyMatch(row -> outcome(row).equals(outcome(last)));
            } catch (StoreException unknown) {
                if (!unknown.isTransient() || !committer.pause(PAUSE_MILLIS)) {
                    throw unknown;
                }
            }
        }
    }

    /** What tells a row from another one that a new owner wrote in its place. */
    private static List<Object> outcome(Row row) {
        return List.of(row.seq(), row.path(), row.attempt(), row.status());
    }

    private boolean isLost() {
        return trouble != null && trouble.code() == ErrorCode.OWNERSHIP_LOST;
    }

    private StoreException trouble() {
        return Objects.requireNonNull(trouble, "it failed for a reason");
    }

    /** Why it did not come to be recorded. */
    @Nullable
    String reason() {
        return trouble().getMessage();
    }

    void cancel() {
        OpenTransaction transaction = open;
        if (transaction != null) {
            transaction.cancel();
        }
    }

    /** The body does not end by itself: its transaction is ended, and the turn given back. */
    void abort() {
        isAborted = true;
        OpenTransaction transaction = open;
        if (transaction != null) {
            transaction.abort();
        }
        wanted.complete(Optional.empty());
        committer.giveBack(this);
    }

    @Override
    public void evict() {
        if (run.seal()) {
            abort();
        }
    }
}
