package dev.perdure.core;

import dev.perdure.core.definition.ApprovalRequest;
import dev.perdure.core.definition.Decide.Target;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.WaitOptions;
import dev.perdure.core.definition.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A workflow with every kind of node, as a user of the Java API writes it; that it compiles and reads well is the test. */
public final class JavaFulfilment {
    public record Order(String customer, List<Line> lines, boolean isGift) {}

    public record Line(String item, int count) {}

    public record Parcel(String address, List<String> labels) {}

    public record Payment(String id, int amount) {}

    public static final Workflow<Parcel, String> SHIPPING = Workflow.define(
            "shipping",
            Parcel.class,
            String.class,
            w -> w.step("ship", String.class, s -> s.input().address()));

    private JavaFulfilment() {}

    public static Workflow<Order, String> fulfilment(List<String> undone) {
        return Workflow.define("fulfilment", Order.class, String.class, w -> {
            var labels = w.mapEach("lines", Line.class, s -> s.input().lines(), (loop, line) -> {
                loop.concurrency(8);
                loop.onError(ForEach.OnError.CONTINUE);
                loop.choose("big", c -> {
                    c.on(s -> s.get(line).count() > 100, b -> b.step("warn", s -> s.append("big", s.index())));
                    c.otherwise(b -> b.sleep("pause", Duration.ofMillis(1)));
                });
                return loop.step("label", String.class, s -> "label of " + s.get(line));
            });
            w.forEach(
                    "labels",
                    String.class,
                    labels,
                    (loop, label) -> loop.step("print", s -> s.append("printed", s.get(label))));
            w.forEach("printed_ones", String.class, "printed", (loop, label) -> loop.step("check", s -> s.get(label)));

            w.choose("gift", s -> s.input().isGift(), c -> {
                c.when(true, b -> b.step("wrap", s -> s.put("wrapped", true)));
                c.otherwise(b -> b.step("no_wrap", s -> s.put("wrapped", false)));
            });
            var fee = w.choose("fee", Integer.class, c -> {
                c.on("gold", s -> s.input().customer().equals("gold"), b -> b.step("free", Integer.class, s -> 0));
                return c.otherwise(b -> b.step("normal", Integer.class, s -> 5));
            });

            var paid = w.callback("paid", Payment.class, (s, token) -> s.put("token", token));
            var charge = w.step("charge", Payment.class, s -> s.get(paid));
            w.compensate(charge, Retry.fixed(3, Duration.ofSeconds(1)), (s, payment) -> undone.add(payment.id()));

            var state = w.repeatUntil("poll", 100, r -> {
                var status = r.step("ask", String.class, s -> "packed");
                r.sleep("pause", s -> Duration.ofMinutes(s.index()));
                return r.until(status, s -> s.get(status).equals("packed"));
            });
            w.decide(
                    "next",
                    List.of(Target.to("sign_off"), Target.backTo("poll", 2)),
                    s -> s.get(fee) > 0 ? "sign_off" : null);

            var week = WaitOptions.DEFAULT.timeout(Duration.ofDays(7));
            var answer = w.approval(
                    "sign_off",
                    List.of("yes", "no"),
                    week,
                    s -> new ApprovalRequest("Ship it?", Map.of("fee", s.get(fee))));
            var note = w.awaitSignal("note", String.class, week.orElse("no note"));
            var first = w.awaitAny("first", String.class, List.of("picked_up", "returned"), week.failOnTimeout());
            var receipt = w.call("ship", SHIPPING, s -> new Parcel("here", new ArrayList<>(s.get(labels))));
            w.callDetached("survey", "survey", 0, s -> s.input().customer());
            return w.step("done", String.class, s -> {
                var who = s.get(answer) == null ? "nobody" : s.get(answer).by();
                return s.get(receipt) + who + s.get(note) + s.get(first).name() + s.getOrNull(state);
            });
        });
    }
}
