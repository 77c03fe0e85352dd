package dev.perdure.core.transfer;

import dev.perdure.core.Json;
import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.Store;
import java.util.function.Consumer;

/**
 * Writes runs as lines of JSON, which {@link RunImport} reads. Needs no lease, so it may go on beside an engine.
 *
 * <p>The first line is {@code {"type":"perdure","format":1}}. Then, for each run: a line of type {@code definition} where the
 * store keeps its text, one of type {@code run}, its journal as lines of type {@code step}, its signals as lines of type {@code
 * signal}, and one of type {@code end} that counts them. Fields are called as the columns of the tables and hold what these
 * hold: payloads are JSON inside of a text, times are milliseconds since 1970, and what is null is left out.
 *
 * <p>Payloads are written as they are. Confined to one thread.
 */
public final class RunExport {
    private final Store store;
    private final Consumer<String> lines;
    private boolean hasBegun;

    /** @param lines takes each line, without its end */
    public RunExport(Store store, Consumer<String> lines) {
        this.store = store;
        this.lines = lines;
    }

    /**
     * Writes one run.
     *
     * @throws PerdureException UNKNOWN_RUN, or WRONG_STATUS when an engine keeps changing it; nothing of it was written then
     */
    public void write(String runId) {
        RunCopy copy = RunCopy.of(store, runId);
        if (!hasBegun) {
            hasBegun = true;
            line(Lines.header());
        }
        if (copy.definition() != null) {
            line(Lines.of(copy.definition()));
        }
        line(Lines.of(copy.run()));
        copy.rows().forEach(row -> line(Lines.of(row)));
        copy.signals().forEach(signal -> line(Lines.of(signal)));
        line(Lines.end(copy));
    }

    private void line(Object plain) {
        lines.accept(Json.write(plain));
    }
}
