package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import dev.perdure.core.definition.BodyContext;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Change;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.machine.Action;
import dev.perdure.core.machine.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one attempt of a body sees, and what it has written so far. Thread-safe. */
class AttemptContext implements BodyContext {
    private final RunIdentity run;
    private final Action.StartBody start;
    private final Values values;
    private final @Nullable String token;
    private final Map<String, Change> changes = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private volatile boolean isCancelled;
    private volatile boolean isOwnershipLost;
    private volatile @Nullable PerdureException unreadable;

    AttemptContext(RunIdentity run, Action.StartBody start, Values values, @Nullable String token) {
        this.run = run;
        this.start = start;
        this.values = values;
        this.token = token;
    }

    /** Which run it is, and its input. */
    record RunIdentity(String runId, int generation, String workflow, Payload input) {}

    @Override
    public String runId() {
        return run.runId;
    }

    @Override
    public String workflow() {
        return run.workflow;
    }

    @Override
    public Path path() {
        return start.path();
    }

    @Override
    public int attempt() {
        return start.attempt();
    }

    @Override
    public String idempotencyKey() {
        String key = run.runId + "/" + start.path();
        return run.generation == 1 ? key : key + "?generation=" + run.generation;
    }

    @Override
    public @Nullable Object input() {
        return run.input.plain();
    }

    @Override
    public <T extends @Nullable Object> T output(Path node, ValueType<T> type) {
        Path own = node.asSeenFrom(start.path());
        if (!values.has(own)) {
            throw noValue(own);
        }
        return decode(own, values.plain(own), type);
    }

    @Override
    public <T extends @Nullable Object> T undone(ValueType<T> type) {
        Path step = Step.undone(start.path());
        Payload output = step == null ? null : values.undoable(step);
        if (step == null || output == null) {
            throw noValue(start.path());
        }
        return decode(step, output.plain(), type);
    }

    final <T extends @Nullable Object> T decode(Path own, @Nullable Object plain, ValueType<T> type) {
        try {
            return type.decode(plain);
        } catch (PerdureException undecodable) {
            PerdureException located = new PerdureException(
                    ErrorCode.NOT_DECODABLE,
                    "the recorded output of \"" + own + "\" cannot be read: " + undecodable.getMessage(),
                    run.runId,
                    own,
                    undecodable);
            unreadable = located;
            throw located;
        }
    }

    private PerdureException noValue(Path node) {
        Failure failure = values.failure(node);
        String why =
                failure == null ? "it did not complete before this body started" : "it failed: " + failure.describe();
        return new PerdureException(
                ErrorCode.NO_VALUE,
                "\"" + start.path() + "\" reads the output of \"" + node + "\", which has none: " + why,
                run.runId,
                node,
                null);
    }

    @Override
    public boolean hasOutput(Path node) {
        return values.has(node.asSeenFrom(start.path()));
    }

    @Override
    public @Nullable Failure failure(Path node) {
        return values.failure(node.asSeenFrom(start.path()));
    }

    @Override
    public synchronized boolean has(String key) {
        Change own = changes.get(key);
        return own == null ? start.context().has(key) : !(own instanceof Change.Remove);
    }

    @Override
    public synchronized @Nullable Object get(String key) {
        Change own = changes.get(key);
        Object before = start.context().get(key);
        return own == null ? before : own.applyTo(start.context().has(key), before);
    }

    @Override
    public synchronized void change(String key, Change change) {
        change.applyTo(has(key), get(key));
        changes.merge(key, change, Change::then);
    }

    @Override
    public synchronized void warn(String message) {
        if (warnings.size() < MAX_WARNINGS) {
            boolean isLong = message.length() > Failure.MAX_MESSAGE;
            warnings.add(isLong ? message.substring(0, Failure.MAX_MESSAGE - 1) + "…" : message);
        }
    }

    @Override
    public List<BranchResult> branches() {
        return start.branches();
    }

    @Override
    public @Nullable String token() {
        return token;
    }

    @Override
    public boolean isCancelled() {
        return isCancelled;
    }

    @Override
    public boolean isOwnershipLost() {
        return isOwnershipLost;
    }

    void markCancelled() {
        isCancelled = true;
    }

    void markOwnershipLost() {
        isOwnershipLost = true;
        isCancelled = true;
    }

    /** Why a recorded value could not be read, whatever the body made of it; null when all could. */
    @Nullable
    PerdureException unreadable() {
        return unreadable;
    }

    /** What the body has written so far never was. */
    synchronized void forgetWrites() {
        changes.clear();
        warnings.clear();
    }

    synchronized List<String> warnings() {
        return List.copyOf(warnings);
    }

    synchronized Changes changes() {
        return changes.isEmpty() ? Changes.NONE : new Changes(changes);
    }
}
