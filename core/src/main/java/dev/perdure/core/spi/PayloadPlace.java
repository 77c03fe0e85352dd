package dev.perdure.core.spi;

import dev.perdure.core.Json;
import java.util.List;

/**
 * Where in a store a payload stands. It stays the same for as long as the payload is there, and no other payload has it at the
 * same time, but for signals of one run and name; so a codec may bind a payload to it.
 *
 * @param table {@code runs}, {@code steps}, {@code signals} or {@code schedules}
 * @param owner the id of the run, or the name of the schedule
 * @param seq the row's place in the journal, or the one that a context includes; 0 for anything else
 * @param name the path of a step, the name of a signal, the workflow of a schedule; empty for a run's own row
 * @param column the name of the column, as in the tables
 */
public record PayloadPlace(String table, String owner, long seq, String name, String column) {
    /** The place as a text that no other place has. */
    public String text() {
        return Json.write(List.of(table, owner, seq, name, column));
    }
}
