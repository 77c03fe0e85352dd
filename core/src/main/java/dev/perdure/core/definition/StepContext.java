package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import dev.perdure.core.ValueType;
import dev.perdure.core.journal.Change;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the body of a step in Java sees of its run: the input, what earlier nodes yielded, and a snapshot of the context.
 *
 * <p>Its writes to the context are recorded with the step's success and dropped with its failure. Thread-safe.
 *
 * @param <I> the type of the workflow's input
 */
public class StepContext<I extends @Nullable Object> {
    private final BodyContext body;
    private final ValueType<I> inputType;
    private final Codec codec;

    StepContext(BodyContext body, ValueType<I> inputType, Codec codec) {
        this.body = body;
        this.inputType = inputType;
        this.codec = codec;
    }

    final BodyContext body() {
        return body;
    }

    /** The run's input. */
    public I input() {
        return inputType.decode(body.input());
    }

    /**
     * The output of a node that ran before this one.
     *
     * @throws PerdureException NO_VALUE when it has none, or lies in another branch; NOT_DECODABLE when it is of another type
     */
    public <T extends @Nullable Object> T get(Ref<T> node) {
        if (!node.isReadableFrom(body.path())) {
            throw new PerdureException(
                    ErrorCode.NO_VALUE,
                    "\"" + body.path() + "\" reads \"" + node.node()
                            + "\", which lies in another branch: its output can be read in its own branch, and through the"
                            + " join of its block",
                    body.runId(),
                    body.path(),
                    null);
        }
        return body.output(node.node(), node.type());
    }

    /**
     * The output of a node that may have none: null where a decision skipped it, or where it failed.
     *
     * @throws PerdureException NO_VALUE when it lies in another branch; NOT_DECODABLE when it is of another type
     */
    public <T> @Nullable T getOrNull(Ref<T> node) {
        return body.hasOutput(node.node()) ? get(node) : null;
    }

    /** Why an earlier node failed; empty when it did not. */
    public Optional<Failure> error(Ref<?> node) {
        return Optional.ofNullable(body.failure(node.node()));
    }

    /** Why a branch of an earlier block failed; empty when it did not. */
    public Optional<Failure> error(Branch<?> branch) {
        Failure failure = body.failure(branch.node());
        return Optional.ofNullable(failure == null ? body.failure(branch.value()) : failure);
    }

    /** Whether the context has a value for {@code key}. */
    public boolean has(String key) {
        return body.has(key);
    }

    /**
     * The context's value for {@code key}.
     *
     * @throws PerdureException NO_VALUE when there is none; NOT_DECODABLE when it is of another type
     */
    @SuppressWarnings("unchecked") // the codec decodes to the type that it was asked for
    public <T> @Nullable T get(String key, Class<T> type) {
        return (T) read(key, type);
    }

    /** As {@link #get(String, Class)}, for generic types. */
    public @Nullable Object get(String key, Type type) {
        return read(key, type);
    }

    private @Nullable Object read(String key, Type type) {
        if (!body.has(key)) {
            throw new PerdureException(
                    ErrorCode.NO_VALUE,
                    "step \"" + body.path() + "\" reads context key " + Names.quoted(key)
                            + ", which nothing before it wrote; check with has(key) first");
        }
        return codec.typeOf(type).decode(body.get(key));
    }

    /** Sets {@code key}. */
    public void put(String key, @Nullable Object value) {
        body.change(key, new Change.Put(codec.encode(value)));
    }

    /** Removes {@code key}. */
    public void remove(String key) {
        body.change(key, new Change.Remove());
    }

    /** Adds to the end of the list under {@code key}; appends of concurrent branches all count. */
    public void append(String key, @Nullable Object value) {
        List<@Nullable Object> one = new java.util.ArrayList<>();
        one.add(codec.encode(value));
        body.change(key, new Change.Append(one));
    }

    /** Adds to the number under {@code key}; increments of concurrent branches all count. */
    public void increment(String key, Number by) {
        if (!(Plain.ofNumber(by) instanceof Number number)) {
            throw new PerdureException(
                    ErrorCode.CONTEXT_TYPE, "cannot increment by " + by + "; expected a finite number");
        }
        body.change(key, new Change.Increment(number));
    }

    public String runId() {
        return body.runId();
    }

    /** The step's path in this run. */
    public Path path() {
        return body.path();
    }

    /**
     * The number of the loop item or iteration that this body is part of, from 0; of the innermost one where loops nest.
     *
     * @throws PerdureException NO_VALUE outside of any loop
     */
    public int index() {
        Integer index = body.path().index();
        if (index == null) {
            throw new PerdureException(
                    ErrorCode.NO_VALUE,
                    "\"" + body.path() + "\" asks for its index, but is in no loop",
                    body.runId(),
                    body.path(),
                    null);
        }
        return index;
    }

    /** Which attempt this is, from 1; it goes on counting over crashes. */
    public int attempt() {
        return body.attempt();
    }

    /** The same for all attempts of this step and different for all else: hand it to services that deduplicate by key. */
    public String idempotencyKey() {
        return body.idempotencyKey();
    }

    /** Whether this attempt was asked to end; its thread is interrupted too. */
    public boolean isCancelled() {
        return body.isCancelled();
    }

    /** Whether this engine does not own the run any more: what the body still does will not be recorded. */
    public boolean isOwnershipLost() {
        return body.isOwnershipLost();
    }
}
