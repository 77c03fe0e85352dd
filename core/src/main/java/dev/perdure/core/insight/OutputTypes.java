package dev.perdure.core.insight;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import dev.perdure.core.definition.AwaitSignal;
import dev.perdure.core.definition.Call;
import dev.perdure.core.definition.Choose;
import dev.perdure.core.definition.Decide;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.Parallel;
import dev.perdure.core.definition.Procedure;
import dev.perdure.core.definition.RepeatUntil;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.definition.Sleep;
import dev.perdure.core.definition.Step;
import dev.perdure.core.definition.Workflow;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the outputs of a workflow's nodes are read, by their paths in its definition. */
final class OutputTypes {
    private final Map<Path, ValueType<?>> types = new HashMap<>();

    private OutputTypes() {}

    static Map<Path, ValueType<?>> of(Workflow<?, ?> workflow) {
        OutputTypes walk = new OutputTypes();
        walk.visitAll(workflow.root(), Path.ROOT);
        return Map.copyOf(walk.types);
    }

    private void visitAll(Sequence sequence, Path path) {
        sequence.nodes().forEach(node -> visit(node, path.child(node.name())));
    }

    private void visit(Node node, Path path) {
        Runnable visit = node.match(new Visit(path));
        visit.run();
    }

    private final class Visit implements Node.Cases<Runnable> {
        private final Path path;

        Visit(Path path) {
            this.path = path;
        }

        @Override
        public Runnable step(Step step) {
            return () -> types.put(path, step.output());
        }

        @Override
        public Runnable sequence(Sequence sequence) {
            return () -> visitAll(sequence, path);
        }

        @Override
        public Runnable parallel(Parallel block) {
            return () -> {
                block.branches().forEach(branch -> visit(branch, path.child(branch.name())));
                Parallel.Yield join = block.yield();
                if (join != null) {
                    types.put(path.part(Parallel.JOIN), join.output());
                }
            };
        }

        @Override
        public Runnable forEach(ForEach loop) {
            return () -> {
                types.put(path.part(ForEach.ITEMS), loop.items().output());
                visitAll(loop.body(), path.eachItem());
                put(loop.yield(), ForEach.YIELD);
            };
        }

        private void put(@Nullable Step step, String part) {
            if (step != null) {
                types.put(path.part(part), step.output());
            }
        }

        @Override
        public Runnable choose(Choose choose) {
            return () -> {
                choose.clauses().forEach(clause -> visitAll(clause, path.child(clause.name())));
                put(choose.yield(), Choose.YIELD);
            };
        }

        @Override
        public Runnable decide(Decide decide) {
            return () -> types.put(path, decide.choice().output());
        }

        @Override
        public Runnable repeatUntil(RepeatUntil loop) {
            return () -> visitAll(loop.body(), path.eachItem());
        }

        @Override
        public Runnable sleep(Sleep sleep) {
            return () -> {};
        }

        @Override
        public Runnable awaitSignal(AwaitSignal wait) {
            return () -> types.put(path, wait.output());
        }

        @Override
        public Runnable call(Call call) {
            return () -> {
                types.put(path.part(Call.INPUT), call.input().output());
                types.put(path, call.output());
            };
        }

        @Override
        public Runnable procedure(Procedure procedure) {
            return () -> types.put(path, procedure.output());
        }
    }
}
