package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.DefinitionException;
import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.TypeRef;
import dev.perdure.core.ValueType;
import dev.perdure.core.journal.NodePlace;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A named, versioned, immutable definition: a tree of nodes, checked as a whole when it is built.
 *
 * <pre>{@code
 * Workflow<Order, String> approve = Workflow.define("approve", Order.class, String.class, w -> {
 *     var reserve = w.step("reserve", Reservation.class, s -> stock.reserve(s.input()));
 *     return w.step("finish", String.class, s -> finish(s.get(reserve)));
 * });
 * }</pre>
 *
 * <p>Thread-safe.
 *
 * @param <I> the input's type
 * @param <O> the output's type
 */
public final class Workflow<I extends @Nullable Object, O extends @Nullable Object> {
    /** The deepest nesting of blocks; deeper trees of scopes break structured cancellation. */
    public static final int MAX_NESTING = 64;

    /** The name under which runs are recorded whose code is not registered. */
    public static final String AD_HOC = SignalNames.RESERVED + "ad-hoc";

    private final Draft<I, O> draft;
    private final Map<Path, NodePlace> places;
    private final Map<String, @Nullable Object> graph;
    private final String fingerprint;
    private final @Nullable Object origin;

    private Workflow(Draft<I, O> draft) {
        this.draft = draft;
        this.places = NodePlaces.of(draft.root);
        this.graph = GraphData.of(draft);
        this.fingerprint = fingerprintOf(graph);
        this.origin = null;
    }

    private Workflow(Workflow<I, O> same, Object origin) {
        this.draft = same.draft;
        this.places = same.places;
        this.graph = same.graph;
        this.fingerprint = same.fingerprint;
        this.origin = origin;
    }

    /**
     * What a builder has collected.
     *
     * @param result the node whose output is the run's; null for a run without output
     * @param timeout how long a run may take from its start; null for ever
     * @param bodyType the type of all bodies in the tree
     */
    public record Draft<I extends @Nullable Object, O extends @Nullable Object>(
            String name,
            int version,
            ValueType<I> input,
            ValueType<O> output,
            Sequence root,
            @Nullable Path result,
            @Nullable Duration timeout,
            Codec codec,
            Class<? extends Body> bodyType) {}

    /**
     * The workflow that {@code draft} describes.
     *
     * @param problems mistakes that the builder saw itself
     * @throws DefinitionException with all problems, the builder's and those of the whole tree
     */
    public static <I extends @Nullable Object, O extends @Nullable Object> Workflow<I, O> of(
            Draft<I, O> draft, List<String> problems) {
        List<String> all = new DefinitionCheck(problems).check(draft);
        if (!all.isEmpty()) {
            throw new DefinitionException(draft.name, all);
        }
        return new Workflow<>(draft);
    }

    /** Defines version 1 of a workflow in Java; {@code content} returns the node whose output is the run's. */
    public static <I, O> Workflow<I, O> define(
            String name, Class<I> input, Class<O> output, Function<WorkflowBuilder<I>, Ref<O>> content) {
        return define(name, 1, input, output, content);
    }

    /** Defines a version of a workflow in Java. */
    public static <I, O> Workflow<I, O> define(
            String name, int version, Class<I> input, Class<O> output, Function<WorkflowBuilder<I>, Ref<O>> content) {
        return new WorkflowBuilder<>(name, version, input, Codecs.standard()).build(output, content);
    }

    /**
     * Defines version 1 of a workflow that is code in Java; see {@link ProcedureContext}. What it asks for is recorded under paths
     * of its own name and place: {@code payment}, {@code pack#2}.
     */
    public static <I, O> Workflow<I, O> procedure(
            String name, Class<I> input, Class<O> output, StepFunction<ProcedureContext<I>, ? extends O> code) {
        return procedure(name, 1, input, output, code);
    }

    /** Defines a version of a workflow that is code in Java. */
    public static <I, O> Workflow<I, O> procedure(
            String name,
            int version,
            Class<I> input,
            Class<O> output,
            StepFunction<ProcedureContext<I>, ? extends O> code) {
        return CodeWorkflows.of(name, version, input, output, code);
    }

    /** As above, for generic types. */
    public static <I, O> Workflow<I, O> procedure(
            String name,
            int version,
            TypeRef<I> input,
            TypeRef<O> output,
            StepFunction<ProcedureContext<I>, ? extends O> code) {
        return CodeWorkflows.of(name, version, input.type(), output.type(), code);
    }

    /**
     * Code in Java that is not registered, but brought along by each call that runs it.
     *
     * @param input null for plain data
     * @param output null for plain data that is read back as it was given
     */
    public static <I extends @Nullable Object, O extends @Nullable Object> Workflow<I, O> adHoc(
            @Nullable Type input, @Nullable Type output, StepFunction<ProcedureContext<I>, ? extends O> code) {
        return CodeWorkflows.adHoc(input, output, code);
    }

    public String name() {
        return draft.name;
    }

    public int version() {
        return draft.version;
    }

    public ValueType<I> input() {
        return draft.input;
    }

    public ValueType<O> output() {
        return draft.output;
    }

    public Sequence root() {
        return draft.root;
    }

    /** The code that is the whole workflow; null for one of nodes. */
    public @Nullable Procedure code() {
        return root().nodes().get(0) instanceof Procedure procedure && procedure.isWhole() ? procedure : null;
    }

    /** The node whose output is the run's; null for a run without output. */
    public @Nullable Path result() {
        return draft.result;
    }

    /** How long a run may take; null for ever. */
    public @Nullable Duration timeout() {
        return draft.timeout;
    }

    public Codec codec() {
        return draft.codec;
    }

    /** The type of all its bodies. */
    public Class<? extends Body> bodyType() {
        return draft.bodyType;
    }

    /** Every node's place, by path; what is not in it is no node of this workflow. */
    public Map<Path, NodePlace> places() {
        return places;
    }

    /** Its steps whose bodies run in the transactions of the store; what code asks for is not among them. */
    public List<Path> atomicSteps() {
        return NodePlaces.atomic(draft.root);
    }

    /** The structure as plain data: what two languages' builders have to agree on, and what is drawn. */
    public Map<String, @Nullable Object> graph() {
        return graph;
    }

    /** Changes when the structure does (names, kinds, order, policies), not when a body does. */
    public String fingerprint() {
        return fingerprint;
    }

    /** The same workflow, which remembers what it was made of, such as a file. That is no part of its structure. */
    public Workflow<I, O> madeOf(Object what) {
        return new Workflow<>(this, what);
    }

    /** What it was made of, for those who made it; null where nobody said. */
    public @Nullable Object origin() {
        return origin;
    }

    private static String fingerprintOf(Map<String, @Nullable Object> graph) {
        try {
            byte[] text = Json.write(graph).getBytes(StandardCharsets.US_ASCII);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    @Override
    public String toString() {
        return "Workflow[" + draft.name + " v" + draft.version + "]";
    }
}
