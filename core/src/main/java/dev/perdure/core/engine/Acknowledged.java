package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.WriteResult;
import java.util.function.Consumer;

/** Called on the committing thread; must not block. */
interface Acknowledged {
    void committed(WriteResult result);

    /** The write is not and will not be durable. */
    void refused(PerdureException why);

    /** Calls one of the two. */
    static Acknowledged of(Runnable committed, Consumer<PerdureException> refused) {
        return new Acknowledged() {
            @Override
            public void committed(WriteResult result) {
                committed.run();
            }

            @Override
            public void refused(PerdureException why) {
                refused.accept(why);
            }
        };
    }

    /** Whether it would rather be refused than wait while the store is out of reach. */
    default boolean isImpatient() {
        return false;
    }
}
