package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.payload.EncodedStore;
import dev.perdure.core.spi.BodyScopes;
import dev.perdure.core.spi.PayloadCodec;
import dev.perdure.core.spi.RunArchive;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Timekeeper;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Describes an engine; see {@link Engine#builder}. Confined to one thread. */
public final class EngineBuilder {
    private Store store;
    private final List<Workflow<?, ?>> workflows = new ArrayList<>();
    private final Map<Workflow<?, ?>, String> texts = new LinkedHashMap<>();
    private final List<EngineListener> listeners = new ArrayList<>();
    private final List<BodyScopes> scopes = new ArrayList<>();
    private final Map<String, QueueLimits> queues = new LinkedHashMap<>();
    private boolean isForQueuesOnly;
    private @Nullable Timekeeper clock;
    private Clock machine = SystemTimekeeper.MACHINE;
    private Retention.@Nullable Policy retention;
    private int maxActiveRuns = EngineSettings.DEFAULT.maxActiveRuns();
    private Duration cancellationGrace = EngineSettings.DEFAULT.cancellationGrace();
    private Duration longRunningAfter = EngineSettings.DEFAULT.longRunningAfter();
    private int maxPayloadLength = EngineSettings.DEFAULT.maxPayloadLength();
    private Duration suspendAfter = EngineSettings.DEFAULT.suspendAfter();
    private Duration pollInterval = EngineSettings.DEFAULT.pollInterval();
    private Redaction redaction = EngineSettings.DEFAULT.redaction();
    private int maxWaitingSignals = EngineSettings.DEFAULT.maxWaitingSignals();

    EngineBuilder(Store store) {
        this.store = store;
    }

    /** Adds workflows; several versions of one may live side by side, new runs take the newest. */
    public EngineBuilder register(Workflow<?, ?>... more) {
        workflows.addAll(List.of(more));
        return this;
    }

    /**
     * Adds a workflow together with the text that it was made of, which the store keeps from {@link #open} on, by name and
     * version; whoever opens the store later can make the workflow again and go on with its runs.
     */
    public EngineBuilder register(Workflow<?, ?> workflow, String text) {
        workflows.add(workflow);
        texts.put(workflow, text);
        return this;
    }

    /** Adds a listener that hears everything from the first recovery on. */
    public EngineBuilder listener(EngineListener listener) {
        listeners.add(listener);
        return this;
    }

    /**
     * Has the payloads of all runs stored in another form: encrypted, with {@link dev.perdure.core.payload.AesGcmCodec}. A client
     * of the same store, and whatever else reads it, needs the codec too: {@link EncodedStore}.
     *
     * @throws PerdureException INVALID_NAME where the codec's own name is none
     */
    public EngineBuilder payloadCodec(PayloadCodec codec) {
        store = EncodedStore.of(EncodedStore.below(store), codec);
        return this;
    }

    /**
     * Has the message of each failure, and of its causes, reworded before it is recorded, told to listeners or logged: to take
     * out secrets that exceptions quote. What it gives is what every resume sees. It is called by many threads, and must be quick;
     * where it throws, the message is withheld as a whole. A failure that code caught and throws again goes through it again.
     */
    public EngineBuilder redactor(UnaryOperator<String> words) {
        redaction = new Redaction(words);
        return this;
    }

    /**
     * Another clock than the machine's; closed with the engine. Where engines share a store, the machine's is put right by the
     * store's, and this one is not.
     */
    public EngineBuilder clock(Timekeeper timekeeper) {
        clock = timekeeper;
        return this;
    }

    /** As the machine's, for one whose clock is wrong. */
    EngineBuilder machineClock(Clock machineClock) {
        machine = machineClock;
        return this;
    }

    /** Where bodies of a certain type run, before those that are found on the class path; closed with the engine. */
    public EngineBuilder bodyScopes(BodyScopes provider) {
        scopes.add(provider);
        return this;
    }

    /** How many runs are worked on at once, at least 1; further ones wait in the store as PENDING. 1,000 unless said. */
    public EngineBuilder maxActiveRuns(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("maxActiveRuns is " + most + "; expected 1 or more");
        }
        maxActiveRuns = most;
        return this;
    }

    /** How long a cancelled body may take to end before it is abandoned; 5 seconds unless said. */
    public EngineBuilder cancellationGrace(Duration grace) {
        cancellationGrace = grace;
        return this;
    }

    /** How long a body runs before it is recorded as RUNNING; 1 second unless said. */
    public EngineBuilder longRunningAfter(Duration age) {
        longRunningAfter = age;
        return this;
    }

    /** The largest input, output or set of changes, in characters of JSON; 8 Mi unless said. */
    public EngineBuilder maxPayloadLength(int characters) {
        maxPayloadLength = characters;
        return this;
    }

    /**
     * A run that only waits, for a signal, a child run, or a time further off than this, is let out of memory, and taken up
     * again when what it waits for is there; 1 second unless said. With zero, every wait is spent out of memory.
     */
    public EngineBuilder suspendAfter(Duration wait) {
        suspendAfter = wait;
        return this;
    }

    /** How many signals may wait for one run, at least 1; further ones are refused. 10,000 unless said. */
    public EngineBuilder maxWaitingSignals(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("maxWaitingSignals is " + most + "; expected 1 or more");
        }
        maxWaitingSignals = most;
        return this;
    }

    /**
     * Has runs deleted by themselves that ended so long ago, at least a minute; never unless said. See {@link
     * dev.perdure.core.spi.Purge}: the ids of such runs are free. The file of an SQLite store does not get smaller by that, but
     * its space is used again; {@code VACUUM} gives it back.
     */
    public EngineBuilder retain(Duration age) {
        return retain(age, null);
    }

    /** As above, after {@code archive} took them; it stays the caller's to close, after the engine. */
    public EngineBuilder retain(Duration age, @Nullable RunArchive archive) {
        if (age.compareTo(Duration.ofMinutes(1)) < 0) {
            throw new IllegalArgumentException("retain " + age + "; expected a minute or more");
        }
        retention = new Retention.Policy(age, archive);
        return this;
    }

    /**
     * How often an engine looks for what other processes did, where engines share a store: runs that they started, freed or sent
     * something to. 100 ms unless said, at least 1 ms; up to five times as long while there is nothing to do. What happens in this
     * process never waits for that.
     */
    public EngineBuilder pollInterval(Duration interval) {
        if (interval.toMillis() < 1) {
            throw new IllegalArgumentException("pollInterval is " + interval + "; expected 1 ms or more");
        }
        pollInterval = interval;
        return this;
    }

    /**
     * Has the engine serve a queue: runs that were started in it ({@link StartOptions#inQueue}) begin here, as far as its limits
     * leave room over all engines on the store. The limits are kept in the store, for all engines; those of the engine that
     * opened last count.
     *
     * <p>A run keeps its slot from when it begins until it has ended, also while it waits, is paused, or its engine is dead; one
     * that is retried after it had ended begins at once, and counts from then on.
     *
     * @throws PerdureException INVALID_NAME
     */
    public EngineBuilder queue(String name, QueueLimits limits) {
        queues.put(Names.requireValid("queue", name), limits);
        return this;
    }

    /**
     * Has the engine work on runs of its own queues only, where engines share the store, and leave those that are in none to others.
     * That goes for the children that its runs call, too.
     */
    public EngineBuilder queuesOnly() {
        isForQueuesOnly = true;
        return this;
    }

    private EngineSettings settings() {
        return new EngineSettings(
                maxActiveRuns,
                cancellationGrace,
                longRunningAfter,
                maxPayloadLength,
                suspendAfter,
                maxWaitingSignals,
                pollInterval,
                redaction);
    }

    /**
     * Opens the engine: takes the store over and goes on with every run in it that has not ended. Where engines share the store
     * ({@link Store#isShared}), it goes on with those that no other engine has, a batch at a time, of the workflows and versions that
     * are registered here.
     *
     * @throws dev.perdure.core.spi.StoreException STORE_IN_USE when another engine holds the store
     * @throws dev.perdure.core.PerdureException DEFINITION_CONFLICT when a live run of the same name and version follows
     *     another text than the one given; INVALID_DEFINITION when a workflow has atomic steps and the store cannot do them, or
     *     bodies of a type that nothing here runs. No run was taken up then. Whatever is thrown, no thread is left of the
     *     engine, nor its lease if the store could be asked to take that back; otherwise the lease ends when its time is over,
     *     or the store is closed. The store is as open as it was, and may be tried again or closed
     */
    public Engine open() {
        if (store.transactions() == null) {
            workflows.forEach(this::requireNoAtomicSteps);
        }
        List<BodyScopes> found = new ArrayList<>();
        ServiceLoader.load(BodyScopes.class, EngineBuilder.class.getClassLoader())
                .forEach(found::add);
        found.add(new ThreadBodyScopes());
        List<BodyScopes> providers = new ArrayList<>(scopes);
        providers.addAll(found);
        workflows.forEach(workflow -> requireBodyScopes(workflow, providers));
        Timekeeper time = clock == null ? new SystemTimekeeper(SharedClock.of(machine, store)) : clock;
        try {
            return Engine.open(plan(providers, time));
        } catch (RuntimeException | Error unopened) {
            found.forEach(BodyScopes::close);
            if (clock == null) {
                time.close();
            }
            throw unopened;
        }
    }

    private EnginePlan plan(List<BodyScopes> providers, Timekeeper time) {
        return new EnginePlan(
                store,
                new Registered(workflows),
                new DefinitionTexts(texts),
                List.copyOf(listeners),
                List.copyOf(providers),
                time,
                settings(),
                retention,
                new DeclaredQueues(queues, !isForQueuesOnly));
    }

    private static void requireBodyScopes(Workflow<?, ?> workflow, List<BodyScopes> providers) {
        if (providers.stream().noneMatch(provider -> provider.supports(workflow.bodyType()))) {
            throw new PerdureException(
                    ErrorCode.INVALID_DEFINITION,
                    "workflow " + Names.quoted(workflow.name()) + " version " + workflow.version()
                            + " has bodies of type " + workflow.bodyType().getName()
                            + ", which nothing here runs; put the library that made the workflow on the class path (the"
                            + " coroutines of Kotlin need perdure-dsl), or give the engine a provider with bodyScopes(...)");
        }
    }

    private void requireNoAtomicSteps(Workflow<?, ?> workflow) {
        if (!workflow.atomicSteps().isEmpty()) {
            throw new PerdureException(
                    ErrorCode.INVALID_DEFINITION,
                    "workflow " + Names.quoted(workflow.name()) + " version " + workflow.version()
                            + " has atomic steps, at " + workflow.atomicSteps() + ", but " + store.describe()
                            + " cannot run a body in its transactions; use a store on SQLite or PostgreSQL, or plain steps");
        }
    }
}
