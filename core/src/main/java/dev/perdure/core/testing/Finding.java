package dev.perdure.core.testing;

import dev.perdure.core.insight.RunDiff;
import dev.perdure.core.journal.Row;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says what an exploration found wrong: what, where, what was expected and found, how it came there, and what to do. */
final class Finding {
    private static final int LONGEST_VALUE = 500;

    private Finding() {}

    static AssertionError otherEnd(Exploration<?> exploration, Exploration.Crash crash, RunEnd end, List<Row> journal) {
        Drive.Outcome expected = crash.drive().outcome();
        Optional<RunDiff.Difference> difference = firstDifference(expected.journal(), journal);
        return error(
                exploration,
                "does not survive a crash",
                difference.map(Finding::place).orElse("its end"),
                difference.map(each -> show(each.left())).orElse("") + "\n            " + expected.end(),
                difference.map(each -> show(each.right())).orElse("") + "\n            " + end,
                history(crash),
                "whatever its body does twice must give the same: make it a function of what it reads, and give what it calls the"
                        + " idempotency key of its attempt. For a value that may differ, see CrashTest.comparing",
                null);
    }

    static AssertionError orderMatters(Exploration<?> exploration, Drive first, Drive other) {
        Optional<RunDiff.Difference> difference =
                firstDifference(first.outcome().journal(), other.outcome().journal());
        return error(
                exploration,
                "ends otherwise when its steps end in another order",
                difference.map(Finding::place).orElse("its end"),
                first.outcome().end() + "\n            in the order " + first.order(),
                other.outcome().end() + "\n            in the order " + other.order(),
                "no crash was needed",
                "let no two branches write the same, or choose a merge that does not go by order; where the order is meant to"
                        + " matter, say CrashTest.orderMayMatter",
                null);
    }

    static AssertionError recordedAgain(Exploration<?> exploration, Exploration.Crash crash, String path) {
        return error(
                exploration,
                "ran a step again that was recorded",
                path,
                "its body does not run any more",
                "it ran",
                history(crash),
                "report this: it is a defect of the engine",
                null);
    }

    static AssertionError otherBodies(Exploration<?> exploration, Drive drive, String move, List<String> moves) {
        return error(
                exploration,
                "is not deterministic",
                Drive.nameOf(move),
                "\"" + move + "\" may be next, as in an earlier run after the same",
                "what may be next is " + moves,
                "after " + drive.order(),
                "which nodes run must follow from the input and from what is recorded: time, chance and what bodies keep"
                        + " between runs belong in steps; for bodies that keep something, see CrashTest.inNewWorlds",
                null);
    }

    static AssertionError refused(Exploration<?> exploration, Exploration.Crash crash, Throwable why) {
        return error(
                exploration,
                "was refused by the test's own check after a crash",
                "the end of the run",
                "the check holds",
                String.valueOf(why.getMessage()),
                history(crash),
                "see the cause",
                why);
    }

    private static Optional<RunDiff.Difference> firstDifference(List<Row> expected, List<Row> found) {
        return RunDiff.of(expected, found).differences().stream()
                .filter(each -> each.aspect() != RunDiff.Aspect.ATTEMPTS)
                .findFirst();
    }

    private static String place(RunDiff.Difference difference) {
        return difference.path() + " (" + difference.aspect().name().toLowerCase(java.util.Locale.ROOT) + ")";
    }

    private static String show(@Nullable String value) {
        String text = Objects.requireNonNullElse(value, "nothing");
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }

    private static String history(Exploration.Crash crash) {
        Drive drive = crash.drive();
        int commits = crash.commits();
        List<String> recorded = drive.outcome().tape().after(commits).journal(Stage.RUN).stream()
                .map(row -> row.path() + " " + row.status())
                .toList();
        return "these ended, in this order: " + drive.order().subList(0, crash.turn())
                + "; the crash came after commit "
                + commits + " of " + drive.outcome().tape().length() + ", with this recorded: " + recorded
                + "; then the run was resumed, and the rest was to end in the order "
                + drive.order().subList(crash.turn(), drive.order().size());
    }

    private static AssertionError error(
            Exploration<?> exploration,
            String what,
            String where,
            String expected,
            String found,
            String history,
            String advice,
            @Nullable Throwable cause) {
        return new AssertionError(
                "workflow \"" + exploration.workflowName() + "\" " + what
                        + "\n  where:    " + where
                        + "\n  expected: " + expected
                        + "\n  found:    " + found
                        + "\n  history:  " + history
                        + "\n  seed:     " + exploration.seed()
                        + "\n  to do:    " + advice,
                cause);
    }
}
