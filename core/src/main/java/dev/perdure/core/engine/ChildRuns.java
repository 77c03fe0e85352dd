package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.Action;
import dev.perdure.core.machine.Event;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs that other runs call. A child's id follows from its parent's and the path of the call, so that starting it again,
 * after a crash, attaches to it. Thread-safe.
 */
final class ChildRuns {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final int LONGEST_ID = 200;

    private final Services services;
    private final Registered workflows;
    private final RunRegistry registry;

    ChildRuns(Services services, Registered workflows, RunRegistry registry) {
        this.services = services;
        this.workflows = workflows;
        this.registry = registry;
    }

    /** The run that {@code parent} calls at {@code path}. */
    static String idOf(RunRecord parent, Path path) {
        String generation = parent.generation() == 1 ? "" : "?generation=" + parent.generation();
        String id = parent.id() + "/" + path + generation;
        return id.length() <= LONGEST_ID ? id : "child-" + UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8));
    }

    void attend(RunDriver driver, RunRecord parent, Action.AttendChild action) {
        Path path = action.path();
        String childId = idOf(parent, path);
        RunRecord child;
        try {
            Workflow<?, ?> workflow =
                    workflows.require(action.call().workflow(), action.call().version());
            String waiting = action.call().isDetached() ? null : parent.id();
            child = StartRequest.record(workflow, childId, action.input(), waiting, now());
        } catch (PerdureException unknown) {
            tell(driver, parent.id(), failed(path, unknown));
            return;
        }
        var unused = registry.starts().start(child, false).whenComplete((started, refused) -> {
            if (refused != null) {
                refused(driver, parent.id(), path, refused);
            } else if (started.status().isTerminal() && !action.call().isDetached()) {
                again(driver, parent, action, started);
            } else {
                underWay(driver, parent.id(), new Event.ChildStarted(path, childId, now()), -1);
            }
        });
    }

    /** @param formerEnd the last row of the end after which it goes on; -1 for none */
    private void underWay(RunDriver driver, String parentId, Event.ChildStarted event, long formerEnd) {
        driver.requests().childStarted(event, formerEnd, () -> registry.enqueue(parentId));
    }

    private void refused(RunDriver driver, String parentId, Path path, Throwable refused) {
        PerdureException why = Futures.refusal(refused);
        switch (why.code()) {
            case RUN_CONFLICT -> tell(driver, parentId, failed(path, why));
            case UNREADABLE_PAYLOAD -> driver.block(why, path); // whether that run is its child cannot be told
            default ->
                LOG.warn(
                        "the child run of {} at {} could not be started; it is when the run is next taken up: {}",
                        parentId,
                        path,
                        why.getMessage());
        }
    }

    /** The child ended before: a retried parent retries it, any other takes its outcome. */
    private void again(RunDriver driver, RunRecord parent, Action.AttendChild action, RunRecord child) {
        if (!action.isRetry() || child.status() == RunStatus.COMPLETED) {
            tellEnded(driver, parent, action.path(), child);
            return;
        }
        var unused = Futures.of(() -> registry.retries().retryOnceLeft(child.id()))
                .whenComplete((retried, refused) -> {
                    if (refused == null) {
                        underWay(
                                driver,
                                parent.id(),
                                new Event.ChildStarted(action.path(), child.id(), now()),
                                child.contextSeq());
                        registry.news().nudge(parent.id()); // it may have ended before that was told
                    } else if (isPassing(refused)) {
                        registry.news().later(() -> attend(driver, parent, action));
                    } else {
                        tellEnded(driver, parent, action.path(), child);
                    }
                });
    }

    /** The store is out of reach, which says nothing of the child. */
    private static boolean isPassing(Throwable refused) {
        return Futures.refusal(refused).code() == ErrorCode.STORE_UNAVAILABLE;
    }

    void cancel(RunDriver driver, RunRecord parent, Action.CancelChild action) {
        String childId = idOf(parent, action.path());
        String why = "the run that called it was cancelled";
        var unused = Futures.of(() -> registry.questions().cancel(childId, why))
                .thenAccept(isCancelled -> {
                    if (!isCancelled) { // else its end will be heard of
                        tellOfNone(driver, parent, action.path(), childId);
                    }
                })
                .exceptionally(refused -> {
                    if (isPassing(refused)) {
                        registry.news().later(() -> cancel(driver, parent, action));
                    }
                    return null; // any other engine that goes on with the parent cancels it
                });
    }

    /** There is no child at {@code path}, or none that anything can be asked of. */
    private void tellOfNone(RunDriver driver, RunRecord parent, Path path, String childId) {
        RunRecord child = services.store().find(childId).orElse(null);
        if (child == null) {
            tell(driver, parent.id(), new Event.ChildEnded(path, RunStatus.CANCELLED, null, null, now()));
        } else if (child.status().isTerminal()) {
            tellEnded(driver, parent, path, child);
        }
    }

    /** A run ended, and that is durable: whoever called it hears of it, in memory or by being taken up. */
    void ended(RunRecord child) {
        String parentId = Objects.requireNonNull(child.parent(), "asked of child runs only");
        registry.withDriver(
                parentId,
                driver -> driver.requests()
                        .childEnded(child, path -> ended(path, child), () -> registry.enqueue(parentId)),
                () -> registry.enqueue(parentId));
    }

    private void tell(RunDriver driver, String parentId, Event event) {
        driver.requests().childEvent(event, () -> registry.enqueue(parentId));
    }

    private void tellEnded(RunDriver driver, RunRecord parent, Path path, RunRecord child) {
        Event.ChildEnded ended;
        try {
            ended = ended(path, child);
        } catch (PerdureException unreadable) { // its parent cannot go on without what it gave
            driver.block(unreadable, path);
            return;
        }
        tell(driver, parent.id(), ended);
    }

    private Event.ChildEnded ended(Path path, RunRecord child) {
        Payload output = child.output() == null ? null : new Payload(child.output());
        Failure failure = child.error() == null ? null : Failure.fromPlain(Json.read(child.error()));
        return new Event.ChildEnded(path, child.status(), output, failure, now());
    }

    private Event.ChildEnded failed(Path path, PerdureException why) {
        return new Event.ChildEnded(path, RunStatus.FAILED, null, Failure.of(why), now());
    }

    private Instant now() {
        return services.time().now();
    }
}
