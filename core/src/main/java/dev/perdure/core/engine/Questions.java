package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.concurrent.CompletableFuture;

/** Asks things of runs: here where the engine has the run or can have it, else by a command to the engine that has it. Thread-safe. */
final class Questions {
    private final Services services;
    private final RunRegistry registry;
    private final Commands commands;

    Questions(Services services, RunRegistry registry) {
        this.services = services;
        this.registry = registry;
        this.commands = new Commands(services.store());
    }

    /** Completes, once that is durable, with whether the run is being cancelled. */
    CompletableFuture<Boolean> cancel(String runId, String reason) {
        return ask(runId, Command.CANCEL, reason);
    }

    /** Completes, once that is durable, with whether the run is paused. */
    CompletableFuture<Boolean> pause(String runId, String reason) {
        return ask(runId, Command.PAUSE, reason);
    }

    /** Completes, once that is durable, with whether the run was paused. */
    CompletableFuture<Boolean> resume(String runId) {
        return ask(runId, Command.RESUME, "");
    }

    /** Forgets the run, once nothing of it is at work here any more; what it kept others from may begin then. */
    CompletableFuture<Void> reset(RunRecord run) {
        return registry.forget(run.id()).thenCompose(stopped -> {
            CompletableFuture<Void> done = new CompletableFuture<>();
            services.committer()
                    .submit(
                            new Write.Reset(run.id()),
                            Acknowledged.of(
                                    () -> {
                                        done.complete(null);
                                        registry.fleet().admissions().left(run);
                                    },
                                    done::completeExceptionally));
            return done;
        });
    }

    /** The run is taken up for it if need be; false where it means nothing to the run. */
    private CompletableFuture<Boolean> ask(String runId, Command command, String reason) {
        return registry.driverOf(runId).thenCompose(driver -> {
            if (driver == null) {
                return askElsewhere(runId, command, reason);
            }
            return ask(driver.requests(), command, reason)
                    .thenCompose(reply -> reply == RunRequests.Reply.GONE
                            ? ask(runId, command, reason)
                            : CompletableFuture.completedFuture(reply == RunRequests.Reply.DONE));
        });
    }

    private static CompletableFuture<RunRequests.Reply> ask(RunRequests run, Command command, String reason) {
        return switch (command) {
            case CANCEL -> run.cancel(reason);
            case PAUSE -> run.pause(reason);
            case RESUME -> run.goOn();
        };
    }

    private CompletableFuture<Boolean> askElsewhere(String runId, Command command, String reason) {
        RunRecord run = services.store().find(runId).orElse(null);
        if (run != null && run.isHeldBack()) {
            return command == Command.CANCEL ? withdraw(run, reason) : CompletableFuture.completedFuture(false);
        }
        if (run == null || run.status().isTerminal() || !services.store().isShared()) {
            return CompletableFuture.completedFuture(false);
        }
        return services.tenures().again(() -> send(runId, command, reason));
    }

    private CompletableFuture<Boolean> withdraw(RunRecord run, String reason) {
        Write write = Withdrawal.of(run.id(), reason, services.time().now());
        return services.tenures().again(() -> commit(write)).thenCompose(result -> switch (result.kind()) {
            case DONE -> CompletableFuture.completedFuture(withdrawn(run, reason));
            case BEGUN -> cancel(run.id(), reason);
            default -> CompletableFuture.completedFuture(false);
        });
    }

    private boolean withdrawn(RunRecord run, String reason) {
        services.listeners()
                .tell(new EngineEvent.RunEnded(
                        run.id(),
                        run.workflow(),
                        RunStatus.CANCELLED,
                        Withdrawal.why(reason),
                        services.time().now()));
        registry.lookForEnd(run.id());
        return true;
    }

    private CompletableFuture<Boolean> send(String runId, Command command, String reason) {
        Write write =
                new Write.Signal(runId, command.signal(reason, services.time().now()), Commands.MOST_WAITING);
        return commit(write).thenCompose(result -> commands.sent(runId, command, result));
    }

    private CompletableFuture<WriteResult> commit(Write write) {
        CompletableFuture<WriteResult> sent = new CompletableFuture<>();
        services.committer().submit(write, new Acknowledged() {
            @Override
            public void committed(WriteResult result) {
                registry.completeOnPool(() -> sent.complete(result));
            }

            @Override
            public void refused(PerdureException why) {
                registry.completeOnPool(() -> sent.completeExceptionally(why));
            }
        });
        return sent;
    }

    /** Tells those who asked what became of that. Reads the store. */
    void look() {
        commands.look();
    }

    void failAll(PerdureException why) {
        commands.failAll(why);
    }
}
