package dev.perdure.core.transfer;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.RunArchive;
import dev.perdure.core.spi.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps runs as the lines that {@link RunExport} writes and {@link RunImport} reads back.
 *
 * <pre>{@code
 * try (var out = Files.newBufferedWriter(path, CREATE, APPEND)) {
 *     engine.purge(Purge.endedBefore(monthAgo), new LinesArchive(out));
 * }
 * }</pre>
 *
 * <p>Confined to one thread.
 */
public final class LinesArchive implements RunArchive {
    private final Writer out;
    private final Durability durable;
    private @Nullable RunExport export;

    /** Makes durable what a writer has flushed. */
    @FunctionalInterface
    public interface Durability {
        void force() throws IOException;
    }

    /** @param out stays the caller's to close; its flush is taken for enough */
    public LinesArchive(Writer out) {
        this(out, () -> {});
    }

    /** @param durable is called after each flush of {@code out}: {@code () -> channel.force(true)} for a file */
    public LinesArchive(Writer out, Durability durable) {
        this.out = out;
        this.durable = durable;
    }

    /**
     * Writes the run's lines.
     *
     * @throws PerdureException WRONG_STATUS when an engine keeps changing it; nothing of it was written then
     */
    @Override
    public void write(Store store, String runId) throws IOException {
        RunExport lines = export;
        if (lines == null) {
            lines = new RunExport(store, this::line);
            export = lines;
        }
        try {
            lines.write(runId);
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
    }

    private void line(String line) {
        try {
            out.write(line);
            out.write('\n');
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
        durable.force();
    }
}
