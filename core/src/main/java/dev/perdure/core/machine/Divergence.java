package dev.perdure.core.machine;

import dev.perdure.core.Path;

/** Workflow code that does not ask for what its journal has. */
final class Divergence {
    private static final String MEND =
            ". The code was changed under a live run: put back what it did, guard the change with"
                    + " patched(…), or register the changed code as another version";

    private Divergence() {}

    static IncompatibleJournalException at(Path asked, Path recorded) {
        return new IncompatibleJournalException(
                "the code asks for \"" + asked + "\" where the journal has \"" + recorded + "\"" + MEND, asked);
    }

    static IncompatibleJournalException atEnd(Path code, Path recorded, BodyOutcome outcome) {
        String how = outcome instanceof BodyOutcome.Failed failed
                ? "failed (" + failed.failure().describe() + ")"
                : "ended";
        String whose = code.isRoot() ? "the code" : "the code of \"" + code + "\"";
        return new IncompatibleJournalException(
                whose + " " + how + " where the journal has \"" + recorded + "\"" + MEND, recorded);
    }
}
