package dev.perdure.core.definition;

import dev.perdure.core.Plain;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns a definition's structure into plain data. */
final class GraphData {
    private GraphData() {}

    @SuppressWarnings("unchecked") // Plain.of of a map is a map
    static Map<String, @Nullable Object> of(Workflow.Draft<?, ?> draft) {
        Map<String, @Nullable Object> graph = new LinkedHashMap<>();
        graph.put("workflow", draft.name());
        graph.put("version", draft.version());
        graph.put("result", draft.result() == null ? null : draft.result().toString());
        graph.put("timeout", draft.timeout() == null ? null : draft.timeout().toMillis());
        graph.put("nodes", nodes(draft.root().nodes()));
        return (Map<String, @Nullable Object>) Objects.requireNonNull(Plain.of(graph));
    }

    private static List<Map<String, @Nullable Object>> nodes(List<Node> nodes) {
        return nodes.stream().map(GraphData::node).toList();
    }

    private static Map<String, @Nullable Object> node(Node node) {
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("name", node.name());
        data.put("kind", node.kind());
        data.putAll(node.match(new Details()));
        return data;
    }

    /** What a kind of node says besides its name; types by the name that every language gives them. */
    private static final class Details implements Node.Cases<Map<String, @Nullable Object>> {
        @Override
        public Map<String, @Nullable Object> step(Step step) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("output", step.output().name());
            data.put("timeout", step.timeout() == null ? null : step.timeout().toMillis());
            data.put("atMostOnce", step.isAtMostOnce());
            if (step.isAtomic()) {
                data.put("atomic", true);
            }
            if (step.compensation() != null) {
                data.put("compensation", step(step.compensation()));
            }
            Retry retry = step.retry();
            data.put("maxAttempts", retry.maxAttempts());
            if (retry.maxAttempts() > 1) {
                data.put("backoff", retry.backoff().name());
                data.put("initial", retry.initial().toMillis());
                data.put("factor", retry.factor());
                data.put("cap", retry.cap() == null ? null : retry.cap().toMillis());
                data.put("jitter", retry.jitter());
            }
            return data;
        }

        @Override
        public Map<String, @Nullable Object> sequence(Sequence sequence) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("nodes", nodes(sequence.nodes()));
            if (sequence.result() != null) {
                data.put("result", sequence.result().toString());
            }
            if (sequence.timeout() != null) {
                data.put("timeout", millis(sequence.timeout()));
            }
            return data;
        }

        @Override
        public Map<String, @Nullable Object> parallel(Parallel block) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            ParallelPolicy policy = block.policy();
            data.put("merge", policy.merge().describe());
            data.put("onError", policy.onError().name());
            data.put("join", policy.describeJoin());
            data.put("remaining", policy.remaining().name());
            data.put("maxParallelism", policy.maxParallelism());
            Parallel.Yield yield = block.yield();
            data.put("yields", yield == null ? null : yield.output().name());
            data.put("branches", nodes(block.branches()));
            return data;
        }

        @Override
        public Map<String, @Nullable Object> forEach(ForEach loop) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("items", step(loop.items()));
            data.put("concurrency", loop.concurrency());
            data.put("onError", loop.onError().name());
            data.putAll(sequence(loop.body()));
            putYield(data, loop.yield());
            return data;
        }

        @Override
        public Map<String, @Nullable Object> choose(Choose choose) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("otherwise", choose.otherwise());
            data.put("clauses", nodes(List.copyOf(choose.clauses())));
            putYield(data, choose.yield());
            return data;
        }

        private static void putYield(Map<String, @Nullable Object> data, @Nullable Step yield) {
            if (yield != null) {
                data.put("yields", yield.output().name());
            }
        }

        @Override
        public Map<String, @Nullable Object> decide(Decide decide) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            Map<String, @Nullable Object> targets = new LinkedHashMap<>();
            decide.targets().forEach(target -> targets.put(target.node(), target.atMost()));
            data.put("targets", targets);
            return data;
        }

        @Override
        public Map<String, @Nullable Object> repeatUntil(RepeatUntil loop) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("maxIterations", loop.maxIterations());
            data.putAll(sequence(loop.body()));
            return data;
        }

        @Override
        public Map<String, @Nullable Object> sleep(Sleep sleep) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("duration", millis(sleep.duration()));
            return data;
        }

        @Override
        public Map<String, @Nullable Object> awaitSignal(AwaitSignal wait) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("mode", wait.mode().name());
            data.put("signals", wait.signals());
            data.put("output", wait.output().name());
            data.put("timeout", millis(wait.timeout()));
            data.put("failsOnTimeout", wait.onTimeout() instanceof AwaitSignal.OnTimeout.Fail);
            return data;
        }

        @Override
        public Map<String, @Nullable Object> call(Call call) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("workflow", call.workflow());
            data.put("version", call.version());
            data.put("output", call.output().name());
            data.put("detached", call.isDetached());
            return data;
        }

        @Override
        public Map<String, @Nullable Object> procedure(Procedure procedure) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("output", procedure.output().name());
            data.put("whole", procedure.isWhole());
            return data;
        }

        private static @Nullable Long millis(@Nullable Duration duration) {
            return duration == null ? null : (Long) duration.toMillis();
        }
    }
}
