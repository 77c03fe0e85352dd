package dev.perdure.core.definition;

/** Code in Java that a workflow's code has run as a step, and that returns nothing. */
@FunctionalInterface
public interface CodeAction {
    void run() throws Exception;
}
