package dev.perdure.core.journal;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The stored form of journal entries. What it writes, every later version reads: golden files hold it still. */
public final class RowFormat {
    private static final String WARNING = "warning";
    private static final String CANCEL = "cancel";
    private static final String RETRY = "retry";
    private static final String PAUSE = "pause";
    private static final String RESUME = "resume";
    private static final String COMPENSATE = "compensate";
    private static final String CHOOSE = "choose";
    private static final String DECIDE = "decide";
    private static final String TOKEN = "token";
    private static final String SIGNALS = "signals";
    private static final String TIMED_OUT = "timedOut";
    private static final String UNDOABLE = "undoable";

    private RowFormat() {}

    /** The row of an entry other than {@link Entry.RunEnded}, which has none. */
    public static Row toRow(Entry entry, long seq, NodePlace place) {
        RowBuilder row = new RowBuilder(seq, entry.path(), place);
        if (entry instanceof Entry.StepStarted started) {
            row.attempt(started.attempt(), StepStatus.RUNNING).startedAt(started.at());
        } else if (entry instanceof Entry.TokenIssued issued) {
            row.kind(TOKEN).attempt(issued.attempt(), StepStatus.NOTED).finishedAt(issued.at());
            row.detail(Map.of("hash", issued.hash()));
        } else if (entry instanceof Entry.StepCompleted done) {
            row.attempt(done.attempt(), StepStatus.COMPLETED).from(done.startedAt(), done.at());
            row.output(done.output()).changes(done.changes());
            if (done.isUndoable()) {
                row.detail(Map.of(UNDOABLE, true));
            }
            if (place.kind().equals(DECIDE)) {
                row.taken((String) done.output().plain(), null);
            }
        } else if (entry instanceof Entry.StepFailed failed) {
            row.attempt(failed.attempt(), failed.status()).from(failed.startedAt(), failed.at());
            row.failure(failed.failure()).retryAt(failed.retryAt());
        } else if (entry instanceof Entry.StepInterrupted interrupted) {
            row.attempt(interrupted.attempt(), StepStatus.INTERRUPTED).finishedAt(interrupted.at());
        } else if (entry instanceof Entry.StepCancelled cancelled) {
            row.attempt(cancelled.attempt(), StepStatus.CANCELLED).finishedAt(cancelled.at());
        } else if (entry instanceof Entry.BlockEnded block) {
            row.kind(block.kind()).attempt(0, block.status()).from(block.startedAt(), block.at());
            row.output(block.output()).changes(block.changes()).failure(block.failure());
            row.detail(block.summary().toPlain()).joinPolicy(block.joinPolicy());
            if (block.kind().equals(CHOOSE)) {
                row.taken(block.summary().taken(), block.summary().condition());
            }
        } else if (entry instanceof Entry.WaitStarted wait) {
            row.attempt(1, StepStatus.WAITING)
                    .startedAt(wait.at())
                    .retryAt(wait.due())
                    .detail(wait.detail());
        } else if (entry instanceof Entry.WaitCompleted wait) {
            row.attempt(1, StepStatus.COMPLETED)
                    .from(wait.startedAt(), wait.at())
                    .output(wait.output());
            Map<String, Object> detail = new LinkedHashMap<>();
            detail.put(SIGNALS, wait.signals());
            detail.put(TIMED_OUT, wait.isTimedOut());
            row.detail(detail);
        } else if (entry instanceof Entry.Warned warned) {
            row.kind(WARNING).finishedAt(warned.at()).detail(Map.of("message", warned.message()));
        } else if (entry instanceof Entry.CancelRequested cancel) {
            row.kind(CANCEL).finishedAt(cancel.at()).detail(Map.of("reason", cancel.reason()));
            row.failure(cancel.failure());
        } else if (entry instanceof Entry.RunRetried retried) {
            row.kind(RETRY).finishedAt(retried.at());
        } else if (entry instanceof Entry.RunPaused paused) {
            row.kind(PAUSE).finishedAt(paused.at()).detail(Map.of("reason", paused.reason()));
        } else if (entry instanceof Entry.RunResumed resumed) {
            row.kind(RESUME).finishedAt(resumed.at());
        } else if (entry instanceof Entry.CompensationStarted started) {
            row.kind(COMPENSATE).finishedAt(started.at()).failure(started.failure());
            row.detail(Map.of("status", started.status().name()));
        } else {
            throw new PerdureException(ErrorCode.INTERNAL, "no row for " + entry.getClass());
        }
        return row.build();
    }

