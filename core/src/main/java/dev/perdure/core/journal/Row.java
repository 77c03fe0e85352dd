package dev.perdure.core.journal;

import dev.perdure.core.StepStatus;
import org.jspecify.annotations.Nullable;

/**
 * One row of the journal as every store keeps it (table {@code steps}). Times are milliseconds since 1970 (UTC).
 *
 * @param seq the row's place in its run's journal, from 1, ascending but with gaps
 * @param path the node's path
 * @param parentPath the path of the block or branch that holds the node; null at the run's top level
 * @param branch the branch of the nearest enclosing parallel block; null outside of any
 * @param kind step, join, merge, parallel, branch, warning, cancel, retry
 * @param attempt the attempt, from 1; 0 where attempts mean nothing
 * @param output JSON of the output
 * @param changes JSON of the changes to the context; null for none
 * @param error JSON of the failure
 * @param detail JSON of what a kind keeps besides: a block's summary, a warning's text
 * @param joinPolicy the join of a parallel block, in words
 * @param retryAt when the next attempt is due
 * @param checksum CRC-32C over what the row says, see {@link RowFormat}
 */
public record Row(
        long seq,
        String path,
        @Nullable String parentPath,
        @Nullable String branch,
        String kind,
        int attempt,
        StepStatus status,
        @Nullable String output,
        @Nullable String changes,
        @Nullable String error,
        @Nullable String detail,
        @Nullable String joinPolicy,
        @Nullable Long startedAt,
        @Nullable Long finishedAt,
        @Nullable Long retryAt,
        int checksum) {

    Row withoutChanges() {
        return new Row(
                seq,
                path,
                parentPath,
                branch,
                kind,
                attempt,
                status,
                output,
                null,
                error,
                detail,
                joinPolicy,
                startedAt,
                finishedAt,
                retryAt,
                checksum);
    }

    /** The place and the status only: no log ever shows a value. */
    @Override
    public String toString() {
        return "Row[" + seq + " " + kind + " " + path + " attempt " + attempt + " " + status + "]";
    }
}
