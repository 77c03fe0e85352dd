package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import java.lang.reflect.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes workflows that are code. */
final class CodeWorkflows {
    private CodeWorkflows() {}

    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    static <I extends @Nullable Object, O extends @Nullable Object> Workflow<I, O> of(
            String name, int version, Type input, Type output, StepFunction<ProcedureContext<I>, ? extends O> code) {
        Build<I> build = new Build<>(input, Codecs.standard());
        ValueType<O> type = (ValueType<O>) build.type("the workflow's output", output);
        return whole(name, version, build, type, code);
    }

    @SuppressWarnings("unchecked") // the caller says of which type plain data is
    static <I extends @Nullable Object, O extends @Nullable Object> Workflow<I, O> adHoc(
            @Nullable Type input, @Nullable Type output, StepFunction<ProcedureContext<I>, ? extends O> code) {
        Codec codec = Codecs.standard();
        Build<I> build =
                input == null ? new Build<>((ValueType<I>) ValueTypes.PLAIN, codec) : new Build<>(input, codec);
        ValueType<O> type = (ValueType<O>) (output == null ? ValueTypes.EXACT : build.type("the result", output));
        return whole(Workflow.AD_HOC, 1, build, type, code);
    }

    private static <I extends @Nullable Object, O extends @Nullable Object> Workflow<I, O> whole(
            String name,
            int version,
            Build<I> build,
            ValueType<O> type,
            StepFunction<ProcedureContext<I>, ? extends O> code) {
        BlockingBody body = ProcedureContext.<I, O>body(build.input, build.codec, code::apply);
        Procedure procedure = new Procedure(name, body, type, true);
        return Workflow.of(
                new Workflow.Draft<>(
                        name,
                        version,
                        build.input,
                        type,
                        new Sequence(name, List.of(procedure)),
                        Path.ROOT,
                        null,
                        build.codec,
                        BlockingBody.class),
                build.problems);
    }
}
