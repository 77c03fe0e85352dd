package dev.perdure.core.definition;

import dev.perdure.core.ValueType;

/**
 * Workflow code: a function that asks for durable steps as it goes, with ordinary loops, conditions and exceptions. It is run
 * again from its begin when the run is taken up again; what it asked for before is answered from the journal.
 *
 * @param isWhole whether it is all that its workflow consists of: then what it asks for stands at the run's top level
 */
public record Procedure(String name, Body body, ValueType<?> output, boolean isWhole) implements Node {
    /** One node among others. */
    public static Procedure of(String name, Body body, ValueType<?> output) {
        return new Procedure(name, body, output, false);
    }

    @Override
    public String kind() {
        return "procedure";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.procedure(this);
    }
}
