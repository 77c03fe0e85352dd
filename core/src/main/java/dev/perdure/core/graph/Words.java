package dev.perdure.core.graph;

import dev.perdure.core.definition.AwaitSignal;
import dev.perdure.core.definition.Call;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.definition.Parallel;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.definition.Sleep;
import dev.perdure.core.definition.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a picture says of a node besides its name. */
final class Words {
    private Words() {}

    static List<String> of(Step step) {
        List<String> words = new ArrayList<>();
        Retry retry = step.retry();
        if (retry.maxAttempts() > 1) {
            words.add("up to " + retry.maxAttempts() + " attempts");
        }
        if (step.timeout() != null) {
            words.add("timeout " + of(step.timeout()));
        }
        if (step.isAtMostOnce()) {
            words.add("at most once");
        }
        return words;
    }

    static List<String> ofFork(Parallel block) {
        int most = block.policy().maxParallelism();
        return most == 0 ? List.of() : List.of(most + " at once");
    }

    static List<String> ofJoin(Parallel block) {
        return List.of(
                "needs " + block.policy().describeJoin(),
                "merge " + block.policy().merge().describe());
    }

    static List<String> of(ForEach loop) {
        String onError = switch (loop.onError()) {
            case FAIL_FAST -> "the first failure ends it";
            case CONTINUE -> "goes on after failures";
            case COLLECT -> "fails at its end";
        };
        return List.of(loop.concurrency() + " at once", onError);
    }

    static String ofClause(Sequence clause, @Nullable String otherwise) {
        boolean isLast = clause.name().equals(otherwise);
        return isLast && !clause.name().equals("otherwise") ? "otherwise: " + clause.name() : clause.name();
    }

    static List<String> of(Sleep sleep) {
        if (sleep.duration() != null) {
            return List.of("sleep " + of(sleep.duration()));
        }
        return List.of(sleep.isRelative() ? "for a computed time" : "until a computed time");
    }

    static List<String> of(AwaitSignal wait) {
        List<String> words = new ArrayList<>();
        String signals = String.join(", ", wait.signals());
        words.add(
                switch (wait.mode()) {
                    case ONE -> "signal " + signals;
                    case ANY -> "any signal of " + signals;
                    case ALL -> "all signals of " + signals;
                    case APPROVAL -> "asks for an approval";
                    case CALLBACK -> "waits for a callback";
                });
        if (wait.timeout() != null) {
            boolean fails = wait.onTimeout() instanceof AwaitSignal.OnTimeout.Fail;
            words.add((fails ? "fails after " : "at most ") + of(wait.timeout()));
        }
        return words;
    }

    static List<String> of(Call call) {
        List<String> words = new ArrayList<>();
        words.add("call " + call.workflow() + (call.version() == 0 ? "" : " v" + call.version()));
        if (call.isDetached()) {
            words.add("does not wait for it");
        }
        return words;
    }

    static String atMost(int times) {
        return times == 1 ? "at most once" : "at most " + times + " times";
    }

    /** {@code 3d}, {@code 1h 30m}, {@code 250ms}. */
    static String of(Duration duration) {
        StringBuilder out = new StringBuilder();
        add(out, duration.toDays(), "d");
        add(out, duration.toHoursPart(), "h");
        add(out, duration.toMinutesPart(), "m");
        add(out, duration.toSecondsPart(), "s");
        add(out, duration.toMillisPart(), "ms");
        return out.isEmpty() ? "0s" : out.toString();
    }

    private static void add(StringBuilder out, long count, String unit) {
        if (count != 0) {
            out.append(out.isEmpty() ? "" : " ").append(count).append(unit);
        }
    }
}
