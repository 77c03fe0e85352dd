package dev.perdure.core.spi;

import java.time.Duration;
import java.util.List;

/** How a store runs bodies in transactions of its own. Thread-safe. */
public interface Transactions {
    /** Whether {@link Store#commit} must not be called while a transaction is open: the database has one writer. */
    boolean isExclusive();

    /**
     * Begins a transaction, has {@code work} done in it by the calling thread, carries out the writes that this gives, checked to
     * be the owner's like those of any batch, and commits. Never does the work twice.
     *
     * <p>What the work throws comes out as it is, and nothing is durable then. A {@link StoreException} comes out where the store
     * fails; once the work was done, everything or nothing may be durable then, and the same engine's next commit returns only
     * after that is settled.
     *
     * @param limit how long a single statement of the body may take at most, where the database can see to that
     * @throws InterruptedException when the thread was interrupted before the transaction began
     */
    void run(Lease lease, Duration limit, Work work) throws InterruptedException;

    /** What is done in a transaction. */
    interface Work {
        /**
         * Runs the body.
         *
         * @return what is to be written in the same transaction
         */
        List<Write> body(OpenTransaction transaction);

        /** What became of the writes; where this throws, the transaction is rolled back. */
        void written(List<WriteResult> results);
    }
}
