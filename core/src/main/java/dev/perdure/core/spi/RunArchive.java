package dev.perdure.core.spi;

import java.io.IOException;

/** Where runs are kept before a purge deletes them. Used by one thread at a time. */
public interface RunArchive {
    /**
     * Takes all that the store has of a run.
     *
     * @throws IOException to have the purge stop; nothing of what was taken since the last {@link #flush} is deleted
     */
    void write(Store store, String runId) throws IOException;

    /**
     * Makes durable what was taken. Only when this has returned, the runs are deleted.
     *
     * @throws IOException as {@link #write}
     */
    void flush() throws IOException;
}
