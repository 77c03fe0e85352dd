package dev.perdure.samples.benchmarks;

import dev.perdure.core.Path;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.engine.Engine;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.memory.MemoryStore;
import dev.perdure.core.spi.EngineIdentity;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import dev.perdure.storage.SqliteOptions;
import dev.perdure.storage.SqliteStore;
import dev.perdure.storage.Synchronous;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A step through the whole engine with a store that costs nothing, and through the store alone. Each figure is of one step. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls open before anything else
public class StepPaths {
    private static final int STEPS = 10;
    private static final int BATCH = 64;

    private final Workflow<String, String> workflow = FlowsKt.sequence(STEPS);
    private Engine inMemory;
    private SqliteStore store;
    private Lease lease;
    private java.nio.file.Path file;
    private Row row;

    /** The store does not wait for the disk: what is measured is the work, and not the device. */
    @Setup
    public void open() throws IOException {
        inMemory = Engine.builder(new MemoryStore()).register(workflow).open();
        file = Files.createTempFile("perdure-jmh-", ".db");
        Files.delete(file);
        store = SqliteStore.open(file, new SqliteOptions(Synchronous.NORMAL));
        lease = store.acquire(EngineIdentity.ofThisProcess());
        Path step = Path.ROOT.child("step-1");
        Instant now = Instant.ofEpochMilli(1_800_000_000_000L);
        Entry entry = new Entry.StepCompleted(step, 1, Payload.of(FlowsKt.OUTPUT), Changes.NONE, now, now);
        row = RowFormat.toRow(entry, 1, Objects.requireNonNull(workflow.places().get(step)));
    }

    @TearDown
    public void close() {
        inMemory.close();
        store.close();
        MainKt.delete(file);
    }

    /** A run from its start to its end in memory: coroutines, strand, machine, committer. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public @Nullable String engine() throws InterruptedException {
        return inMemory.start(workflow, UUID.randomUUID().toString(), FlowsKt.INPUT)
                .await(String.class);
    }

    /** A commit of one row. */
    @Benchmark
    public List<WriteResult> commitOfOne() {
        return store.commit(lease, List.of(append()));
    }

    /** A commit of the rows of many runs. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public List<WriteResult> commitOfMany() {
        List<Write> batch = IntStream.range(0, BATCH).mapToObj(run -> append()).toList();
        return store.commit(lease, batch);
    }

    private Write append() {
        return new Write.Append(UUID.randomUUID().toString(), List.of(row), List.of(), List.of(), null, null);
    }
}
