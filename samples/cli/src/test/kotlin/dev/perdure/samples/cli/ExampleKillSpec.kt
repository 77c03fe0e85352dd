package dev.perdure.samples.cli

import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.samples.cli.server.AgentServer
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.maps.shouldContainAll
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger

/** The command is killed while the agents work on a call, and run again; the agents say what ran how often. */
class ExampleKillSpec :
    FunSpec({
        class Example(val file: String, val calls: Int, val killedAt: List<Int>)

        val examples =
            listOf(
                Example("three-agents.json", 5, listOf(1, 3, 5)),
                Example("documents.json", 8, listOf(1, 3, 6, 8)),
                Example("majority.json", 6, listOf(1, 4, 6)),
            )

        fun arguments(
            example: Example,
            cli: Cli,
            server: AgentServer,
        ) = listOf(
            "run",
            Cli.example(example.file),
            "--input",
            Cli.example("text.json"),
            "--id",
            "r",
            "--store",
            "${cli.store}",
            "--agents",
            cli.agents(server),
        )

        fun Cli.undisturbed(example: Example): String =
            AgentServer(0).use { server ->
                val ended = run(*arguments(example, this, server).toTypedArray())
                ended.exit shouldBe ExitCode.DONE
                server.calls().values.sum() shouldBe example.calls
                ended.out
            }

        /** The keys of the steps that must not be called any more. */
        fun List<Row>.settled(): Set<String> =
            filter {
                it.kind() == "step" &&
                    (it.status() == StepStatus.COMPLETED || (it.status() == StepStatus.FAILED && it.retryAt() == null))
            }.mapTo(HashSet()) { "r/${it.path()}" }

        examples.forEach { example ->
            val expected by lazy { Cli(tempdir().toPath()).undisturbed(example) }

            example.killedAt.forEach { at ->
                test("${example.file}, killed during call $at of ${example.calls}, ends as if nothing had been") {
                    val cli = Cli(tempdir().toPath())
                    val hasCome = CountDownLatch(1)
                    val isDead = CountDownLatch(1)
                    val calls = AtomicInteger()
                    AgentServer(0, onCall = {
                        if (calls.incrementAndGet() == at) {
                            hasCome.countDown()
                            isDead.await(60, SECONDS)
                        }
                    }).use { server ->
                        val arguments = arguments(example, cli, server)
                        val child = startCommand(arguments, cli.store.resolveSibling("child.log"))
                        hasCome.await(60, SECONDS) shouldBe true
                        child.destroyForcibly().waitFor(60, SECONDS) shouldBe true
                        isDead.countDown()

                        cli.record("r").status().isTerminal shouldBe false
                        val settled = cli.journal("r").settled()
                        val before = server.calls().filterKeys { it in settled }
                        before.keys shouldBe settled
                        val again = cli.run(*arguments.toTypedArray())
                        again.exit shouldBe ExitCode.DONE
                        again.out shouldBe expected
                        server.calls() shouldContainAll before
                        server.calls().size shouldBeGreaterThan settled.size
                    }
                }
            }
        }

        test("a run that ended is not run again: its output is printed once more") {
            val example = examples.first()
            val cli = Cli(tempdir().toPath())
            val output = cli.undisturbed(example)
            AgentServer(0).use { server ->
                cli.run(*arguments(example, cli, server).toTypedArray()).out shouldBe output
                server.calls().size shouldBe 0
            }
        }
    })

/** The command in a JVM of its own, so that it can be killed. */
internal fun startCommand(
    args: List<String>,
    log: Path,
): Process =
    ProcessBuilder(
        listOf(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.io.tmpdir=${System.getProperty("java.io.tmpdir")}",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.perdure.samples.cli.MainKt",
        ) + args,
    ).redirectErrorStream(true).redirectOutput(log.toFile()).start()
