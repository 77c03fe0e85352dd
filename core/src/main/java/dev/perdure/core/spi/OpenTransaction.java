package dev.perdure.core.spi;

import dev.perdure.core.definition.AtomicTransaction;

/** A transaction that a body runs in. {@link #cancel} and {@link #abort} may be called by any thread, the rest by its own. */
public interface OpenTransaction extends AtomicTransaction {
    /**
     * The body has returned: it can do nothing more in the transaction, which is made ready for what is to be recorded.
     *
     * @throws StoreException when the body has ended the transaction, or left it in a state in which nothing can be recorded
     */
    void close();

    /** Asks what the database does for the body to end: it fails soon, where the database can do that. Does not wait. */
    void cancel();

    /** Ends the transaction under the body, which does not end by itself; nothing of it becomes durable. */
    void abort();
}
