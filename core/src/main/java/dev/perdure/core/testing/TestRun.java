package dev.perdure.core.testing;

import dev.perdure.core.Json;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Store;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A run as its store has it, with assertions on it. Each throws an {@link AssertionError} that shows the run's history, and
 * returns this run, so that they can be strung together.
 *
 * <p>Values are compared as the store keeps them, in plain data: a record is a map of its fields. Reads the store each time.
 */
public final class TestRun {
    private final Store store;
    private final String id;

    TestRun(Store store, String id) {
        this.store = store;
        this.id = id;
    }

    public String id() {
        return id;
    }

    /** How it ended, or where it stands. */
    public RunEnd end() {
        return RunEnd.of(record());
    }

    public RunRecord record() {
        return store.find(id).orElseThrow(() -> new AssertionError("there is no run \"" + id + "\" any more"));
    }

    /** The journal, in order. */
    public List<Row> journal() {
        return store.journal(id);
    }

    /** The paths of what completed, in the order in which it did. */
    public List<String> completed() {
        return journal().stream()
                .filter(row -> row.status() == StepStatus.COMPLETED)
                .map(Row::path)
                .distinct()
                .toList();
    }

    /** How many attempts of a node are recorded, interrupted ones included; 0 when the run never came to it. */
    public int attempts(String path) {
        return journal().stream()
                .filter(row -> row.path().equals(path))
                .mapToInt(Row::attempt)
                .max()
                .orElse(0);
    }

    public TestRun assertStatus(RunStatus expected) {
        return require("its status", expected, record().status());
    }

    /** The run has completed, and these nodes of it have, whatever else. */
    public TestRun assertCompleted(String... paths) {
        assertStatus(RunStatus.COMPLETED);
        Set<String> missing = new LinkedHashSet<>(Arrays.asList(paths));
        completed().forEach(missing::remove);
        return require("what has not completed of " + Arrays.toString(paths), Set.of(), missing);
    }

    /** Exactly these nodes completed, in this order. */
    public TestRun assertHistory(String... paths) {
        return require("what completed, in order", List.of(paths), completed());
    }

    /** The run did not come to this node, or did not complete it. */
    public TestRun assertNotCompleted(String path) {
        return require("whether \"" + path + "\" completed", false, completed().contains(path));
    }

    public TestRun assertOutput(@Nullable Object expected) {
        return require("its output", plain(expected), plain(end().output()));
    }

    public TestRun assertContext(String key, @Nullable Object expected) {
        return require(
                "\"" + key + "\" in its context",
                plain(expected),
                plain(end().context().get(key)));
    }

    public TestRun assertAttempts(String path, int expected) {
        return require("the attempts of \"" + path + "\"", expected, attempts(path));
    }

    /** The run failed with an error of this type, by the name that the journal keeps. */
    public TestRun assertFailedWith(String errorType) {
        return require("what it failed with", errorType, end().errorType());
    }

    /** Numbers are equal when they are in JSON. */
    private static String plain(@Nullable Object value) {
        return Json.write(value);
    }

    private TestRun require(String what, @Nullable Object expected, @Nullable Object found) {
        if (!Objects.equals(expected, found)) {
            throw new AssertionError("run \"" + id + "\" of workflow \"" + record().workflow() + "\": " + what
                    + "\n  expected: " + expected + "\n  found:    " + found + "\n  history:  " + history());
        }
        return this;
    }

    private String history() {
        StringBuilder text = new StringBuilder();
        for (Row row : journal()) {
            text.append("\n    ").append(row.seq()).append(' ').append(row.path());
            text.append(row.attempt() > 1 ? " (attempt " + row.attempt() + ")" : "")
                    .append(' ')
                    .append(row.status());
            text.append(row.error() == null ? "" : " " + row.error());
        }
        return text.append("\n    the run: ").append(end()).toString();
    }

    @Override
    public String toString() {
        return "TestRun[" + id + "]";
    }
}