    /**
     * The entry that a row says.
     *
     * @throws PerdureException CORRUPT_ROW when the row is not what was written; UNREADABLE_PAYLOAD when a payload codec encoded
     *     it, and it could not be decoded
     */
    public static Entry toEntry(String runId, Row row) {
        return toEntry(runId, row, false);
    }

    /** As {@link #toEntry(String, Row)}; without the changes when a snapshot of the context has them already. */
    public static Entry toEntry(String runId, Row row, boolean isInSnapshot) {
        requireIntact(runId, row);
        try {
            return read(isInSnapshot ? row.withoutChanges() : row);
        } catch (RuntimeException malformed) {
            if (malformed instanceof PerdureException known && known.code() == ErrorCode.UNREADABLE_PAYLOAD) {
                throw unreadable(runId, row, known);
            }
            throw corrupt(runId, row, "its content is not in the form of a " + kind(row) + " row", malformed);
        }
    }

    private static void requireIntact(String runId, Row row) {
        if (checksum(row) != row.checksum()) {
            throw corrupt(runId, row, "its checksum does not match its content", null);
        }
        if (!Names.isPrintable(row.path())) {
            throw corrupt(runId, row, "its path has characters that no name has", null);
        }
    }

    private static Entry read(Row row) {
        Path path = Path.parse(row.path());
        return switch (row.kind()) {
            case WARNING -> new Entry.Warned(path, detail(row, "message"), finishedAt(row));
            case CANCEL -> new Entry.CancelRequested(detail(row, "reason"), failure(row), finishedAt(row));
            case RETRY -> new Entry.RunRetried(finishedAt(row));
            case PAUSE -> new Entry.RunPaused(detail(row, "reason"), finishedAt(row));
            case RESUME -> new Entry.RunResumed(finishedAt(row));
            case COMPENSATE ->
                new Entry.CompensationStarted(RunStatus.valueOf(detail(row, "status")), failure(row), finishedAt(row));
            case TOKEN -> new Entry.TokenIssued(path, row.attempt(), detail(row, "hash"), finishedAt(row));
            case "parallel", "branch", "for_each", "item", CHOOSE, "clause", "repeat_until", "iteration", "procedure" ->
                new Entry.BlockEnded(
                        path,
                        row.kind(),
                        row.status(),
                        row.output() == null ? null : new Payload(row.output()),
                        changes(row),
                        failure(row),
                        BlockSummary.fromPlain(row.detail() == null ? null : Json.read(row.detail())),
                        row.joinPolicy(),
                        startedAt(row),
                        finishedAt(row));
            case "sleep", "signal", "approval", "callback", "call" -> readWait(path, row);
            default -> readAttempt(path, row);
        };
    }

    private static Entry readAttempt(Path path, Row row) {
        return switch (row.status()) {
            case RUNNING -> new Entry.StepStarted(path, row.attempt(), startedAt(row));
            case COMPLETED ->
                new Entry.StepCompleted(
                        path,
                        row.attempt(),
                        new Payload(Objects.requireNonNull(row.output())),
                        changes(row),
                        row.detail() != null && Boolean.TRUE.equals(detail(row).get(UNDOABLE)),
                        startedAt(row),
                        finishedAt(row));
            case FAILED, TIMED_OUT ->
                new Entry.StepFailed(
                        path,
                        row.attempt(),
                        row.status(),
                        Objects.requireNonNull(failure(row)),
                        retryAt(row),
                        startedAt(row),
                        finishedAt(row));
            case INTERRUPTED -> new Entry.StepInterrupted(path, row.attempt(), finishedAt(row));
            case CANCELLED -> new Entry.StepCancelled(path, row.attempt(), finishedAt(row));
            case WAITING, NOTED -> throw new IllegalArgumentException("a step's row cannot be " + row.status());
        };
    }

