package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Calls that may be refused before there is a future, and futures that are waited for. */
final class Futures {
    private Futures() {}

    /** What {@code call} gives, or its refusal. */
    static <T> CompletableFuture<T> of(Supplier<CompletableFuture<T>> call) {
        try {
            return call.get();
        } catch (PerdureException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** What went wrong, whether or not a stage passed it on. */
    static Throwable cause(Throwable failed) {
        return failed instanceof CompletionException && failed.getCause() != null ? failed.getCause() : failed;
    }

    /** Why a call was refused; INTERNAL for what is a defect. */
    static PerdureException refusal(Throwable failed) {
        Throwable cause = cause(failed);
        return cause instanceof PerdureException known
                ? known
                : new PerdureException(ErrorCode.INTERNAL, "a call failed: " + cause, cause);
    }

    /** Waits, and throws what went wrong as it is. */
    static <T> T join(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof RuntimeException known ? known : failed;
        }
    }
}
