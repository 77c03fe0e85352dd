package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.AwaitSignal;
import dev.perdure.core.definition.SignalNames;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A wait for signals, an answer or a callback. */
final class SignalFrame extends WaitFrame {
    private final AwaitSignal wait;
    private final List<String> names;

    SignalFrame(Wiring wiring, Parent parent, AwaitSignal wait, Path path, Path scope) {
        super(
                wiring,
                parent,
                wait.request() == null ? null : new Head(AwaitSignal.REQUEST, wait.request()),
                path,
                scope);
        this.wait = wait;
        this.names = SignalNames.of(wait, path);
        StepFrame request = head();
        if (request != null && wait.mode() == AwaitSignal.Mode.CALLBACK) {
            request.withToken();
        }
    }

    @Override
    @Nullable
    Instant dueFrom(Instant at) {
        return wait.timeout() == null ? null : at.plus(wait.timeout());
    }

    @Override
    OpenNode.State waitState() {
        return OpenNode.State.AWAITING;
    }

    @Override
    Map<String, @Nullable Object> detail() {
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("mode", wait.mode().name());
        detail.put("signals", names);
        if (wait.mode() == AwaitSignal.Mode.APPROVAL) {
            detail.put("request", said().plain());
        }
        return detail;
    }

    @Override
    void waiting(boolean isAgain, Instant at) {
        wiring.inbox.await(this, at);
    }

    @Override
    void waitEnded() {
        wiring.inbox.leave(this);
    }

    /** Ends the wait where {@code kept}, the oldest first, has what it waits for. */
    void take(Collection<Event.SignalArrived> kept, Instant at) {
        List<Event.SignalArrived> found = new ArrayList<>();
        List<String> missing = new ArrayList<>(names);
        for (Event.SignalArrived signal : kept) {
            if (missing.contains(signal.name())) {
                found.add(signal);
                missing.remove(signal.name());
            }
            if (wait.mode() != AwaitSignal.Mode.ALL && !found.isEmpty()) {
                missing.clear();
            }
        }
        if (missing.isEmpty()) {
            wiring.inbox.consume(found); // no other wait may take them before the end of this one is applied
            emitCompleted(
                    output(found), found.stream().map(Event.SignalArrived::seq).toList(), false, at);
        }
    }

    private Payload output(List<Event.SignalArrived> found) {
        return switch (wait.mode()) {
            case ONE, APPROVAL, CALLBACK -> found.get(0).payload();
            case ANY -> Payload.of(any(found.get(0)));
            case ALL -> Payload.of(all(found));
        };
    }

    private static Map<String, @Nullable Object> any(Event.SignalArrived signal) {
        Map<String, @Nullable Object> output = new LinkedHashMap<>();
        output.put("signal", signal.name());
        output.put("value", signal.payload().plain());
        return output;
    }

    private Map<String, @Nullable Object> all(List<Event.SignalArrived> found) {
        Map<String, @Nullable Object> output = new LinkedHashMap<>();
        names.forEach(name -> found.stream()
                .filter(signal -> signal.name().equals(name))
                .forEach(signal -> output.put(name, signal.payload().plain())));
        return output;
    }

    @Override
    void timedOut(Instant at) {
        if (wait.onTimeout() instanceof AwaitSignal.OnTimeout.Yield yield) {
            emitCompleted(yield.output(), List.of(), true, at);
        } else {
            Failure late = Failure.of(
                    ErrorCode.TIMED_OUT,
                    "nothing that \"" + path() + "\" waits for came within its timeout of " + wait.timeout(),
                    path());
            emitFailed(StepStatus.TIMED_OUT, late, at);
        }
    }
}
