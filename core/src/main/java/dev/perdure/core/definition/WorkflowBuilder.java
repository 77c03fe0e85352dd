package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Describes a workflow in Java; see {@link Workflow#define(String, Class, Class, Function)}.
 *
 * @param <I> the type of the workflow's input
 */
public final class WorkflowBuilder<I extends @Nullable Object> extends SequenceBuilder<I> {
    private final String name;
    private final int version;
    private @Nullable Duration timeout;

    WorkflowBuilder(String name, int version, Class<I> input, Codec codec) {
        super(new Build<>(input, codec), Path.ROOT, 0, Retry.NONE);
        this.name = name;
        this.version = version;
    }

    /** How long a run may take, counted from its start, stops and crashes included; then it fails with TIMED_OUT. */
    public void timeout(Duration longest) {
        timeout = longest;
    }

    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    <O> Workflow<I, O> build(Class<O> output, Function<WorkflowBuilder<I>, Ref<O>> content) {
        ValueType<O> outputType = (ValueType<O>) shared().type("the workflow's output", output);
        Ref<O> result = content.apply(this);
        Workflow.Draft<I, O> draft = new Workflow.Draft<>(
                name,
                version,
                shared().input,
                outputType,
                new Sequence(name, nodes()),
                result.node(),
                timeout,
                shared().codec,
                BlockingBody.class);
        return Workflow.of(draft, shared().problems);
    }
}
