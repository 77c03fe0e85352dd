package dev.perdure.core.journal;

import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects a row's columns and seals it with its checksum. Confined to its caller. */
final class RowBuilder {
    private final long seq;
    private final Path path;
    private final NodePlace place;
    private String kind;
    private int attempt;
    private StepStatus status = StepStatus.NOTED;
    private @Nullable String output;
    private @Nullable String changes;
    private @Nullable String error;
    private @Nullable String detail;
    private @Nullable String joinPolicy;
    private @Nullable Long startedAt;
    private @Nullable Long finishedAt;
    private @Nullable Long retryAt;
    private @Nullable String conditionResult;
    private @Nullable String branchTaken;

    RowBuilder(long seq, Path path, NodePlace place) {
        this.seq = seq;
        this.path = path;
        this.place = place;
        this.kind = place.kind();
    }

    RowBuilder kind(String other) {
        kind = other;
        return this;
    }

    RowBuilder attempt(int number, StepStatus reached) {
        attempt = number;
        status = reached;
        return this;
    }

    RowBuilder startedAt(Instant at) {
        startedAt = at.toEpochMilli();
        return this;
    }

    RowBuilder finishedAt(Instant at) {
        finishedAt = at.toEpochMilli();
        return this;
    }

    RowBuilder from(Instant start, Instant end) {
        return startedAt(start).finishedAt(end);
    }

    RowBuilder output(@Nullable Payload payload) {
        output = payload == null ? null : payload.text();
        return this;
    }

    RowBuilder changes(Changes diff) {
        changes = diff.isEmpty() ? null : Json.write(diff.toPlain());
        return this;
    }

    RowBuilder failure(@Nullable Failure failure) {
        error = failure == null ? null : Json.write(failure.toPlain());
        return this;
    }

    RowBuilder detail(Map<String, ?> plain) {
        detail = Json.write(plain);
        return this;
    }

    RowBuilder joinPolicy(@Nullable String policy) {
        joinPolicy = policy;
        return this;
    }

    RowBuilder retryAt(@Nullable Instant at) {
        retryAt = at == null ? null : (Long) at.toEpochMilli();
        return this;
    }

    /** Which way a choice or decision went; whether that was because of a condition that held. */
    RowBuilder taken(@Nullable String way, @Nullable Boolean isByCondition) {
        branchTaken = way;
        conditionResult = isByCondition == null ? null : isByCondition.toString();
        return this;
    }

    Row build() {
        return sealed(RowFormat.checksum(sealed(0)));
    }

    private Row sealed(int checksum) {
        Path parent = path.parent();
        return new Row(
                seq,
                path.toString(),
                parent == null || parent.isRoot() ? null : parent.toString(),
                place.branch(),
                kind,
                attempt,
                status,
                output,
                changes,
                error,
                detail,
                joinPolicy,
                startedAt,
                finishedAt,
                retryAt,
                path.index(),
                conditionResult,
                branchTaken,
                checksum);
    }
}
