package dev.perdure.dsl.json;

import dev.perdure.core.definition.Workflow;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** The JSON format as Java sees it. */
final class JavaJsonCaller {
    private JavaJsonCaller() {}

    static Workflow<Object, Object> greeting(String text) {
        Agents agents = Agents.builder()
                .agent("greet", input -> "Hello, " + input.get("name"))
                .agent("sign", JavaJsonCaller::sign)
                .http(
                        "unused",
                        URI.create("https://example.com/v1"),
                        HttpOptions.DEFAULT.timeout(Duration.ofSeconds(9)))
                .build();
        JsonOptions options = JsonOptions.DEFAULT.version(3).workflows(Set.of());
        return JsonWorkflows.read(text, agents, options);
    }

    private static Object sign(AgentScope call, Map<String, ?> input) throws Exception {
        if (call.attempt() == 1) {
            throw new AgentException("no pen yet");
        }
        call.warn("a new pen for " + call.runId());
        return List.of(input.get("text"), call.path().toString(), call.idempotencyKey(), call.isCancelled());
    }

    static Workflow<Object, Object> rewritten(Workflow<?, ?> workflow, Function<String, Agents> agents) {
        String text = JsonWorkflows.write(workflow);
        return JsonWorkflows.read(text, agents.apply(text));
    }

    /** An agent that blocks its thread until somebody interrupts that. */
    static Agents blocking(CountDownLatch begun, CountDownLatch interrupted) {
        BlockingAgent wait = (call, input) -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
                return null;
            } catch (InterruptedException stopped) {
                interrupted.countDown();
                throw stopped;
            }
        };
        return Agents.builder().agent("wait", wait).build();
    }
}
