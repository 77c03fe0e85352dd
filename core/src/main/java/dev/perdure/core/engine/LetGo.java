package dev.perdure.core.engine;

/** How a run is let go. */
enum LetGo {
    /** The engine closes: what bodies still return is recorded. */
    CLOSING,
    /** Another engine owns the run, or it is forgotten: whatever bodies still return is void. */
    VOID
}
