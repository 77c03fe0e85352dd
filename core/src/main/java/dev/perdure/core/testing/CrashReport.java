package dev.perdure.core.testing;

/**
 * What was tried of a workflow, and held.
 *
 * @param states from how many states, each left by a crash at another place, a run was resumed
 * @param orders how many runs without a crash there were, each with another order of what happens side by side
 * @param isExhaustive whether these are all states; else they are a sample
 * @param seed what the sample was drawn with: the same seed gives the same one
 */
public record CrashReport(int states, int orders, boolean isExhaustive, long seed) {
    @Override
    public String toString() {
        return "crash-state resumes: " + states + " (" + orders + " orders, "
                + (isExhaustive ? "all states" : "sampled with seed " + seed) + ")";
    }
}
