package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.DefinitionException;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunSuspendedError;
import dev.perdure.core.StepFailedException;
import dev.perdure.core.ValueType;
import java.lang.reflect.Type;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks a run on behalf of code in Java, and waits for the answers on the code's thread. Thread-safe. */
final class CodeAsker<I extends @Nullable Object> {
    final CodeContext context;
    final ValueType<I> input;
    final Codec codec;

    CodeAsker(CodeContext context, ValueType<I> input, Codec codec) {
        this.context = context;
        this.input = input;
        this.codec = codec;
    }

    /** The value type of {@code type}; one that cannot be recorded is refused before anything runs. */
    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    <T extends @Nullable Object> ValueType<T> type(Type type) {
        return (ValueType<T>) codec.typeOf(type);
    }

    StepContext<I> stepContext(BodyContext body) {
        return new StepContext<>(body, input, codec);
    }

    /** Has a node done that the graph's builder describes. */
    <T extends @Nullable Object> T wait(@Nullable String key, Function<SequenceBuilder<I>, Ref<T>> description) {
        Build<I> build = new Build<>(input, codec);
        SequenceBuilder<I> builder = new SequenceBuilder<>(build, Path.ROOT, 0, Retry.NONE);
        Ref<T> output = description.apply(builder);
        if (!build.problems.isEmpty()) {
            throw new DefinitionException(context.workflow(), build.problems);
        }
        return perform(builder.nodes().get(0), key, output.type());
    }

    <T extends @Nullable Object> T perform(Node node, @Nullable String key, ValueType<T> type) {
        DefinitionCheck.requireValid(context.workflow(), node);
        return decode(ask(new Ask.Do(node, key)), type);
    }

    <T extends @Nullable Object> T decode(Answer.Done done, ValueType<T> type) {
        return context.decode(done.path(), done.output(), type);
    }

    /** The path of a block or branch that is opened. */
    Path open(Ask what) {
        Answer answer = answer(what);
        if (answer instanceof Answer.Opened opened) {
            return opened.path();
        }
        throw unanswered(answer);
    }

    /**
     * What came of it.
     *
     * @throws StepFailedException where it failed
     * @throws CancellationException where it was cancelled
     */
    Answer.Done ask(Ask what) {
        return done(answer(what));
    }

    Answer.Done done(Answer answer) {
        if (answer instanceof Answer.Done done) {
            return done;
        }
        throw unanswered(answer);
    }

    private RuntimeException unanswered(Answer answer) {
        if (answer instanceof Answer.Failed failed) {
            return new StepFailedException(context.runId(), failed.path(), failed.failure());
        }
        if (answer instanceof Answer.Cancelled cancelled) {
            return new CancellationException("\"" + cancelled.path() + "\" was cancelled");
        }
        if (answer instanceof Answer.Refused refused) {
            return new PerdureException(refused.code(), refused.why(), context.runId(), refused.path(), null);
        }
        if (answer instanceof Answer.Gone) {
            throw new RunSuspendedError(context.runId());
        }
        throw new IllegalStateException("not an answer to this: " + answer);
    }

    /** What came of it, whatever that is. */
    Answer answer(Ask what) {
        CodeContext.Asked asked = context.askAndHelp(what);
        try {
            return asked.answer().get();
        } catch (InterruptedException stop) {
            if (what instanceof Ask.Close) {
                Answer closed = uninterruptibly(asked.answer());
                Thread.currentThread().interrupt();
                return closed;
            }
            uninterruptibly(asked.giveUp());
            Thread.currentThread().interrupt();
            Answer last = asked.answer().getNow(new Answer.Cancelled(context.path()));
            return last instanceof Answer.Gone ? last : new Answer.Cancelled(context.path());
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("an answer never fails", impossible);
        }
    }

    private static <T> T uninterruptibly(CompletableFuture<T> future) {
        boolean isInterrupted = Thread.interrupted();
        T value = future.join();
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        return value;
    }
}
