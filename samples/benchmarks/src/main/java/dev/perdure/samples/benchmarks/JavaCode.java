package dev.perdure.samples.benchmarks;

import dev.perdure.core.definition.Workflow;

/** B10's workflow, in Java. */
final class JavaCode {
    private JavaCode() {}

    /** {@code steps} steps, one after the other, that do nothing and yield {@code output}. */
    static Workflow<String, String> sequence(int steps, String output) {
        return Workflow.procedure("java_sequence", String.class, String.class, ctx -> {
            String last = "";
            for (int step = 0; step < steps; step++) {
                last = ctx.step("step", String.class, () -> output);
            }
            return last;
        });
    }
}
