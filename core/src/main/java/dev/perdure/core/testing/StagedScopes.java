package dev.perdure.core.testing;

import dev.perdure.core.Path;
import dev.perdure.core.definition.BlockingBody;
import dev.perdure.core.definition.Body;
import dev.perdure.core.definition.BodyContext;
import dev.perdure.core.definition.CodeContext;
import dev.perdure.core.spi.BodyScope;
import dev.perdure.core.spi.BodyScopes;
import dev.perdure.core.spi.BodyTask;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Has the bodies of a stage's engine run where they are started, and keeps what came of them for the stage to report. */
final class StagedScopes implements BodyScopes {
    private final Cast cast;
    private final Bodies bodies;
    private final Script script;

    StagedScopes(Cast cast, Bodies bodies, Script script) {
        this.cast = cast;
        this.bodies = bodies;
        this.script = script;
    }

    @Override
    public boolean supports(Class<? extends Body> bodyType) {
        return true;
    }

    @Override
    public Executor executor() {
        return cast;
    }

    @Override
    public BodyScope open(String runId, String workflow) {
        return new Scope(runId, workflow, null, null);
    }

    /** Whoever runs the bodies outlives the engine. */
    @Override
    public void close() {}

    private final class Scope implements BodyScope {
        private final String runId;
        private final String workflow;
        private final @Nullable Scope parent;
        private final @Nullable Path path;
        /** The same scope of the bodies that are not Java's own; null until the first of them. */
        private @Nullable BodyScope others;

        Scope(String runId, String workflow, @Nullable Scope parent, @Nullable Path path) {
            this.runId = runId;
            this.workflow = workflow;
            this.parent = parent;
            this.path = path;
        }

        @Override
        public BodyScope nested(Path block) {
            return new Scope(runId, workflow, this, block);
        }

        @Override
        public RunningBody launch(BodyTask task) {
            if (task.context() instanceof CodeContext code) {
                return launchCode(task, new StagedCode(code, cast::wake));
            }
            BodyContext context = task.context();
            Cast.Part part = cast.enter(task);
            Optional<ScriptedStep> scripted = script.of(context.path(), context.attempt());
            if (scripted.isPresent()) {
                scripted.get().report(part);
            } else if (task.body() instanceof BlockingBody body) {
                perform(body, part);
            } else {
                RunningBody running = othersFor(task.body()).launch(part);
                part.whenCancelled(running::cancel);
            }
            return part::cancel;
        }

        private RunningBody launchCode(BodyTask task, StagedCode code) {
            Cast.Code part = cast.enterCode(task, code);
            if (task.body() instanceof BlockingBody) {
                return new CodeThread(part).startOn(bodies);
            }
            RunningBody running = othersFor(task.body()).launch(part);
            part.staysWhile(() -> !running.mayLeave());
            return new RunningBody() {
                @Override
                public void cancel() {
                    running.cancel();
                }

                @Override
                public boolean mayLeave() {
                    return running.mayLeave();
                }

                @Override
                public boolean forget() {
                    boolean isForgotten = running.forget();
                    if (isForgotten) {
                        cast.left(part);
                    }
                    return isForgotten;
                }
            };
        }

        private BodyScope othersFor(Body body) {
            if (others == null) {
                others = parent == null || path == null
                        ? bodies.of(body.getClass()).open(runId, workflow)
                        : parent.othersFor(body).nested(path);
            }
            return others;
        }

        @Override
        public void cancel() {
            if (others != null) {
                others.cancel();
            }
            cast.cancel(runId);
        }

        @Override
        public void close() {
            if (others != null) {
                others.close();
            }
        }
    }

    private static void perform(BlockingBody body, BodyTask task) {
        Object value;
        try {
            value = body.run(task.context());
        } catch (Throwable any) { // whatever a body throws is its step's failure
            Thread.interrupted(); // what a body did to its thread is not to reach the next one
            task.failed(any);
            return;
        }
        task.completed(value);
    }

    /** Java code on a thread of its own, where it waits for its answers. */
    private static final class CodeThread implements Runnable, BodyScope.RunningBody {
        private final BodyTask task;
        private @Nullable Thread thread;
        private boolean isCancelled;

        CodeThread(BodyTask task) {
            this.task = task;
        }

        CodeThread startOn(Bodies bodies) {
            bodies.onThread(this);
            return this;
        }

        @Override
        public void run() {
            if (!begin()) {
                task.cancelled();
                return;
            }
            Object value = null;
            Throwable thrown = null;
            try {
                value = ((BlockingBody) task.body()).run(task.context());
            } catch (Throwable any) { // whatever code throws is its procedure's failure
                thrown = any;
            }
            boolean wasCancelled = end();
            if (thrown == null) {
                task.completed(value);
            } else if (wasCancelled) {
                task.cancelled();
            } else {
                task.failed(thrown);
            }
        }

        private synchronized boolean begin() {
            thread = Thread.currentThread();
            return !isCancelled;
        }

        private synchronized boolean end() {
            thread = null;
            Thread.interrupted();
            return isCancelled;
        }

        @Override
        public synchronized void cancel() {
            isCancelled = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }
}
