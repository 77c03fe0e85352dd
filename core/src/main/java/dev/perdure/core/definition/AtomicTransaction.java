package dev.perdure.core.definition;

/**
 * The store's transaction that the body of an atomic step works in, and in which its result is recorded.
 *
 * <p>The store begins and ends it: a body that commits, rolls back or closes it is refused. To be used by the body only, and
 * by one thread at a time; when the body has returned it is over.
 */
public interface AtomicTransaction {
    /**
     * The transaction as the body wants to use it.
     *
     * <pre>{@code
     * Connection connection = s.unwrap(java.sql.Connection.class);
     * }</pre>
     *
     * @param type {@code java.sql.Connection} for every store on JDBC; others as the store's documentation says
     * @throws dev.perdure.core.PerdureException INVALID_ARGUMENT when the store has no such view of it
     */
    <T> T unwrap(Class<T> type);
}
