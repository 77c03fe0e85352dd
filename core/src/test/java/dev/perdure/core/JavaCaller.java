package dev.perdure.core;

import dev.perdure.core.definition.Join;
import dev.perdure.core.definition.ParallelPolicy;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.StepOptions;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.engine.Engine;
import dev.perdure.core.engine.Run;
import dev.perdure.core.payload.AesGcmCodec;
import dev.perdure.core.spi.Store;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** What a user of the Java API writes; that it compiles and runs is the test. */
public final class JavaCaller {
    public record Order(String item, int amount) {}

    public record Reservation(String item, String shelf) {}

    public record Checks(int fraud, int credit) {}

    private JavaCaller() {}

    public static Workflow<Order, String> approve(AtomicInteger calls) {
        return Workflow.define("approve", Order.class, String.class, w -> {
            w.timeout(Duration.ofMinutes(5));
            var reserve = w.step("reserve", Reservation.class, s -> {
                calls.incrementAndGet();
                return new Reservation(s.input().item(), "A7");
            });
            var checks = w.parallel("checks", p -> {
                p.retry(Retry.exponential(3, Duration.ofMillis(1)));
                p.maxParallelism(2);
                p.onError(ParallelPolicy.OnError.FAIL_FAST);
                p.join(Join.ALL);
                var fraud = p.step(
                        "fraud", Integer.class, s -> s.get(reserve).shelf().length());
                var credit = p.branch("credit", b -> {
                    var asked = b.step("ask", Integer.class, s -> s.input().amount());
                    return b.step("answer", Integer.class, s -> s.get(asked) * 2);
                });
                return p.join(Checks.class, j -> new Checks(j.get(fraud), j.get(credit)));
            });
            w.step("note", s -> s.put("reserved", true));
            return w.step(
                    "finish",
                    String.class,
                    StepOptions.DEFAULT.timeout(Duration.ofSeconds(30)),
                    s -> s.get(reserve).item() + " " + s.get(checks).fraud() + " "
                            + s.get(checks).credit());
        });
    }

    public static String runOn(Store store, AtomicInteger calls) throws InterruptedException {
        try (Engine engine = Engine.builder(store).register(approve(calls)).open()) {
            Run run = engine.start("approve", "order-123", new Order("lamp", 21));
            return run.await(String.class);
        }
    }

    /** The same with encrypted payloads, and failures without card numbers. */
    public static String runEncrypted(Store store, byte[] newest, byte[] older) throws InterruptedException {
        AesGcmCodec codec = AesGcmCodec.of("2026-11", newest).reading("2025-04", older);
        try (Engine engine = Engine.builder(store)
                .payloadCodec(codec)
                .redactor(message -> message.replaceAll("\\d{12,19}", "[card]"))
                .register(approve(new AtomicInteger()))
                .open()) {
            return engine.start("approve", "order-123", new Order("lamp", 21)).await(String.class);
        }
    }
}
