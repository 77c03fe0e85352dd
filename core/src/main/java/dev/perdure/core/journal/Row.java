package dev.perdure.core.journal;

import dev.perdure.core.StepStatus;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One row of the journal as every store keeps it (table {@code steps}). Times are milliseconds since 1970 (UTC).
 *
 * @param seq the row's place in its run's journal, from 1, ascending but with gaps
 * @param path the node's path
 * @param parentPath the path of the block or branch that holds the node; null at the run's top level
 * @param branch the branch of the nearest enclosing parallel block; null outside of any
 * @param kind a node's: step, parallel, branch, for_each, item, choose, clause, decide, repeat_until, iteration, sleep,
 *     signal, approval, callback, call, procedure, patch; a part's: join, merge, items, choice, yield, until, time,
 *     request, input, compensation; or a remark on the run: warning, token, cancel, retry, pause, resume, compensate
 * @param attempt the attempt, from 1; 0 where attempts mean nothing
 * @param output JSON of the output
 * @param changes JSON of the changes to the context; null for none
 * @param error JSON of the failure
 * @param detail JSON of what a kind keeps besides: a block's summary, a warning's text, what a wait is for
 * @param joinPolicy the join of a parallel block, in words
 * @param retryAt when the next attempt, or the end of a wait, is due
 * @param iterationIndex the index of the innermost loop item that the node is or lies in, from 0; null outside of loops
 * @param conditionResult of a choose, {@code "true"} where the clause that ran had a condition that held, else {@code
 *     "false"}; null for anything else
 * @param branchTaken the clause that a choose ran, or the node that a decision went to; null for none
 * @param checksum CRC-32C over what the row says but for the three columns before it, which only repeat it for those who
 *     query; see {@link RowFormat}
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
        @Nullable Integer iterationIndex,
        @Nullable String conditionResult,
        @Nullable String branchTaken,
        int checksum) {

    Row withoutChanges() {
        return withTexts(output, null, error, detail, checksum);
    }

    /**
     * The same row with its payloads in another form, and a checksum that fits where this one's does: what was damaged stays so.
     *
     * @param form gives for the name of a column and its text the new text
     */
    public Row recoded(BinaryOperator<String> form) {
        Row other = withTexts(
                Texts.recoded("output", output, form),
                Texts.recoded("changes", changes, form),
                Texts.recoded("error", error, form),
                Texts.recoded("detail", detail, form),
                0);
        int damage = RowFormat.checksum(this) ^ checksum;
        return other.withTexts(
                other.output, other.changes, other.error, other.detail, RowFormat.checksum(other) ^ damage);
    }

    private Row withTexts(
            @Nullable String newOutput,
            @Nullable String newChanges,
            @Nullable String newError,
            @Nullable String newDetail,
            int newChecksum) {
        return new Row(
                seq,
                path,
                parentPath,
                branch,
                kind,
                attempt,
                status,
                newOutput,
                newChanges,
                newError,
                newDetail,
                joinPolicy,
                startedAt,
                finishedAt,
                retryAt,
                iterationIndex,
                conditionResult,
                branchTaken,
                newChecksum);
    }

    /** The place and the status only: no log ever shows a value. */
    @Override
    public String toString() {
        return "Row[" + seq + " " + kind + " " + path + " attempt " + attempt + " " + status + "]";
    }
}
