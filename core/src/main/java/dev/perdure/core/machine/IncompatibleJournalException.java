package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;

/** What is recorded cannot have come from the definition that it is replayed with. */
public final class IncompatibleJournalException extends PerdureException {
    private static final long serialVersionUID = 1L;

    IncompatibleJournalException(String message, Path path) {
        super(ErrorCode.INCOMPATIBLE, message, null, path, null);
    }
}
