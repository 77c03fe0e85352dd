package dev.perdure.core.testing;

import dev.perdure.core.Path;
import dev.perdure.core.spi.BodyTask;
import org.jspecify.annotations.Nullable;

/** What is to come of a step instead of its body, for all its attempts unless one is named. Confined to one thread. */
public final class ScriptedStep {
    private final Script script;
    private final String name;
    private int attempt;
    private @Nullable Object value;
    private @Nullable Throwable thrown;
    private boolean isDecided;

    ScriptedStep(Script script, String name) {
        this.script = script;
        this.name = name;
    }

    /** Only for the attempt with this number, from 1; an attempt that a crash interrupts counts. */
    public ScriptedStep attempt(int number) {
        if (number < 1) {
            throw new IllegalArgumentException(
                    "attempt " + number + " of \"" + name + "\" is scripted; attempts count from 1");
        }
        attempt = number;
        return this;
    }

    /** The step's output, as its body would return it. */
    public Script returns(@Nullable Object output) {
        value = output;
        isDecided = true;
        return script;
    }

    /** What the body would throw. */
    public Script fails(Throwable failure) {
        thrown = failure;
        isDecided = true;
        return script;
    }

    boolean fits(Path path) {
        return isDecided && Script.isNamed(path, name);
    }

    boolean isFor(int number) {
        return attempt == number;
    }

    boolean isForAll() {
        return attempt == 0;
    }

    void report(BodyTask task) {
        if (thrown == null) {
            task.completed(value);
        } else {
            task.failed(thrown);
        }
    }
}
