package dev.perdure.core.definition;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepFailedException;
import dev.perdure.core.ValueType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A branch of a parallel block of workflow code in Java.
 *
 * @param <T> what it yields
 */
public final class CodeBranch<T extends @Nullable Object> {
    private final CodeAsker<?> asker;
    private final Path block;
    private final Path path;
    private final ValueType<T> type;
    private @Nullable Answer answer;

    CodeBranch(CodeAsker<?> asker, Path block, Path path, ValueType<T> type) {
        this.asker = asker;
        this.block = block;
        this.path = path;
        this.type = type;
    }

    /** The branch's path in the run. */
    public Path path() {
        return path;
    }

    /**
     * Waits for the branch, inside its block, and gives what it yielded; afterwards also outside.
     *
     * @throws StepFailedException when it failed
     * @throws java.util.concurrent.CancellationException when it was cancelled
     */
    public T get() {
        return asker.decode(asker.done(settle()), type);
    }

    /** Waits for the branch, and keeps what came of it. */
    Answer settle() {
        Answer own = answer;
        if (own == null) {
            own = asker.answer(new Ask.Await(block, path));
            answer = own;
        }
        return own;
    }

    /** Waits for the branch, inside its block, and gives its failure; empty when it has none. */
    public Optional<Failure> failure() {
        try {
            get();
            return Optional.empty();
        } catch (StepFailedException failed) {
            return Optional.of(failed.failure());
        }
    }
}
