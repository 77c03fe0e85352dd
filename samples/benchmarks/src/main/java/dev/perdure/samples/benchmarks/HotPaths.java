package dev.perdure.samples.benchmarks;

import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.machine.BodyOutcome;
import dev.perdure.core.machine.Event;
import dev.perdure.core.machine.RunMachine;
import dev.perdure.core.machine.Transition;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a step is made of, without threads and without a store. Each figure is of one step. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HotPaths {
    private static final int STEPS = 100;
    private static final Path STEP = Path.ROOT.child("step-1");

    private final Workflow<String, String> workflow = FlowsKt.sequence(STEPS);
    private final Payload output = Payload.of(FlowsKt.OUTPUT);
    private final Instant now = Instant.ofEpochMilli(1_800_000_000_000L);
    private final Entry entry = new Entry.StepCompleted(STEP, 1, output, Changes.NONE, now, now);
    private final Row row = row();

    private Row row() {
        return RowFormat.toRow(
                entry, 1, Objects.requireNonNull(workflow.places().get(STEP)));
    }

    /** From the event that a body has ended to the entry and to the start of the next body. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public Transition machine() {
        RunMachine machine = new RunMachine(workflow, Context.EMPTY, now, null);
        Transition transition = machine.start(now);
        for (int step = 1; step <= STEPS; step++) {
            Path path = Path.ROOT.child("step-" + step);
            BodyOutcome outcome = new BodyOutcome.Completed(output, Changes.NONE);
            transition = machine.on(new Event.BodyEnded(path, 1, outcome, now, now, 0));
        }
        return transition;
    }

    /** An entry to what is stored, its checksum included. */
    @Benchmark
    public Row toRow() {
        return row();
    }

    /** What is stored to an entry, its checksum verified. */
    @Benchmark
    public Entry toEntry() {
        return RowFormat.toEntry("run", row);
    }

    /** An output to its text and back. */
    @Benchmark
    public @Nullable Object json() {
        return Json.read(Json.write(FlowsKt.OUTPUT));
    }
}
