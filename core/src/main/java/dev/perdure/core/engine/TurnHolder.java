package dev.perdure.core.engine;

/** Keeps the turn to commit for longer than a batch takes. */
interface TurnHolder {
    /** The committer closes: the turn is to be given back, unless a commit is under way that will soon be over. */
    void evict();
}
