package dev.perdure.core.testing;

import dev.perdure.core.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a test puts in the place of the world around a workflow: results of steps whose bodies are not to run, and what is sent
 * to the run from outside.
 *
 * <pre>{@code
 * engine.script()
 *         .step("charge").attempt(1).fails(new IOException("no route"))
 *         .step("charge").returns(new Receipt("r-1"))
 *         .signal("approval", new Approval(true));
 * }</pre>
 *
 * <p>A step is named by its path, or by the last part of it, with or without the number of its occurrence. Confined to one
 * thread, and not to be changed while a run is under way.
 */
public final class Script {
    private final List<ScriptedStep> steps = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();

    /** What is sent to a run from outside. */
    record Sent(Kind kind, String name, @Nullable Object value, int number) {
        enum Kind {
            SIGNAL,
            ANSWER,
            CALLBACK
        }

        /** What a report of a run calls it. */
        String describe() {
            return kind.name().toLowerCase(java.util.Locale.ROOT) + " " + name + " #" + number;
        }

        /** Sent again after a crash, it counts once. */
        String key() {
            return "scripted-" + number;
        }
    }

    Script() {}

    /** Begins to say what comes of a step instead of its body; see {@link ScriptedStep}. */
    public ScriptedStep step(String pathOrName) {
        ScriptedStep step = new ScriptedStep(this, pathOrName);
        steps.add(step);
        return step;
    }

    /** A signal, sent once the run has nothing else to do. */
    public Script signal(String name, @Nullable Object payload) {
        return send(Sent.Kind.SIGNAL, name, payload);
    }

    /** The answer to an approval, by its path or name, given once it is asked for. */
    public Script answer(String approval, String choice) {
        return send(Sent.Kind.ANSWER, approval, choice);
    }

    /** What a callback, by its path or name, brings back, once its token was handed out. */
    public Script callback(String callback, @Nullable Object payload) {
        return send(Sent.Kind.CALLBACK, callback, payload);
    }

    private Script send(Sent.Kind kind, String name, @Nullable Object value) {
        sent.add(new Sent(kind, name, value, sent.size() + 1));
        return this;
    }

    List<Sent> sent() {
        return sent;
    }

    /** What is to come of an attempt; empty where its body is to run. Of several that fit, those for one attempt go first. */
    Optional<ScriptedStep> of(Path path, int attempt) {
        Optional<ScriptedStep> exact = steps.stream()
                .filter(step -> step.fits(path) && step.isFor(attempt))
                .findFirst();
        return exact.isPresent()
                ? exact
                : steps.stream()
                        .filter(step -> step.fits(path) && step.isForAll())
                        .findFirst();
    }

    /** Whether {@code name} is the whole of a path, or its last part. */
    static boolean isNamed(Path path, String name) {
        String text = path.toString();
        String last = text.substring(text.lastIndexOf('/') + 1);
        int occurrence = last.lastIndexOf('#');
        return text.equals(name)
                || last.equals(name)
                || (occurrence > 0 && last.substring(0, occurrence).equals(name));
    }
}
