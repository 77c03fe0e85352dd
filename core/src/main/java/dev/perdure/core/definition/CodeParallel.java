package dev.perdure.core.definition;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.TypeRef;
import dev.perdure.core.ValueType;
import dev.perdure.core.definition.ParallelPolicy.OnError;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A parallel block of workflow code in Java. Closing it cancels what has not ended and waits for that, so that nothing
 * outlives the block.
 *
 * <pre>{@code
 * try (var parallel = ctx.parallel()) {
 *     var users = parallel.submit("users", Report.class, () -> processUsers());
 *     var orders = parallel.submit("orders", Report.class, () -> processOrders());
 *     parallel.await();
 *     return ctx.step("report", String.class, () -> report(users.get(), orders.get()));
 * }
 * }</pre>
 *
 * <p>Used by the code that opened it.
 *
 * @param <I> the type of the workflow's input
 */
public final class CodeParallel<I extends @Nullable Object> implements AutoCloseable {
    private final CodeAsker<I> asker;
    private final Path path;
    private final List<CodeBranch<?>> branches = new ArrayList<>();
    private boolean isClosed;

    CodeParallel(CodeAsker<I> asker, Path path) {
        this.asker = asker;
        this.path = path;
    }

    static Ask open(String name, OnError onError, int maxParallelism) {
        Names.requireValid("parallel block", name);
        if (maxParallelism < 0) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "parallel block \"" + name + "\": maxParallelism " + maxParallelism
                            + "; expected 1 or more, or 0 for no limit");
        }
        return new Ask.Open(name, onError, maxParallelism);
    }

    /** Starts a branch that is one step. */
    public <T> CodeBranch<T> submit(String name, Class<T> output, Callable<? extends T> body) {
        return this.<T>described(name, output).run(body);
    }

    /** As above, with policies of its own. */
    public <T> CodeBranch<T> submit(String name, Class<T> output, StepOptions options, Callable<? extends T> body) {
        return this.<T>described(name, output).options(options).run(body);
    }

    /** As above, for a generic type. */
    public <T> CodeBranch<T> submit(String name, TypeRef<T> output, Callable<? extends T> body) {
        return this.<T>described(name, output.type()).run(body);
    }

    /** Describes a branch that is one step with policies, a compensation, or a body that sees its attempt. */
    public <T> CodeStep<I, T, CodeBranch<T>> submit(String name, Class<T> output) {
        return described(name, output);
    }

    /** As above, for a generic type. */
    public <T> CodeStep<I, T, CodeBranch<T>> submit(String name, TypeRef<T> output) {
        return described(name, output.type());
    }

    private <T> CodeStep<I, T, CodeBranch<T>> described(String name, Type output) {
        ValueType<T> type = asker.type(output);
        return new CodeStep<>(name, asker, type, step -> start(step, type));
    }

    /**
     * Starts a branch that is code of its own, on a thread of its own, with steps that are remembered in the branch. The code
     * uses the context that it is given, not that of the code around it.
     */
    public <T> CodeBranch<T> branch(String name, Class<T> output, StepFunction<ProcedureContext<I>, ? extends T> code) {
        return branch(name, (Type) output, code);
    }

    /** As above, for a generic type. */
    public <T> CodeBranch<T> branch(
            String name, TypeRef<T> output, StepFunction<ProcedureContext<I>, ? extends T> code) {
        return branch(name, output.type(), code);
    }

    private <T> CodeBranch<T> branch(String name, Type output, StepFunction<ProcedureContext<I>, ? extends T> code) {
        ValueType<T> type = asker.type(output);
        BlockingBody body = ProcedureContext.<I, T>body(asker.input, asker.codec, code::apply);
        return start(Procedure.of(name, body, type), type);
    }

    private <T> CodeBranch<T> start(Node branch, ValueType<T> type) {
        DefinitionCheck.requireValid(asker.context.workflow(), branch);
        CodeBranch<T> started = new CodeBranch<>(asker, path, asker.open(new Ask.Submit(path, branch)), type);
        branches.add(started);
        return started;
    }

    /**
     * Waits for all branches; none can be started any more. From here on, what they yielded can be read anywhere, also in a
     * step's body.
     *
     * @throws dev.perdure.core.StepFailedException when a branch failed: that of the one that was started first, with the others
     *     among the causes of its failure
     */
    public void await() {
        Answer all = asker.answer(new Ask.Await(path, null));
        if (!(all instanceof Answer.Gone)) {
            branches.forEach(CodeBranch::settle);
        }
        asker.done(all);
    }

    /** Cancels the branches that have not ended and waits for their end. Idempotent; throws nothing for failed branches. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            asker.ask(new Ask.Close(path));
        }
    }
}
