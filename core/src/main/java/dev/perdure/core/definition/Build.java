package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import dev.perdure.core.journal.Payload;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the nested Java builders of one workflow share. Confined to the defining thread. */
final class Build<I extends @Nullable Object> {
    final ValueType<I> input;
    final Codec codec;
    final List<String> problems = new ArrayList<>();

    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    Build(Type input, Codec codec) {
        this.codec = codec;
        this.input = (ValueType<I>) type("the workflow's input", input);
    }

    /** For what is described while a run goes on. */
    Build(ValueType<I> input, Codec codec) {
        this.codec = codec;
        this.input = input;
    }

    ValueType<?> type(String where, Type type) {
        try {
            return codec.typeOf(type);
        } catch (PerdureException unencodable) {
            problems.add(where + ": " + unencodable.getMessage());
            return new Unencodable(type.getTypeName());
        }
    }

    /** What a wait does after its timeout; a default that is of another type is a problem. */
    <T extends @Nullable Object> AwaitSignal.OnTimeout onTimeout(Ref<T> wait, WaitOptions options) {
        if (options.isFailing()) {
            return new AwaitSignal.OnTimeout.Fail();
        }
        Object value = options.defaultValue();
        if (value != null) {
            try {
                return new AwaitSignal.OnTimeout.Yield(Payload.of(encode(wait.type(), value)));
            } catch (PerdureException | ClassCastException unfit) {
                problems.add("the default of \"" + wait.node() + "\": " + unfit.getMessage());
            }
        }
        return new AwaitSignal.OnTimeout.Yield(Payload.NULL);
    }

    @SuppressWarnings("unchecked") // a value type refuses what it cannot encode
    private static @Nullable Object encode(ValueType<?> type, Object value) {
        return ((ValueType<@Nullable Object>) type).encode(value);
    }

    /** Replaces a step of {@code nodes}, which are those at {@code holder}, by one that can be undone. */
    <T extends @Nullable Object> void compensate(
            List<Node> nodes, Path holder, Ref<T> step, Retry retry, ValueAction<StepContext<I>, T> undo) {
        for (int i = nodes.size() - 1; i >= 0; i--) {
            if (nodes.get(i) instanceof Step found && holder.child(found.name()).equals(step.node())) {
                if (found.compensation() != null) {
                    problems.add("step \"" + step.node() + "\" has two compensations; keep one");
                }
                StepAction<StepContext<I>> body = s -> undo.apply(s, s.body().undone(step.type()));
                Step compensation = Step.of(Step.COMPENSATION, stepBody(body.asFunction()), ValueTypes.NOTHING, retry);
                nodes.set(i, found.compensatedBy(compensation));
                return;
            }
        }
        problems.add(
                "\"" + step.node() + "\" is given a compensation, but is no step of its own sequence or block here;"
                        + " only a step can be undone, where it is added");
    }

    <T extends @Nullable Object> BlockingBody stepBody(StepFunction<StepContext<I>, T> function) {
        return body -> function.apply(new StepContext<>(body, input, codec));
    }

    <T extends @Nullable Object> AtomicBody atomicBody(StepFunction<AtomicContext<I>, T> function) {
        return AtomicContext.body(input, codec, function);
    }

    <T extends @Nullable Object> BlockingBody joinBody(StepFunction<JoinContext<I>, T> function) {
        return body -> function.apply(new JoinContext<>(body, input, codec));
    }

    BlockingBody mergeBody(MergeFunction<I> function) {
        return body -> {
            function.merge(new MergeContext<>(body, input, codec));
            return null;
        };
    }

    /** Stands for a type that cannot be encoded, until all problems are reported. */
    private record Unencodable(String name) implements ValueType<Object> {
        @Override
        public @Nullable Object encode(Object value) {
            throw new PerdureException(ErrorCode.NOT_ENCODABLE, "values of type " + name + " cannot be recorded");
        }

        @Override
        public Object decode(@Nullable Object plain) {
            throw new PerdureException(ErrorCode.NOT_DECODABLE, "values of type " + name + " cannot be read");
        }
    }
}
