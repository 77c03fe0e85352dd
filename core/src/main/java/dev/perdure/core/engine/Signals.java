package dev.perdure.core.engine;

import dev.perdure.core.EncodedText;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.ApprovalAnswer;
import dev.perdure.core.definition.AwaitSignal;
import dev.perdure.core.definition.SignalNames;
import dev.perdure.core.definition.ValueTypes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.WaitRecord;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is sent to runs from outside: signals, answers to approvals, callbacks. Thread-safe. */
final class Signals {
    /** An approval is answered once, and a callback comes once, so each has one key. */
    private static final String ONCE = "once";

    private final Services services;
    private final RunRegistry registry;

    Signals(Services services, RunRegistry registry) {
        this.services = services;
        this.registry = registry;
    }

    /** Sends a signal; completes once it is durable, with whether it is a new one. */
    CompletableFuture<Boolean> send(String runId, String name, Payload payload, @Nullable String key) {
        requireSendable(name);
        return put(runId, name, payload, key);
    }

    static void requireSendable(String name) {
        Names.requireValid("signal", name);
        if (name.startsWith(SignalNames.RESERVED)) {
            throw new PerdureException(
                    ErrorCode.INVALID_NAME,
                    "signal name " + Names.quoted(name) + " begins with \"" + SignalNames.RESERVED
                            + "\", which is kept for approvals and callbacks; choose another");
        }
    }

    private CompletableFuture<Boolean> put(String runId, String name, Payload payload, @Nullable String key) {
        requireSmall(runId, payload, services.settings().maxPayloadLength());
        long now = services.time().now().toEpochMilli();
        SignalRecord signal = new SignalRecord(0, name, payload.text(), key, now);
        return services.tenures().again(() -> put(runId, signal));
    }

    private CompletableFuture<Boolean> put(String runId, SignalRecord signal) {
        CompletableFuture<Boolean> sent = new CompletableFuture<>();
        Write write = new Write.Signal(runId, signal, services.settings().maxWaitingSignals());
        services.committer().submit(write, new Acknowledged() {
            @Override
            public void committed(WriteResult result) {
                if (result.isDone()) {
                    registry.signalled(runId, signal.at(result.seq()));
                }
                registry.completeOnPool(() -> answer(runId, signal.name(), result, sent));
            }

            @Override
            public void refused(PerdureException why) {
                registry.completeOnPool(() -> {
                    registry.news().nudge(runId); // it may be durable all the same, and then the run has to have it
                    sent.completeExceptionally(why);
                });
            }

            @Override
            public boolean isImpatient() {
                return true;
            }
        });
        return sent;
    }

    static void requireSmall(String runId, Payload payload, int limit) {
        if (payload.text().length() > limit) {
            throw Refusals.refusal(
                    ErrorCode.LIMIT_EXCEEDED,
                    runId,
                    "what is sent has " + payload.text().length() + " characters as JSON; at most " + limit
                            + " are allowed (maxPayloadLength). Keep the data elsewhere and send a reference to it");
        }
    }

    /** Whether a signal that was sent is a new one. */
    static boolean isNew(String runId, String name, WriteResult result, int limit) {
        return switch (result.kind()) {
            case DONE -> true;
            case DUPLICATE -> false;
            case UNKNOWN_RUN -> throw Refusals.unknown(runId);
            case ENDED ->
                throw Refusals.refusal(
                        ErrorCode.WRONG_STATUS,
                        runId,
                        "run \"" + runId + "\" has ended "
                                + Objects.requireNonNull(result.run()).status()
                                + "; it takes no signals any more");
            case FULL ->
                throw Refusals.refusal(
                        ErrorCode.LIMIT_EXCEEDED,
                        runId,
                        limit + " signals wait for run \"" + runId + "\" already (maxWaitingSignals); signal "
                                + Names.quoted(name) + " was refused");
            case BEGUN, EXISTS, NOT_OWNED, IN_USE ->
                throw new IllegalStateException("not an answer to a signal: " + result.kind());
        };
    }

    private void answer(String runId, String name, WriteResult result, CompletableFuture<Boolean> sent) {
        try {
            sent.complete(isNew(runId, name, result, services.settings().maxWaitingSignals()));
        } catch (PerdureException refused) {
            sent.completeExceptionally(refused);
        }
    }

    /** The requests that wait for an answer, the oldest first. */
    List<PendingApproval> approvals(int limit, int offset) {
        return services.store().waits("approval", limit, offset).stream()
                .flatMap(Signals::approval)
                .toList();
    }

