import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.StepOptions;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.engine.Engine;
import dev.perdure.core.engine.Run;
import dev.perdure.storage.SqliteStore;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A durable script in one file. Run it twice: the second time everything is recorded, and nothing runs.
 *
 * <pre>{@code
 * mvn -q compile exec:exec -Dexec.executable=java -Dexec.args="-cp %classpath scripts/Hello.java target/hello.db Ada"
 * }</pre>
 */
public final class Hello {
    public static void main(String[] args) throws InterruptedException {
        Path store = Path.of(args.length > 0 ? args[0] : "hello.db");
        String name = args.length > 1 ? args[1] : "world";
        try (Engine engine = Engine.builder(SqliteStore.open(store)).register(hello()).open()) {
            Run run = engine.start("hello", "hello " + name, name);
            System.out.println(run.await(String.class));
            run.journal().forEach(row -> System.out.println("  recorded: " + row.path() + " " + row.status()));
        }
    }

    private static Workflow<String, String> hello() {
        return Workflow.define("hello", String.class, String.class, w -> {
            var greetings = w.parallel("greetings", p -> {
                var english = p.step("english", String.class, s -> say("Hello, " + s.input()));
                var icelandic = p.step("icelandic", String.class, s -> say("Halló, " + s.input()));
                return p.join(String.class, j -> j.get(english) + "! " + j.get(icelandic) + "!");
            });
            var thrice = StepOptions.DEFAULT.retry(Retry.fixed(3, Duration.ofMillis(100)));
            return w.step("shout", String.class, thrice, s -> say(s.get(greetings).toUpperCase()));
        });
    }

    private static String say(String text) {
        System.out.println("  running: " + text);
        return text;
    }
}
