package dev.perdure.core.definition;

import dev.perdure.core.DefinitionException;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.journal.Payload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds everything in a draft that it cannot mean. Used once. */
final class DefinitionCheck {
    private final List<String> problems;
    private final StepCheck steps;
    private final Map<String, String> collectKeys = new HashMap<>();
    /** What has an output, and the node that it is of. */
    private final Map<Path, Path> readable = new HashMap<>();

    DefinitionCheck(List<String> known) {
        problems = new ArrayList<>(known);
        steps = new StepCheck(problems);
    }

    List<String> check(Workflow.Draft<?, ?> draft) {
        checkName("the workflow", draft.name());
        if (draft.version() < 1) {
            problems.add("the workflow has version " + draft.version() + "; versions start at 1");
        }
        steps.requirePositive("the workflow's timeout", draft.timeout());
        if (draft.root().nodes().isEmpty()) {
            problems.add("the workflow is empty; give it at least one step");
        }
        if (draft.root().timeout() != null) {
            problems.add("the workflow's root has a timeout; give it to the workflow");
        }
        checkSequence(draft.root().nodes(), Path.ROOT, 0);
        if (draft.result() != null && !isWhole(draft) && !isResult(draft.result(), Path.ROOT)) {
            problems.add("the workflow's result is \"" + draft.result()
                    + "\", which is not one of its nodes; return a reference that this workflow's own builder gave");
        }
        return List.copyOf(problems);
    }

    /** Whether the workflow is nothing but code, whose result is the run's. */
    private static boolean isWhole(Workflow.Draft<?, ?> draft) {
        return draft.root().nodes().size() == 1
                && draft.root().nodes().get(0) instanceof Procedure procedure
                && procedure.isWhole();
    }

    /**
     * Makes sure that workflow code asks for something that can be.
     *
     * @throws DefinitionException with all problems
     */
    static void requireValid(String workflow, Node node) {
        DefinitionCheck check = new DefinitionCheck(List.of());
        check.checkSequence(List.of(node), Path.ROOT, 0);
        if (!check.problems.isEmpty()) {
            throw new DefinitionException(workflow, check.problems);
        }
    }

    /** Whether a sequence at {@code holder} can have the output of {@code result}: of a node of its own, or of its item. */
    private boolean isResult(Path result, Path holder) {
        Path node = readable.get(result);
        return node != null && holder.equals(node.parent());
    }

