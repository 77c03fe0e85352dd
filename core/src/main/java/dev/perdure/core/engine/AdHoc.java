package dev.perdure.core.engine;

import dev.perdure.core.Json;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.RunRecord;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Runs of code that is not registered: each call brings it along. Thread-safe. */
final class AdHoc {
    private final Engine engine;
    private final RunRegistry registry;
    private final Registered workflows;
    private final Inputs inputs;

    AdHoc(Engine engine, RunRegistry registry, Registered workflows, Inputs inputs) {
        this.engine = engine;
        this.registry = registry;
        this.workflows = workflows;
        this.inputs = inputs;
    }

    /** Starts a run, or goes on with it, and waits for its end. */
    <I extends @Nullable Object, T extends @Nullable Object> T run(
            String runId, I input, Workflow<I, T> code, boolean isEvenCancelled) throws InterruptedException {
        Names.requireValid("run id", runId);
        RunRecord run = inputs.newRun(code, runId, inputs.encode(code, input), StartOptions.DEFAULT);
        synchronized (this) {
            workflows.bring(runId, code, !registry.isLive(runId));
        }
        RunRecord started = Futures.join(registry.starts().start(run, true));
        RunStatus status = started.status();
        boolean isToBeTriedAgain = status == RunStatus.FAILED
                || status == RunStatus.COMPENSATION_FAILED
                || status.isStopped()
                || (status == RunStatus.CANCELLED && isEvenCancelled);
        if (isToBeTriedAgain) {
            retry(runId);
        } else if (!status.isTerminal()) {
            registry.enqueue(runId);
        }
        return await(runId, code);
    }

    private void retry(String runId) {
        try {
            Futures.join(registry.retries().retry(runId));
        } catch (PerdureException refused) {
            if (!registry.isLive(runId)) {
                throw refused;
            }
            // Somebody else tries it again: wait with them.
        }
    }

    private <T extends @Nullable Object> T await(String runId, Workflow<?, T> code) throws InterruptedException {
        try {
            RunRecord ended = registry.outcome(runId).get();
            workflows.forget(runId, code);
            return output(ended, code);
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException known ? known : new CompletionException(failed);
        }
    }

    private <T extends @Nullable Object> T output(RunRecord ended, Workflow<?, T> code) {
        if (ended.status() != RunStatus.COMPLETED) {
            engine.find(ended.id()).ifPresent(run -> run.outputOf(ended));
        }
        Object plain = ended.output() == null ? null : Json.read(ended.output());
        return code.output().decode(plain);
    }
}
