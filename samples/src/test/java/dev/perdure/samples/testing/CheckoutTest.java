package dev.perdure.samples.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.StepOptions;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.testing.CrashReport;
import dev.perdure.core.testing.CrashTest;
import dev.perdure.core.testing.TestEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How a workflow in Java is tested with JUnit. */
class CheckoutTest {
    // region java-workflow
    /** A bank that knows what it was asked before. */
    static final class Bank {
        private final Map<String, Integer> charges = new HashMap<>();

        String charge(String key, int amount) {
            charges.putIfAbsent(key, amount);
            return "charge of " + charges.get(key);
        }
    }

    static Workflow<Integer, String> checkout(Bank bank) {
        StepOptions patient = StepOptions.DEFAULT.retry(Retry.fixed(3, Duration.ofMinutes(10)));
        return Workflow.define("checkout", Integer.class, String.class, w -> {
            var charge = w.step("charge", String.class, patient, s -> bank.charge(s.idempotencyKey(), s.input()));
            w.parallel("after", p -> {
                p.step("mail", s -> s.append("told", "customer"));
                p.step("stock", s -> s.increment("sold", 1));
            });
            w.sleep("return_period", Duration.ofDays(14));
            var closed = w.awaitSignal("close", String.class);
            return w.step("close_order", String.class, s -> s.get(charge) + ", closed by " + s.get(closed));
        });
    }
    // endregion

    // region java-crash
    @Test
    void survivesEveryCrash() {
        Bank[] bank = {new Bank()};
        CrashReport report = CrashTest.inNewWorlds(() -> checkout(bank[0] = new Bank()), 30)
                .script(world -> world.signal("close", "Ada"))
                .checking(run -> {
                    run.assertOutput("charge of 30, closed by Ada");
                    assertEquals(1, bank[0].charges.size());
                })
                .run();
        assertTrue(report.isExhaustive());
    }
    // endregion

    // region java-engine
    @Test
    void goesOnWhenTheBankIsBack() {
        Workflow<Integer, String> checkout = checkout(new Bank());
        try (TestEngine engine = TestEngine.of(checkout)) {
            engine.script()
                    .step("charge")
                    .attempt(1)
                    .fails(new IOException("no route to the bank"))
                    .step("charge")
                    .attempt(2)
                    .returns("charge of another bank");
            engine.run(checkout, 30)
                    .assertStatus(RunStatus.WAITING)
                    .assertAttempts("charge", 2)
                    .assertHistory("charge", "after/mail", "after/stock", "after", "return_period");
            assertEquals(Duration.ofDays(14).plusMinutes(10), engine.elapsed());
            engine.signal("close", "Ada").assertOutput("charge of another bank, closed by Ada");
        }
    }
    // endregion

    @Test
    void isFoundOutWhenItChargesTwice() {
        Workflow<Integer, String> careless = Workflow.define("careless", Integer.class, String.class, w -> {
            int[] charges = new int[1];
            return w.step("charge", String.class, s -> "charge number " + ++charges[0]);
        });
        AssertionError found = assertThrows(AssertionError.class, () -> CrashTest.crashEverywhere(careless, 30));
        assertTrue(String.valueOf(found.getMessage()).contains("where:    charge"));
    }
}