    private void checkSequence(List<Node> nodes, Path parent, int depth) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            String name = node.name();
            checkName("a node" + in(parent), name);
            if (!names.add(name)) {
                problems.add("two nodes" + in(parent) + " are called " + Names.quoted(name)
                        + "; a name is a node's stored address, so give each its own");
            }
            checkNode(node, parent.child(name), depth);
            if (node instanceof Decide decide) {
                checkTargets(decide, nodes, i, parent.child(name));
            }
        }
    }

    private void checkNode(Node node, Path path, int depth) {
        readable.put(path, path);
        Runnable check = node.match(new Checks(path, depth));
        check.run();
    }

    /** What is to be looked at in each kind of node. */
    private final class Checks implements Node.Cases<Runnable> {
        private final Path path;
        private final int depth;

        Checks(Path path, int depth) {
            this.path = path;
            this.depth = depth;
        }

        @Override
        public Runnable step(Step step) {
            return () -> checkStep(step, path);
        }

        @Override
        public Runnable sequence(Sequence sequence) {
            return () -> checkBody(sequence, "branch \"" + path + "\"", path, depth);
        }

        @Override
        public Runnable parallel(Parallel block) {
            return () -> checkParallel(block, path, depth + 1);
        }

        @Override
        public Runnable forEach(ForEach loop) {
            return () -> checkForEach(loop, path, depth + 1);
        }

        @Override
        public Runnable choose(Choose choose) {
            return () -> checkChoose(choose, path, depth + 1);
        }

        @Override
        public Runnable decide(Decide decide) {
            return () -> checkStep(decide.choice(), path);
        }

        @Override
        public Runnable repeatUntil(RepeatUntil loop) {
            return () -> checkRepeat(loop, path, depth + 1);
        }

        @Override
        public Runnable sleep(Sleep sleep) {
            return () -> checkSleep(sleep, path);
        }

        @Override
        public Runnable awaitSignal(AwaitSignal wait) {
            return () -> checkAwait(wait, path);
        }

        @Override
        public Runnable call(Call call) {
            return () -> checkCall(call, path);
        }

        @Override
        public Runnable procedure(Procedure procedure) {
            return () -> {};
        }
    }

    private void checkBody(Sequence body, String what, Path path, int depth) {
        if (body.nodes().isEmpty()) {
            problems.add(what + " is empty; give it at least one step");
        }
        steps.requirePositive(what + ": timeout", body.timeout());
        checkSequence(body.nodes(), path, depth);
        Path result = body.result();
        if (result != null && !isResult(result, path)) {
            problems.add(what + ": its result is \"" + result
                    + "\", which is not one of its nodes; return a reference that its own builder gave");
        }
    }

    private boolean isTooDeep(String block, int depth) {
        if (depth > Workflow.MAX_NESTING) {
            problems.add(block + " is nested " + depth + " blocks deep; at most " + Workflow.MAX_NESTING
                    + " are allowed; move its inner part to a workflow of its own");
            return true;
        }
        return false;
    }

    private void checkForEach(ForEach loop, Path path, int depth) {
        String what = "loop \"" + path + "\"";
        if (isTooDeep(what, depth)) {
            return;
        }
        if (loop.concurrency() < 1) {
            problems.add(what + ": concurrency " + loop.concurrency() + "; expected 1 or more");
        }
        checkStep(loop.items(), path.part(ForEach.ITEMS));
        Path item = path.eachItem().part(ForEach.ITEM);
        readable.put(item, item);
        checkBody(loop.body(), what, path.eachItem(), depth);
        checkYield(loop.yield(), path, ForEach.YIELD);
    }

    private void checkYield(@Nullable Step yield, Path path, String part) {
        if (yield != null) {
            readable.put(path.part(part), path);
            checkStep(yield, path.part(part));
        }
    }

    private void checkChoose(Choose choose, Path path, int depth) {
        String what = "choose \"" + path + "\"";
        if (isTooDeep(what, depth)) {
            return;
        }
        if (choose.clauses().isEmpty()) {
            problems.add(what + " has no clause; give it at least one");
        }
        checkStep(choose.choice(), path.part(Choose.CHOICE));
        Set<String> names = new HashSet<>();
        for (Sequence clause : choose.clauses()) {
            checkName("a clause of " + what, clause.name());
            if (!names.add(clause.name())) {
                problems.add(what + " has two clauses called " + Names.quoted(clause.name()));
            }
            Path inside = path.child(clause.name());
            checkBody(clause, "clause \"" + inside + "\"", inside, depth);
        }
        checkYield(choose.yield(), path, Choose.YIELD);
        if (choose.otherwise() != null && !names.contains(choose.otherwise())) {
            problems.add(what + ": otherwise is " + Names.quoted(choose.otherwise()) + ", which is no clause of it");
        }
    }

    private void checkRepeat(RepeatUntil loop, Path path, int depth) {
        String what = "loop \"" + path + "\"";
        if (isTooDeep(what, depth)) {
            return;
        }
        if (loop.maxIterations() < 1) {
            problems.add(what + ": maxIterations " + loop.maxIterations() + "; expected 1 or more");
        }
        checkStep(loop.until(), path.eachItem().part(RepeatUntil.UNTIL));
        checkBody(loop.body(), what, path.eachItem(), depth);
    }

    private void checkSleep(Sleep sleep, Path path) {
        String what = "sleep \"" + path + "\"";
        if ((sleep.duration() == null) == (sleep.until() == null)) {
            problems.add(what + " needs a duration or a time, and not both");
        }
        if (sleep.isRelative() && sleep.until() == null) {
            problems.add(what + " is relative to nothing; only a computed duration is");
        }
        if (sleep.duration() != null && sleep.duration().isNegative()) {
            problems.add(what + ": duration " + sleep.duration() + "; expected zero or more");
        }
        steps.requireFinite(what, sleep.duration());
        if (sleep.until() != null) {
            checkStep(sleep.until(), path.part(Sleep.TIME));
        }
    }

    private void checkAwait(AwaitSignal wait, Path path) {
        String what = wait.kind() + " \"" + path + "\"";
        boolean hasOwnName = wait.mode() == AwaitSignal.Mode.APPROVAL || wait.mode() == AwaitSignal.Mode.CALLBACK;
        if (hasOwnName == (wait.request() == null)) {
            problems.add(what + (hasOwnName ? " needs a request" : " cannot have a request"));
        }
        boolean isFitting = wait.mode() == AwaitSignal.Mode.ONE
                ? wait.signals().size() == 1
                : hasOwnName == wait.signals().isEmpty();
        if (!isFitting || new HashSet<>(wait.signals()).size() < wait.signals().size()) {
            problems.add(what + " waits for signals " + wait.signals() + "; expected "
                    + (hasOwnName ? "none" : "one or more different names"));
        }
        wait.signals().forEach(signal -> checkSignal("a signal of " + what, signal));
        steps.requirePositive(what + ": timeout", wait.timeout());
        if (wait.timeout() == null && !wait.onTimeout().equals(new AwaitSignal.OnTimeout.Yield(Payload.NULL))) {
            problems.add(what + " says what a timeout does, but has none; give it a timeout");
        }
        if (wait.request() != null && wait.request().output() instanceof ApprovalRequestType asked) {
            checkChoices(asked.choices(), what);
        }
        if (wait.request() != null) {
            checkStep(wait.request(), path.part(AwaitSignal.REQUEST));
        }
    }

    private void checkSignal(String what, String name) {
        checkName(what, name);
        if (name.startsWith(SignalNames.RESERVED)) {
            problems.add(what + ": name " + Names.quoted(name) + " begins with \"" + SignalNames.RESERVED
                    + "\", which no signal of a user's does");
        }
    }

    private void checkChoices(List<String> choices, String what) {
        if (choices.isEmpty() || new HashSet<>(choices).size() < choices.size()) {
            problems.add(what + " offers the choices " + choices + "; expected one or more different ones");
        }
        choices.forEach(choice -> checkName("a choice of " + what, choice));
    }

    private void checkCall(Call call, Path path) {
        checkName("the workflow that \"" + path + "\" calls", call.workflow());
        if (call.version() < 0) {
            problems.add(
                    "call \"" + path + "\": version " + call.version() + "; expected 1 or more, or 0 for the newest");
        }
        checkStep(call.input(), path.part(Call.INPUT));
    }

    /** A decision's targets are checked against the sequence that it is in. */
    private void checkTargets(Decide decide, List<Node> sequence, int at, Path path) {
        for (Decide.Target target : decide.targets()) {
            String what = "decide \"" + path + "\": target " + Names.quoted(target.node());
            int found = indexOf(sequence, target.node());
            if (found < 0) {
                problems.add(what + " is not in its sequence; expected one of "
                        + sequence.stream().map(Node::name).toList());
            } else if (found <= at && target.atMost() < 1) {
                problems.add(what + " is not after it; going back needs a bound, so say how often at most");
            } else if (found > at && target.atMost() != 0) {
                problems.add(what + " comes after it, so it takes no bound");
            }
        }
    }

    private static int indexOf(List<Node> nodes, String name) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private void checkStep(Step step, Path path) {
        if (step.compensation() != null) {
            checkStep(step.compensation(), path.part(Step.COMPENSATION));
        }
        steps.check(step, "step \"" + path + "\"");
    }

    private void checkParallel(Parallel parallel, Path path, int depth) {
        readable.put(path.part(Parallel.JOIN), path);
        String block = "parallel block \"" + path + "\"";
        int branches = parallel.branches().size();
        if (isTooDeep(block, depth)) {
            return;
        }
        if (branches == 0) {
            problems.add(block + " is empty; give it at least one step");
        }
        if (parallel.branches().stream().anyMatch(Decide.class::isInstance)) {
            problems.add(block + " has a decision as a branch; a decision belongs in a sequence, which it moves in");
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

    private static String in(Path parent) {
        return parent.isRoot() ? "" : " in \"" + parent + "\"";
    }
}
