package dev.perdure.core;

import dev.perdure.core.definition.ParallelPolicy.OnError;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.StepOptions;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.engine.Engine;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Workflow code as people write it in Java: it proves that the API reads and compiles as it should. */
public final class JavaCode {
    private JavaCode() {}

    /** Something that is looked at from outside. */
    public record Item(String name, int count) {}

    enum Colour {
        RED,
        GREEN
    }

    public static String hello(Engine engine, String runId, Runnable ran) throws InterruptedException {
        return engine.execute(runId, ctx -> {
            String first = ctx.step("step1", String.class, () -> {
                ran.run();
                return "Hello";
            });
            return ctx.step("step2", String.class, () -> first + " World");
        });
    }

    public static String reports(Engine engine, String runId, Callable<String> users, Callable<String> orders)
            throws InterruptedException {
        return engine.execute(runId, ctx -> {
            try (var parallel = ctx.parallel(OnError.COMPLETE_ALL)) {
                var first = parallel.submit("users", String.class, users);
                var second = parallel.submit("orders", String.class, orders);
                parallel.await();
                return ctx.step("report", String.class, () -> first.get() + second.get());
            }
        });
    }

    /** Leaves a block while a branch of it waits for ever. */
    public static String leavesABranch(Engine engine, String runId, CountDownLatch started)
            throws InterruptedException {
        return engine.execute(runId, ctx -> {
            try (var parallel = ctx.parallel()) {
                parallel.submit("left", Boolean.class, () -> {
                    started.countDown();
                    return new CountDownLatch(1).await(1, TimeUnit.HOURS);
                });
                ctx.step("beside", Boolean.class, () -> started.await(10, TimeUnit.SECONDS));
            }
            return "done";
        });
    }

    public static String withInput(Engine engine, String runId, String name) throws InterruptedException {
        return engine.execute(runId, name, String.class, ctx -> "for " + ctx.input());
    }

    public static Object mistyped(Engine engine, String runId) throws InterruptedException {
        return engine.execute(runId, ctx -> 42);
    }

    /** One of every kind of value, and what it is when it is read again. */
    public static List<@Nullable Object> values(Engine engine, String runId, Runnable ran, boolean isFailing)
            throws InterruptedException {
        Object[] seen = new Object[1];
        try {
            engine.execute(runId, String.class, ctx -> {
                String text = ctx.step("text", String.class, () -> {
                    ran.run();
                    return "Ä";
                });
                Integer number = ctx.step("int", Integer.class, () -> 42);
                Long large = ctx.step("long", Long.class, () -> 9007199254740993L);
                Double real = ctx.step("double", Double.class, () -> 3.14);
                Double infinite = ctx.step("infinite", Double.class, () -> Double.POSITIVE_INFINITY);
                Boolean flag = ctx.step("boolean", Boolean.class, () -> true);
                List<Item> items = ctx.step("items", new TypeRef<List<Item>>() {}, () -> List.of(new Item("a", 1)));
                Map<String, Integer> map =
                        ctx.step("map", new TypeRef<Map<String, Integer>>() {}, () -> Map.of("a", 1));
                Colour colour = ctx.step("enum", Colour.class, () -> Colour.GREEN);
                byte[] bytes = ctx.step("bytes", byte[].class, () -> new byte[] {1, -1});
                Integer[] array = ctx.step("array", Integer[].class, () -> new Integer[] {1, 2});
                Instant time = ctx.step("instant", Instant.class, () -> Instant.ofEpochSecond(1, 1_000_000));
                Optional<String> some =
                        ctx.step("optional", new TypeRef<Optional<String>>() {}, () -> Optional.of("x"));
                Optional<String> none = ctx.step("none", new TypeRef<Optional<String>>() {}, Optional::empty);
                String nothing = ctx.step("null", String.class, () -> null);
                ctx.step("void", () -> {});
                seen[0] = Arrays.asList(
                        text,
                        number,
                        large,
                        real,
                        infinite,
                        flag,
                        items,
                        map,
                        colour,
                        Arrays.toString(bytes),
                        Arrays.toString(array),
                        time,
                        some,
                        none,
                        nothing);
                return ctx.step("end", String.class, () -> {
                    if (isFailing) {
                        throw new IllegalStateException("not yet");
                    }
                    return "end";
                });
            });
        } catch (RunFailedException expected) {
            // What was seen is what counts.
        }
        @SuppressWarnings("unchecked")
        List<@Nullable Object> list = (List<@Nullable Object>) seen[0];
        return list;
    }

    public static Workflow<Item, String> registered(Runnable undo) {
        return Workflow.procedure("registered", Item.class, String.class, ctx -> {
            String booked = ctx.step("book", String.class)
                    .retry(Retry.fixed(2, Duration.ZERO))
                    .timeout(Duration.ofSeconds(10))
                    .compensate((s, value) -> undo.run())
                    .run(s -> s.idempotencyKey() + " " + s.input().name());
            if (ctx.input().count() > 1) {
                ctx.step("fail", StepOptions.DEFAULT, () -> {
                    throw new IllegalStateException("too many");
                });
            }
            return booked;
        });
    }
}
