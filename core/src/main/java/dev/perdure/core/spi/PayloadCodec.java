package dev.perdure.core.spi;

/**
 * Changes the form in which payloads are stored, to encrypt or compress them: the inputs and outputs of runs and steps, changes
 * to contexts and their snapshots, failures, what is sent to runs, the inputs of schedules, warnings and requests.
 *
 * <p>Not encoded are what stores look for and sort by: ids, names, paths, statuses, times, and the texts of definitions. What
 * is stored without a codec stays readable when one is added.
 *
 * <p>Thread-safe: {@link #encode} is called by whoever commits, under the store's turn to write, {@link #decode} by any reader.
 */
public interface PayloadCodec {
    /**
     * What kind of codec it is; stored with each text, so that a reader with another one can tell. 1 to 40 lower-case letters,
     * digits and hyphens, always the same.
     */
    String name();

    /**
     * The form to store. Two calls with the same text may give different ones.
     *
     * <p>Where it throws, nothing of the batch is committed. It is tried again, as when the store is out of reach, so that a
     * service for keys may be away for a while; only new starts and signals are refused.
     *
     * @param text JSON, in ASCII
     * @return a text without U+0000 and without lone surrogates, which no database keeps
     */
    String encode(String text, PayloadPlace place);

    /**
     * The inverse of {@link #encode}.
     *
     * <p>Where it throws a {@link dev.perdure.core.PerdureException}, the payload's run is BLOCKED for the reason that its message
     * gives, and goes on once it can be decoded. That message is recorded and logged, so it must show nothing of the payload; of
     * any other exception only the type is told. A {@link StoreException} is taken as the store's own: the read fails, and is
     * tried again where that is transient.
     */
    String decode(String encoded, PayloadPlace place);

    /** Whether payloads that were stored without a codec are read; where not, a run that has one is BLOCKED. */
    default boolean acceptsPlain() {
        return true;
    }
}
