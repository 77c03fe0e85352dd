package dev.perdure.core.engine;

import dev.perdure.core.Path;
import dev.perdure.core.definition.BlockingBody;
import dev.perdure.core.definition.Body;
import dev.perdure.core.spi.BodyScope;
import dev.perdure.core.spi.BodyScopes;
import dev.perdure.core.spi.BodyTask;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Runs Java bodies on threads: virtual ones where the JDK has them (21 and later), else those of a cached pool. */
final class ThreadBodyScopes implements BodyScopes {
    /** The body that the thread runs, of those that it was started for. */
    private static final ThreadLocal<ThreadBody> OUTER = new ThreadLocal<>();

    private final ExecutorService threads = newThreads();

    private static ExecutorService newThreads() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException beforeJdk21) {
            return Executors.newCachedThreadPool(DaemonThreads.named("perdure-body"));
        } catch (IllegalAccessException | InvocationTargetException broken) {
            throw new IllegalStateException("the JDK has virtual threads but gives none", broken);
        }
    }

    @Override
    public boolean supports(Class<? extends Body> bodyType) {
        return BlockingBody.class.isAssignableFrom(bodyType);
    }

    @Override
    public BodyScope open(String runId, String workflow) {
        return new ThreadScope();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private final class ThreadScope implements BodyScope {
        private final Set<ThreadBody> running = ConcurrentHashMap.newKeySet();
        private final Set<ThreadScope> nested = ConcurrentHashMap.newKeySet();

        @Override
        public BodyScope nested(Path path) {
            ThreadScope child = new ThreadScope();
            nested.add(child);
            return child;
        }

        @Override
        public RunningBody launch(BodyTask task) {
            ThreadBody body = new ThreadBody(task, running, null);
            running.add(body);
            threads.execute(body);
            return body;
        }

        /** Only within workflow code, whose thread waits: the engine's own threads are few, and not for what may block. */
        @Override
        public boolean run(BodyTask task, Consumer<RunningBody> begun) {
            ThreadBody code = OUTER.get();
            if (code == null || task.hasTimeout() || Thread.currentThread().isInterrupted()) {
                return false;
            }
            ThreadBody body = new ThreadBody(task, running, code);
            running.add(body);
            begun.accept(body);
            Map<String, String> logging = MDC.getCopyOfContextMap();
            body.runOnce();
            if (logging != null) { // none is kept without a logger
                MDC.setContextMap(logging);
            }
            code.interruptIfCancelled();
            return true;
        }

        @Override
        public void cancel() {
            nested.forEach(ThreadScope::cancel);
            running.forEach(ThreadBody::cancel);
        }

        @Override
        public void close() {
            nested.clear();
        }
    }

    /** A body on its thread. Its lock makes sure that an interrupt reaches this body and none that has the thread later. */
    private static final class ThreadBody implements Runnable, BodyScope.RunningBody {
        private final BodyTask task;
        private final Set<ThreadBody> running;
        /** The code that it runs within; what interrupts that one interrupts this one. */
        private final @Nullable ThreadBody code;

        private @Nullable Thread thread;
        private boolean isCancelled;

        ThreadBody(BodyTask task, Set<ThreadBody> running, @Nullable ThreadBody code) {
            this.task = task;
            this.running = running;
            this.code = code;
        }

        @Override
        public void run() {
            OUTER.set(this);
            runOnce();
            OUTER.remove();
        }

        private void runOnce() {
            if (!begin()) {
                running.remove(this);
                task.cancelled();
                return;
            }
            task.loggingContext().forEach(MDC::put);
            Object value = null;
            Throwable thrown = null;
            try {
                value = ((BlockingBody) task.body()).run(task.context());
            } catch (Throwable any) { // whatever a body throws is its step's failure
                thrown = any;
            }
            MDC.clear();
            boolean wasCancelled = end();
            running.remove(this);
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

        /** The interrupt may have come while another body ran here, and have been taken for that one's. */
        private synchronized void interruptIfCancelled() {
            if (isCancelled) {
                Thread.currentThread().interrupt();
            }
        }

        private synchronized boolean end() {
            thread = null;
            Thread.interrupted(); // an interrupt that was meant for this body must not reach the thread's next one
            return isCancelled || (code != null && code.isCancelled());
        }

        private synchronized boolean isCancelled() {
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
