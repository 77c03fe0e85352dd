package dev.perdure.core.engine;

import dev.perdure.core.Json;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.machine.Event;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What may be asked of a run that another engine has: it is sent like a signal, and recorded by whoever has the run. */
enum Command {
    CANCEL("cancel"),
    PAUSE("pause"),
    RESUME("resume");

    private static final Set<String> PAUSES = Set.of("pause", "resume");
    private final String word;

    Command(String word) {
        this.word = word;
    }

    /** The signal that asks for it. */
    SignalRecord signal(String reason, Instant now) {
        return new SignalRecord(
                0,
                SignalRecord.COMMAND + word,
                Json.write(reason),
                UUID.randomUUID().toString(),
                now.toEpochMilli());
    }

    /** What a signal asks of a run; null for what this version does not know. */
    static @Nullable Event event(SignalRecord signal, Instant now) {
        String reason = String.valueOf(Json.read(signal.payload()));
        for (Command command : values()) {
            if (signal.name().equals(SignalRecord.COMMAND + command.word)) {
                return switch (command) {
                    case CANCEL -> new Event.CancelAsked(reason, now);
                    case PAUSE -> new Event.PauseAsked(reason, now);
                    case RESUME -> new Event.ResumeAsked(now);
                };
            }
        }
        return null;
    }

    /** Whether a run's journal says that it was done. */
    boolean isDone(List<Row> journal) {
        if (this == CANCEL) {
            return journal.stream().anyMatch(row -> row.kind().equals(word));
        }
        String last = "";
        for (Row row : journal) {
            last = PAUSES.contains(row.kind()) ? row.kind() : last;
        }
        return last.equals(word);
    }
}
