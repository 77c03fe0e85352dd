package dev.perdure.core.payload;

import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.OpenTransaction;
import dev.perdure.core.spi.Transactions;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.time.Duration;
import java.util.List;

/** Transactions whose writes have their payloads encoded. Thread-safe. */
record EncodedTransactions(Transactions transactions, EncodedWrites writes) implements Transactions {
    @Override
    public boolean isExclusive() {
        return transactions.isExclusive();
    }

    @Override
    public void run(Lease lease, Duration limit, Work work) throws InterruptedException {
        transactions.run(lease, limit, new Work() {
            @Override
            public List<Write> body(OpenTransaction transaction) {
                return writes.encoded(work.body(transaction));
            }

            @Override
            public void written(List<WriteResult> results) {
                work.written(writes.decoded(results));
            }
        });
    }
}
