package dev.perdure.core.definition;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import dev.perdure.core.journal.Change;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a body can see and say, in terms of plain data; each language wraps it in a typed one.
 *
 * <p>It shows a snapshot: what was recorded before the body started. What the body writes is its own until its success
 * is recorded, and is dropped when it fails. Thread-safe, so that a body may use threads of its own.
 */
public interface BodyContext {
    /** So many remarks of one attempt are kept. */
    int MAX_WARNINGS = 100;

    String runId();

    /** The workflow's name. */
    String workflow();

    /** The node's path in this run. */
    Path path();

    /** Which attempt this is, from 1; it goes on counting over crashes. */
    int attempt();

    /** The same for all attempts of the step, different for every other step and run: {@code run id/path}. */
    String idempotencyKey();

    /** The run's input in plain data. */
    @Nullable
    Object input();

    /**
     * The recorded output of another node.
     *
     * @throws dev.perdure.core.PerdureException NO_VALUE where it has none; NOT_DECODABLE where it is not of that type
     */
    <T extends @Nullable Object> T output(Path node, ValueType<T> type);

    /**
     * The output of the step that this body undoes; of a step that was repeated, of that repetition.
     *
     * @throws dev.perdure.core.PerdureException NO_VALUE in a body that is no compensation; NOT_DECODABLE
     */
    <T extends @Nullable Object> T undone(ValueType<T> type);

    /** Whether another node has a recorded output. */
    boolean hasOutput(Path node);

    /** Why another node failed; null when it did not. */
    @Nullable
    Failure failure(Path node);

    /** Whether the context has a value, maybe null, for the key. */
    boolean has(String key);

    /** The context's value for the key in plain data, with this body's own writes; null where there is none. */
    @Nullable
    Object get(String key);

    /** Writes to the context. */
    void change(String key, Change change);

    /**
     * Leaves a remark for those who read the journal, recorded with the attempt's success and dropped when it fails. Of one
     * attempt, the first {@value #MAX_WARNINGS} are kept, and of each its first {@value Failure#MAX_MESSAGE} characters.
     */
    void warn(String message);

    /** The branches of the block that is being merged, in declaration order; empty outside of a merge function. */
    List<BranchResult> branches();

    /** The token that a callback's request hands out; null for any other body. Whoever holds it can end the wait once. */
    @Nullable
    String token();

    /** Whether the body was asked to end. */
    boolean isCancelled();

    /** Whether this engine does not own the run any more: nothing that the body still does will be recorded. */
    boolean isOwnershipLost();
}
