package dev.perdure.core.engine;

import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.EngineIdentity;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Store;
import java.util.concurrent.CompletableFuture;

/** What an engine consists of, in the order in which it is begun and stopped. Thread-safe. */
final class EngineParts {
    private final Store store;
    private final Tenures tenures;
    private final EngineThreads threads;
    private final Listeners listeners;
    private final Services services;
    private final RunRegistry registry;
    private final Registered workflows;
    private final Inputs inputs;
    private final Scheduler scheduler;
    private final Retention retention;

    private EngineParts(EnginePlan plan, EngineIdentity identity, Lease lease) {
        this.store = plan.store();
        this.workflows = plan.workflows();
        this.listeners = new Listeners(plan.listeners());
        this.threads = EngineThreads.start();
        LeaseHolder holder = new LeaseHolder(listeners, plan.time());
        this.tenures = new Tenures(new Tenures.Member(store, identity, plan.time(), threads.pool()), lease, holder);
        this.services = new Services(
                store,
                tenures,
                null,
                plan.time(),
                threads.pool(),
                threads.strands(),
                listeners,
                plan.scopes(),
                plan.settings(),
                plan.queues());
        this.registry = new RunRegistry(services, workflows, () -> {
            SharedClock.look(plan.time());
            scheduler().looked();
        });
        this.inputs = new Inputs(plan.time(), plan.settings().maxPayloadLength());
        this.retention = new Retention(services);
        this.scheduler = new Scheduler(
                services,
                (workflow, runId, input) -> Futures.of(() -> startScheduled(workflow, runId, input)),
                workflows::has);
        holder.leads(registry, scheduler);
    }

    /** Takes the store over and goes on with the runs in it. Where that fails, no thread and no lease is left. */
    static EngineParts open(EnginePlan plan) {
        EngineIdentity identity = EngineIdentity.ofThisProcess();
        Lease lease = plan.store().acquire(identity);
        EngineParts parts = new EngineParts(plan, identity, lease);
        try {
            plan.texts().save(plan, lease);
            plan.queues().save(plan, lease);
            parts.begin(plan);
            return parts;
        } catch (RuntimeException | Error unopened) {
            parts.giveUp(unopened);
            throw unopened;
        }
    }

    private void begin(EnginePlan plan) {
        tenures.current().committer().start();
        registry.recover();
        scheduler.open();
        retention.open(plan.retention());
    }

    private void giveUp(Throwable unopened) {
        try {
            stop();
            release();
        } catch (RuntimeException inVain) {
            unopened.addSuppressed(inVain);
        }
    }

    /** Waits for bodies up to the cancellation grace; what they return in that time is recorded. */
    void stop() {
        scheduler.close();
        retention.stop();
        registry.close(Refusals.wasClosed(), services.settings().cancellationGrace());
        tenures.current().committer().close();
        retention.close();
        threads.end();
    }

    /** The last thing to do: another engine may have the runs from now on. */
    void release() {
        store.release(tenures.current().lease());
    }

    private CompletableFuture<RunRecord> startScheduled(String workflow, String runId, Payload input) {
        Workflow<?, ?> newest = workflows.latest(workflow);
        return registry.starts().start(inputs.newRun(newest, runId, input, StartOptions.DEFAULT), true);
    }

    Services services() {
        return services;
    }

    Listeners listeners() {
        return listeners;
    }

    RunRegistry registry() {
        return registry;
    }

    Inputs inputs() {
        return inputs;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Retention retention() {
        return retention;
    }
}
