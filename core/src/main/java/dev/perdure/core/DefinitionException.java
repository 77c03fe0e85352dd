package dev.perdure.core;

import java.util.List;

/** A workflow cannot be built; {@link #problems()} has every mistake that was found, not just the first. */
public final class DefinitionException extends PerdureException {
    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    public DefinitionException(String workflow, List<String> problems) {
        super(ErrorCode.INVALID_DEFINITION, describe(workflow, problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence for each mistake: where it is, what was found and what is expected. */
    public List<String> problems() {
        return problems;
    }

    private static String describe(String workflow, List<String> problems) {
        StringBuilder text = new StringBuilder("workflow " + Names.quoted(workflow) + " cannot be built, "
                + (problems.size() == 1 ? "1 problem:" : problems.size() + " problems:"));
        for (String problem : problems) {
            text.append("\n  - ").append(problem);
        }
        return text.toString();
    }
}
