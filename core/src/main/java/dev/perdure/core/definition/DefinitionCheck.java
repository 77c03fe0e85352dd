package dev.perdure.core.definition;

import dev.perdure.core.Names;
import dev.perdure.core.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds everything in a draft that it cannot mean. Used once. */
final class DefinitionCheck {
    /** The longest timeout or delay: a hundred years. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final List<String> problems;
    private final Map<String, String> collectKeys = new HashMap<>();
    private final Set<Path> readable = new HashSet<>();

    DefinitionCheck(List<String> known) {
        problems = new ArrayList<>(known);
    }

    List<String> check(Workflow.Draft<?, ?> draft) {
        checkName("the workflow", draft.name());
        if (draft.version() < 1) {
            problems.add("the workflow has version " + draft.version() + "; versions start at 1");
        }
        checkPositive("the workflow's timeout", draft.timeout());
        if (draft.root().nodes().isEmpty()) {
            problems.add("the workflow is empty; give it at least one step");
        }
        checkSequence(draft.root().nodes(), Path.ROOT, 0);
        if (draft.result() != null && !readable.contains(draft.result())) {
            problems.add("the workflow's result is \"" + draft.result()
                    + "\", which is not one of its nodes; return a reference that this workflow's own builder gave");
        }
        return List.copyOf(problems);
    }

    private void checkSequence(List<Node> nodes, Path parent, int depth) {
        Set<String> names = new HashSet<>();
        for (Node node : nodes) {
            String name = node.name();
            checkName("a node" + in(parent), name);
            if (!names.add(name)) {
                problems.add("two nodes" + in(parent) + " are called " + Names.quoted(name)
                        + "; a name is a node's stored address, so give each its own");
            }
            checkNode(node, parent.child(name), depth);
        }
    }

    private void checkNode(Node node, Path path, int depth) {
        readable.add(path);
        Runnable check = node.match(new Node.Cases<>() {
            @Override
            public Runnable step(Step step) {
                return () -> checkStep(step, path);
            }

            @Override
            public Runnable sequence(Sequence sequence) {
                return () -> checkBranch(sequence, path, depth);
            }

            @Override
            public Runnable parallel(Parallel block) {
                return () -> checkParallel(block, path, depth + 1);
            }
        });
        check.run();
    }

    private void checkBranch(Sequence branch, Path path, int depth) {
        if (branch.nodes().isEmpty()) {
            problems.add("branch \"" + path + "\" is empty; give it at least one step");
        }
        checkSequence(branch.nodes(), path, depth);
    }

    private void checkStep(Step step, Path path) {
        checkPositive("step \"" + path + "\": timeout", step.timeout());
        Retry retry = step.retry();
        if (retry.maxAttempts() < 1) {
            problems.add("step \"" + path + "\": " + retry.maxAttempts()
                    + " attempts; expected at least 1 (1 means no retry)");
        }
        if (retry.initial().isNegative()) {
            problems.add("step \"" + path + "\": negative retry delay " + retry.initial());
        }
        if (retry.cap() != null && retry.cap().isNegative()) {
            problems.add("step \"" + path + "\": negative retry cap " + retry.cap());
        }
        checkFinite("step \"" + path + "\": retry delay", retry.initial());
        checkFinite("step \"" + path + "\": retry cap", retry.cap());
        if (!(retry.factor() >= 1) || Double.isInfinite(retry.factor())) {
            problems.add("step \"" + path + "\": retry factor " + retry.factor() + "; expected 1 or more");
        }
        if (!(retry.jitter() >= 0 && retry.jitter() <= 1)) {
            problems.add("step \"" + path + "\": retry jitter " + retry.jitter() + "; expected 0 to 1");
        }
    }

    private void checkParallel(Parallel parallel, Path path, int depth) {
        readable.add(path.part(Parallel.JOIN));
        String block = "parallel block \"" + path + "\"";
        int branches = parallel.branches().size();
        if (depth > Workflow.MAX_NESTING) {
            problems.add(block + " is nested " + depth + " blocks deep; at most " + Workflow.MAX_NESTING
                    + " are allowed; move its inner part to a workflow of its own");
            return;
        }
        if (branches == 0) {
            problems.add(block + " is empty; give it at least one step");
        }
        checkPolicy(parallel.policy(), block, branches);
        checkSequence(parallel.branches(), path, depth);
    }

    private void checkPolicy(ParallelPolicy policy, String block, int branches) {
        if (policy.maxParallelism() < 0) {
            problems.add(
                    block + ": maxParallelism " + policy.maxParallelism() + "; expected 1 or more, or 0 for no limit");
        }
        if (policy.join() instanceof Join.AtLeast least && (least.count() < 1 || least.count() > branches)) {
            problems.add(block + ": join AtLeast(" + least.count() + ") of " + branches + " branches; expected 1 to "
                    + branches);
        }
        if (policy.remaining() == ParallelPolicy.Remaining.CANCEL && policy.join() == null) {
            problems.add(
                    block + ": remaining = Cancel needs a join (Any, Majority, AtLeast) that can be satisfied early");
        }
        if (policy.merge() instanceof Merge.Collect collect) {
            checkName("the collect key of " + block, collect.into());
            String other = collectKeys.putIfAbsent(collect.into(), block);
            if (other != null) {
                problems.add(block + " collects into \"" + collect.into() + "\", as " + other
                        + " does; give one of them another key with Collect(into = …)");
            }
        }
    }

    private void checkName(String what, String name) {
        String problem = Names.problem(name);
        if (problem != null) {
            problems.add(what + ": name " + Names.quoted(name) + " " + problem);
        }
    }

    private void checkPositive(String what, @Nullable Duration duration) {
        if (duration != null && (duration.isNegative() || duration.isZero())) {
            problems.add(what + " is " + duration + "; expected more than zero");
        }
        checkFinite(what, duration);
    }

    /** Longer ones overflow sums of milliseconds; who asks for them means for ever. */
    private void checkFinite(String what, @Nullable Duration duration) {
        if (duration != null && duration.compareTo(LONGEST) > 0) {
            problems.add(what + " is " + duration + "; at most " + LONGEST.toDays() + " days are allowed");
        }
    }

    private static String in(Path parent) {
        return parent.isRoot() ? "" : " in \"" + parent + "\"";
    }
}