    /** Of a run that is blocked because its payloads cannot be read, none: it takes no answer. */
    private static Stream<PendingApproval> approval(WaitRecord wait) {
        String detail = wait.row().detail();
        return detail != null && EncodedText.isEncoded(detail) ? Stream.empty() : Stream.of(readable(wait));
    }

    private static PendingApproval readable(WaitRecord wait) {
        Entry.WaitStarted begun = (Entry.WaitStarted) RowFormat.toEntry(wait.runId(), wait.row());
        Map<?, ?> request = request(begun);
        return new PendingApproval(
                wait.runId(),
                begun.path(),
                String.valueOf(request.get("prompt")),
                metadata(request.get("metadata")),
                choices(request),
                begun.at(),
                begun.due());
    }

    private static Map<?, ?> request(Entry.WaitStarted wait) {
        return wait.detail().get("request") instanceof Map<?, ?> request ? request : Map.of();
    }

    @SuppressWarnings("unchecked") // plain data has strings as keys
    private static Map<String, @Nullable Object> metadata(@Nullable Object plain) {
        return plain instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : new LinkedHashMap<>();
    }

    private static List<String> choices(Map<?, ?> request) {
        return request.get("choices") instanceof List<?> choices
                ? choices.stream().map(String::valueOf).toList()
                : List.of();
    }

    CompletableFuture<Void> approve(String runId, Path path, ApprovalAnswer answer) {
        Row wait = waitAt(runId, path, "approval");
        Entry.WaitStarted begun = (Entry.WaitStarted) RowFormat.toEntry(runId, wait);
        List<String> choices = choices(request(begun));
        if (!choices.isEmpty() && !choices.contains(answer.choice())) {
            throw Refusals.refusal(
                    ErrorCode.INVALID_ARGUMENT,
                    runId,
                    "approval \"" + path + "\" offers " + choices + "; " + Names.quoted(answer.choice())
                            + " is none of them");
        }
        return once(runId, path, SignalNames.approval(path), Payload.of(ValueTypes.APPROVAL_ANSWER.encode(answer)));
    }

    private CompletableFuture<Void> once(String runId, Path path, String signal, Payload payload) {
        return put(runId, signal, payload, ONCE).thenAccept(isNew -> {
            if (!isNew) {
                throw answered(runId, path);
            }
        });
    }

    /** The row of a wait that has not ended. */
    private Row waitAt(String runId, Path path, String kind) {
        if (services.store().find(runId).isEmpty()) {
            throw Refusals.unknown(runId);
        }
        Row last = null;
        for (Row row : services.store().journal(runId)) {
            if (row.kind().equals(kind) && row.path().equals(path.toString())) {
                last = row;
            }
        }
        if (last == null) {
            throw Refusals.refusal(
                    ErrorCode.WRONG_STATUS,
                    runId,
                    "run \"" + runId + "\" has no " + kind + " at \"" + path + "\", or is not there yet");
        }
        if (last.status() != StepStatus.WAITING) {
            throw answered(runId, path);
        }
        return last;
    }

    private static PerdureException answered(String runId, Path path) {
        return new PerdureException(
                ErrorCode.ALREADY_ANSWERED,
                "\"" + path + "\" of run \"" + runId + "\" was answered before, or does not wait any more;"
                        + " what was answered first stays",
                runId,
                path,
                null);
    }

    /** A call from outside brings a token: ends the wait that it belongs to. */
    CompletableFuture<Void> complete(String text, Payload payload) {
        CallbackToken token = CallbackToken.parse(text);
        Path request = token.request();
        Path path = request.parent();
        boolean isKnown = false;
        boolean isOver = false;
        for (Row row : services.store().journal(token.runId())) {
            if (row.kind().equals("token") && row.path().equals(request.toString())) {
                Entry.TokenIssued issued = (Entry.TokenIssued) RowFormat.toEntry(token.runId(), row);
                isKnown |= token.hasHash(issued.hash());
            }
            boolean isWait =
                    path != null && row.kind().equals("callback") && row.path().equals(path.toString());
            isOver = isWait ? row.status() != StepStatus.WAITING : isOver;
        }
        if (!isKnown || path == null || !request.equals(path.part(AwaitSignal.REQUEST))) {
            throw CallbackToken.invalid();
        }
        if (isOver) {
            throw answered(token.runId(), path);
        }
        return once(token.runId(), path, SignalNames.callback(path), payload);
    }
}
