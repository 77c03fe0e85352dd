package dev.perdure.core.engine;

import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.Action;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a run's driver needs of those around it. Called on the run's strand. */
interface RunHost {
    /** A run ended or stopped, and that is durable: {@code run} is its row now. */
    void ended(RunDriver driver, RunRecord run);

    /** The store did not take what was to be recorded of a run, and never will; on any thread. */
    void refused(RunDriver driver);

    /** A run that only waits was let out of memory; it is to be taken up again at {@code wake}, null for not by time. */
    void suspended(RunDriver driver, @Nullable Instant wake);

    /** A run is to have a child. */
    void attend(RunDriver driver, RunRecord parent, Action.AttendChild action);

    /** A run's child is to be cancelled. */
    void cancelChild(RunDriver driver, RunRecord parent, Action.CancelChild action);
}
