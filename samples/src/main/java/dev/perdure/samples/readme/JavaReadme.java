package dev.perdure.samples.readme;

import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.engine.Engine;
import dev.perdure.core.engine.QueueLimits;
import dev.perdure.core.engine.Run;
import dev.perdure.core.engine.StartOptions;
import dev.perdure.storage.SqliteStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;

/** The README's Java. */
public final class JavaReadme {
    private JavaReadme() {}

    // region readme-java
    public record Order(String item, int amount) {}

    public record Checks(int fraud, int credit) {}

    static final Workflow<Order, String> APPROVE = Workflow.define("approve", Order.class, String.class, w -> {
        var reserved = w.step("reserve", String.class, s -> reserve(s.input(), s.idempotencyKey()));
        var checks = w.parallel("checks", p -> {
            p.retry(Retry.exponential(3, Duration.ofSeconds(1)));
            var fraud = p.step("fraud", Integer.class, s -> fraud(s.input()));
            var credit = p.step("credit", Integer.class, s -> credit(s.input()));
            return p.join(Checks.class, j -> new Checks(j.get(fraud), j.get(credit)));
        });
        return w.step("finish", String.class, s -> finish(s.get(reserved), s.get(checks)));
    });

    public static String approve(Path store, String id, Order order) throws InterruptedException {
        try (Engine engine =
                Engine.builder(SqliteStore.open(store)).register(APPROVE).open()) {
            return Objects.requireNonNull(engine.start(APPROVE, id, order).await(String.class));
        }
    }
    // endregion

    // region readme-java-code
    public static String report(Engine engine, String id) throws InterruptedException {
        return engine.execute(id, ctx -> {
            String data = ctx.step("load", String.class, () -> "data");
            try (var parallel = ctx.parallel()) {
                var users = parallel.submit("users", Integer.class, () -> data.length());
                var orders = parallel.submit("orders", Integer.class, () -> 3);
                parallel.await();
                ctx.sleep("settle", Duration.ofMillis(10));
                return ctx.step("write", String.class, () -> users.get() + " users, " + orders.get() + " orders");
            }
        });
    }
    // endregion

    // region java-queues
    static final Workflow<String, String> SEND = Workflow.define(
            "send_once", String.class, String.class, w -> w.step("deliver", String.class, s -> "mail to " + s.input()));

    /** While a mail to the customer is on its way, another call waits for that one. */
    public static String sendOnce(Path store, String customer, String to) throws InterruptedException {
        QueueLimits limits = QueueLimits.concurrency(4).rate(100, Duration.ofMinutes(1));
        try (Engine engine = Engine.builder(SqliteStore.open(store))
                .register(SEND)
                .queue("emails", limits)
                .open()) {
            StartOptions options =
                    StartOptions.inQueue("emails").priority(5).key(customer).startingAfter(Duration.ofMillis(50));
            Run run = engine.start("send_once", UUID.randomUUID().toString(), to, options);
            return Objects.requireNonNull(run.await(String.class));
        }
    }
    // endregion

    private static String reserve(Order order, String key) {
        return order.amount() + " " + order.item() + " for " + key;
    }

    private static int fraud(Order order) {
        return order.item().length();
    }

    private static int credit(Order order) {
        return 100 - order.amount();
    }

    private static String finish(String reserved, Checks checks) {
        return reserved + ", fraud " + checks.fraud() + ", credit " + checks.credit();
    }
}
