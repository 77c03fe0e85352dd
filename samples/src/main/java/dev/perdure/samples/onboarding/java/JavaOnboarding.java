package dev.perdure.samples.onboarding.java;

import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.StepContext;
import dev.perdure.core.definition.Workflow;
import dev.perdure.samples.onboarding.Employee;
import dev.perdure.samples.onboarding.Office;
import dev.perdure.samples.onboarding.OnboardingDemoKt;
import dev.perdure.samples.onboarding.OnboardingProgram;
import java.time.Duration;

/** The onboarding with its crash and its proof, in Java. What is not about workflows is shared with the Kotlin sample. */
public final class JavaOnboarding implements OnboardingProgram {
    /** A new employee, as a run's input. */
    public record NewHire(String id, String name, String email, String laptop) {}

    /** What the parallel block yields. */
    public record Setup(String laptop, String access, String email) {}

    /** What a run yields. */
    public record Onboarded(String account, Setup setup) {}

    public static void main(String[] args) {
        OnboardingDemoKt.exitWith(OnboardingDemoKt.runDemo(new JavaOnboarding(), args));
    }

    /** The onboarding of one employee: a record, then three things at the same time, then the finish. */
    static Workflow<NewHire, Onboarded> onboarding(Office office) {
        return Workflow.define("onboard_employee", NewHire.class, Onboarded.class, w -> {
            var account = w.step(
                    "create_record",
                    String.class,
                    s -> office.work(s, () -> "HR-" + s.input().id()));
            var setup = w.parallel("setup", p -> {
                p.retry(Retry.exponential(4, Duration.ofMillis(20)));
                var laptop = p.step("laptop", String.class, s -> office.work(s, s.input()::laptop));
                var access = p.step("access", String.class, s -> office.work(s, () -> "badge for " + s.get(account)));
                var email = p.step("welcome_email", String.class, s -> office.work(s, () -> welcome(office, s)));
                return p.join(Setup.class, j -> new Setup(j.get(laptop), j.get(access), j.get(email)));
            });
            return w.step(
                    "finish", Onboarded.class, s -> office.work(s, () -> new Onboarded(s.get(account), s.get(setup))));
        });
    }

    private static String welcome(Office office, StepContext<NewHire> step) {
        return office.welcome(step.input().email(), step.attempt());
    }

    @Override
    public String language() {
        return "Java";
    }

    @Override
    public String mainClass() {
        return JavaOnboarding.class.getName();
    }

    @Override
    public Workflow<?, ?> workflow(Office office) {
        return onboarding(office);
    }

    @Override
    public Object input(Employee employee) {
        return new NewHire(employee.getId(), employee.getName(), employee.getEmail(), employee.getLaptop());
    }
}
