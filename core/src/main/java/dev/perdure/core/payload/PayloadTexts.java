package dev.perdure.core.payload;

import dev.perdure.core.EncodedText;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.StoredSignal;
import dev.perdure.core.spi.PayloadCodec;
import dev.perdure.core.spi.PayloadPlace;
import dev.perdure.core.spi.Recorded;
import dev.perdure.core.spi.StoreException;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** Has one codec encode and decode the payloads of records, each at its place. Thread-safe, as the codec is. */
final class PayloadTexts {
    private final PayloadCodec codec;

    PayloadTexts(PayloadCodec codec) {
        if (!codec.name().matches("[a-z0-9-]{1,40}")) {
            throw new PerdureException(
                    ErrorCode.INVALID_NAME,
                    "payload codec name " + Names.quoted(codec.name())
                            + "; expected 1 to 40 lower-case letters, digits and hyphens");
        }
        this.codec = codec;
    }

    private interface Form {
        String apply(String text, PayloadPlace place);
    }

    RunRecord encoded(RunRecord run) {
        return run.recoded(ofRun(run.id(), run.contextSeq(), this::encode));
    }

    RunRecord decoded(RunRecord run) {
        return run.recoded(ofRun(run.id(), run.contextSeq(), this::decode));
    }

    RunUpdate encoded(String runId, RunUpdate update) {
        return update.recoded(ofRun(runId, update.contextSeq(), this::encode));
    }

    private static BinaryOperator<String> ofRun(String runId, long contextSeq, Form form) {
        return (column, text) -> {
            long seq = column.equals("context") ? contextSeq : 0;
            return form.apply(text, new PayloadPlace("runs", runId, seq, "", column));
        };
    }

    Row encoded(String runId, Row row) {
        return row.recoded(ofRow(runId, row, this::encode));
    }

    Row decoded(String runId, Row row) {
        return row.recoded(ofRow(runId, row, this::decode));
    }

    private static BinaryOperator<String> ofRow(String runId, Row row, Form form) {
        return (column, text) -> form.apply(text, new PayloadPlace("steps", runId, row.seq(), row.path(), column));
    }

    SignalRecord encoded(String runId, SignalRecord signal) {
        return signal.recoded(text -> encode(text, ofSignal(runId, signal)));
    }

    Recorded decoded(Recorded recorded) {
        String runId = recorded.run().id();
        return new Recorded(
                decoded(recorded.run()),
                recorded.rows().stream().map(row -> decoded(runId, row)).toList(),
                recorded.signals().stream()
                        .map(signal -> decoded(runId, signal))
                        .toList());
    }

    SignalRecord decoded(String runId, SignalRecord signal) {
        return signal.recoded(text -> decode(text, ofSignal(runId, signal)));
    }

    StoredSignal encoded(String runId, StoredSignal stored) {
        return new StoredSignal(encoded(runId, stored.signal()), stored.consumedAt(), stored.consumedBy());
    }

    StoredSignal decoded(String runId, StoredSignal stored) {
        return new StoredSignal(decoded(runId, stored.signal()), stored.consumedAt(), stored.consumedBy());
    }

    /** The store gives a signal its number only when it is written. */
    private static PayloadPlace ofSignal(String runId, SignalRecord signal) {
        return new PayloadPlace("signals", runId, 0, signal.name(), "payload");
    }

    ScheduleRecord encoded(ScheduleRecord schedule) {
        return schedule.recoded(text -> encode(text, ofSchedule(schedule)));
    }

    ScheduleRecord decoded(ScheduleRecord schedule) {
        return schedule.recoded(text -> decode(text, ofSchedule(schedule)));
    }

    private static PayloadPlace ofSchedule(ScheduleRecord schedule) {
        return new PayloadPlace("schedules", schedule.name(), 0, schedule.workflow(), "input");
    }

    private String encode(String text, PayloadPlace place) {
        if (EncodedText.isEncoded(text)) {
            return EncodedText.stored(text); // it could not be decoded here, so it stays what it is
        }
        String encoded;
        try {
            encoded = codec.encode(text, place);
        } catch (RuntimeException failed) {
            throw notEncoded(place, "it threw " + failed.getClass().getName(), failed);
        }
        if (encoded.indexOf('\0') >= 0) {
            throw notEncoded(place, "it gave a text with U+0000, which no database keeps", null);
        }
        return EncodedText.of(codec.name(), encoded);
    }

    private StoreException notEncoded(PayloadPlace place, String why, @Nullable Throwable cause) {
        return new StoreException(
                ErrorCode.STORE_UNAVAILABLE,
                "payload codec " + Names.quoted(codec.name()) + " could not encode " + place.table() + "."
                        + place.column() + " of " + Names.quoted(place.owner()) + ": " + why
                        + ". Nothing of the batch was written",
                true,
                cause);
    }

    private String decode(String text, PayloadPlace place) {
        if (!EncodedText.isEncoded(text)) {
            return codec.acceptsPlain() ? text : EncodedText.unreadable(text, "it was stored without a payload codec");
        }
        if (!codec.name().equals(EncodedText.codec(text))) {
            return EncodedText.unreadable(
                    text, EncodedText.reason(EncodedText.stored(text)) + " (but " + Names.quoted(codec.name()) + ")");
        }
        try {
            return codec.decode(EncodedText.encoded(text), place);
        } catch (StoreException unavailable) {
            throw unavailable;
        } catch (PerdureException undecodable) {
            return EncodedText.unreadable(text, String.valueOf(undecodable.getMessage()));
        } catch (RuntimeException failed) {
            String by = "payload codec " + Names.quoted(codec.name()) + " threw ";
            return EncodedText.unreadable(text, by + failed.getClass().getName());
        }
    }
}