    private static Entry readWait(Path path, Row row) {
        return switch (row.status()) {
            case WAITING -> new Entry.WaitStarted(path, retryAt(row), detail(row), startedAt(row));
            case COMPLETED ->
                new Entry.WaitCompleted(
                        path,
                        new Payload(Objects.requireNonNull(row.output())),
                        signals(row),
                        Boolean.TRUE.equals(detail(row).get(TIMED_OUT)),
                        startedAt(row),
                        finishedAt(row));
            case FAILED, TIMED_OUT, CANCELLED, RUNNING, INTERRUPTED, NOTED -> readAttempt(path, row);
        };
    }

    private static List<Long> signals(Row row) {
        return ((List<?>) Objects.requireNonNull(detail(row).get(SIGNALS)))
                .stream().map(Long.class::cast).toList();
    }

    private static Changes changes(Row row) {
        return row.changes() == null ? Changes.NONE : Changes.fromPlain(Json.read(row.changes()));
    }

    private static @Nullable Failure failure(Row row) {
        return row.error() == null ? null : Failure.fromPlain(Json.read(row.error()));
    }

    private static String detail(Row row, String key) {
        return (String) Objects.requireNonNull(detail(row).get(key));
    }

    @SuppressWarnings("unchecked") // a detail is stored as a map
    private static Map<String, @Nullable Object> detail(Row row) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(Json.read(Objects.requireNonNull(row.detail())));
    }

    private static @Nullable Instant retryAt(Row row) {
        return row.retryAt() == null ? null : Instant.ofEpochMilli(row.retryAt());
    }

    private static Instant startedAt(Row row) {
        return Instant.ofEpochMilli(Objects.requireNonNull(row.startedAt()));
    }

    private static Instant finishedAt(Row row) {
        return Instant.ofEpochMilli(Objects.requireNonNull(row.finishedAt()));
    }

    /** CRC-32C over all columns but the checksum itself. */
    static int checksum(Row row) {
        CRC32C crc = new CRC32C();
        add(crc, Long.toString(row.seq()));
        add(crc, row.path());
        add(crc, row.parentPath());
        add(crc, row.branch());
        add(crc, row.kind());
        add(crc, Integer.toString(row.attempt()));
        add(crc, row.status().name());
        add(crc, row.output());
        add(crc, row.changes());
        add(crc, row.error());
        add(crc, row.detail());
        add(crc, row.joinPolicy());
        add(crc, text(row.startedAt()));
        add(crc, text(row.finishedAt()));
        add(crc, text(row.retryAt()));
        return (int) crc.getValue();
    }

    private static @Nullable String text(@Nullable Long number) {
        return number == null ? null : number.toString();
    }

    private static void add(CRC32C crc, @Nullable String text) {
        if (text != null) {
            crc.update(text.getBytes(StandardCharsets.UTF_8));
        }
        crc.update(text == null ? 1 : 0);
    }

    private static String kind(Row row) {
        return Names.isPrintable(row.kind()) ? row.kind() : Names.quoted(row.kind());
    }

    private static PerdureException unreadable(String runId, Row row, PerdureException why) {
        return new PerdureException(
                ErrorCode.UNREADABLE_PAYLOAD,
                "run " + Names.quoted(runId) + ": journal row " + row.seq() + " (" + kind(row) + " "
                        + Names.quoted(row.path()) + "): " + why.getMessage(),
                runId,
                Path.parse(row.path()),
                why);
    }

    private static PerdureException corrupt(String runId, Row row, String why, @Nullable Throwable cause) {
        return new PerdureException(
                ErrorCode.CORRUPT_ROW,
                "run " + Names.quoted(runId) + ": journal row " + row.seq() + " (" + kind(row) + " "
                        + Names.quoted(row.path())
                        + ") is damaged: " + why
                        + ". The run is blocked and keeps its journal; restore the row from a backup, or reset the run",
                runId,
                Path.parse(row.path()),
                cause);
    }
}
