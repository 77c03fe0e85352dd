package dev.perdure.samples.cli

import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Write
import dev.perdure.samples.cli.server.AgentServer
import dev.perdure.samples.cli.server.AgentWork
import dev.perdure.samples.cli.server.Refused
import dev.perdure.storage.SqliteStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldStartWith
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.util.concurrent.atomic.AtomicBoolean

/** `run`, and the commands that go on with a run. */
class RunCommandSpec :
    FunSpec({
        val isBroken = AtomicBoolean()
        val work: Map<String, AgentWork> =
            mapOf("echo" to { input -> if (isBroken.get()) throw Refused("secret answer") else mapOf("echo" to input) })
        val server = AgentServer(0, work)
        afterSpec { server.close() }
        beforeTest { isBroken.set(false) }

        fun cli() = Cli(tempdir().toPath())

        /** A run `r` of the store that waits for its signal. */
        fun Cli.waiting(
            id: String = "r",
            vararg more: String,
        ): Ended {
            val file = file("waiting.json", waitingText())
            return onStore("run", file, "--input", "{\"by\": \"Ada\"}", "--id", id, "--agents", agents(server), *more)
        }

        fun Cli.following(vararg args: String) = onStore(*args, "--agents", agents(server))

        test("a run that waits for a signal ends the command; the signal lets it go on, with the text in the store") {
            val cli = cli()
            val waits = cli.waiting()
            waits.exit shouldBe ExitCode.WAITS
            waits.out shouldBe ""
            waits.err shouldContain "run r is WAITING\nperdure explain r says what for\n"
            val ended = cli.following("signal", "r", "go", "{\"n\": 1}")
            ended.exit shouldBe ExitCode.DONE
            Json.read(ended.out.trim()) shouldBe mapOf("echo" to mapOf("said" to mapOf("n" to 1L), "by" to "Ada"))
            server.calls()["r/ask"] shouldBe 1
        }

        test("the same id attaches to the run; another input, or another text of a live run, is refused") {
            val cli = cli()
            cli.waiting().exit shouldBe ExitCode.WAITS
            cli.waiting().exit shouldBe ExitCode.WAITS
            val file = cli.file("waiting.json", waitingText().replace("\n", "\n\n"))
            val agents = cli.agents(server)
            cli.onStore("run", file, "--input", "{\"by\": \"Ada\"}", "--id", "r", "--agents", agents).exit shouldBe
                ExitCode.WAITS
            val conflict = cli.onStore("run", file, "--input", "{\"by\": \"Bob\"}", "--id", "r", "--agents", agents)
            conflict.exit shouldBe ExitCode.REFUSED
            conflict.err shouldContain "r"
            val changed = cli.file("changed.json", waitingText().replace("\"said\"", "\"heard\""))
            val refused = cli.onStore("run", changed, "--id", "other", "--agents", agents)
            refused.exit shouldBe ExitCode.REFUSED
            refused.err shouldContain "is in the store with another text, which run \"r\" (WAITING) follows"
            cli.run("list", "--store", "${cli.store}", "--json").objects.map { it["run"] } shouldContainExactly
                listOf("r")
        }

        test("without a store nothing is kept, and the input comes from a file, the line or standard input") {
            val cli = cli()
            val file =
                cli.file(
                    "ask.json",
                    waitingText().replace("\"start_step\": \"wait\"", "\"start_step\": \"ask\"").withoutWait(),
                )
            val value = "{\"by\":\"Ada\"}"
            val agents = cli.agents(server)
            val outputs =
                listOf(value, cli.file("input.json", value), "-").map {
                    cli.run("run", file, "--input", it, "--agents", agents, input = value).out
                }
            outputs.toSet() shouldBe setOf("{\"echo\":{\"by\":\"Ada\"}}\n")
            val bad = cli.run("run", file, "--input", "{by", "--agents", agents)
            bad.exit shouldBe ExitCode.USAGE
            bad.err shouldContain "it is neither a file nor JSON"
        }

        test("a run that fails ends with 1 and says why; retry goes on from what failed") {
            val cli = cli()
            cli.waiting()
            isBroken.set(true)
            val failed = cli.following("signal", "r", "go")
            failed.exit shouldBe ExitCode.RUN_FAILED
            failed.err shouldContain "run r is FAILED"
            failed.err shouldContain "answered 422"
            failed.err shouldNotContain "secret answer"
            cli.following("signal", "r", "go").exit shouldBe ExitCode.REFUSED
            cli.following("resume", "r").exit shouldBe ExitCode.REFUSED
            isBroken.set(false)
            cli.following("retry", "r").exit shouldBe ExitCode.DONE
            cli.following("retry", "r").exit shouldBe ExitCode.REFUSED
        }

        test("cancel ends a run for good, and is refused for one that has ended") {
            val cli = cli()
            cli.waiting()
            val cancelled = cli.following("cancel", "r", "--reason", "enough")
            cancelled.exit shouldBe ExitCode.DONE
            cli.record("r").status() shouldBe RunStatus.CANCELLED
            cli.following("cancel", "r").exit shouldBe ExitCode.REFUSED
            cli.waiting().exit shouldBe ExitCode.RUN_FAILED
        }

        test("a command leaves the other runs of the store alone") {
            val cli = cli()
            cli.waiting("due")
            cli.waiting("b")
            SqliteStore.open(cli.store).use { store ->
                val lease = store.acquire(EngineIdentity.ofThisProcess())
                store.commit(lease, listOf(Write.Signal("due", SignalRecord(0, "go", "null", null, 1), 9)))
                store.due(1, 9) shouldContainExactly listOf("due")
            }
            val before = cli.journal("due")
            cli.following("signal", "b", "go").exit shouldBe ExitCode.DONE
            cli.journal("due") shouldBe before
            server.calls()["due/ask"] shouldBe null
            cli.following("resume", "due").exit shouldBe ExitCode.DONE
            server.calls()["due/ask"] shouldBe 1
        }

        test("a run and the runs that it calls are one family: the command waits for all of them") {
            val cli = cli()
            val caller =
                """
                {"workflow_id": "caller", "name": "caller", "version": "1", "start_step": "call", "steps": {
                  "call": {"id": "call", "type": "sub_workflow", "workflow": "waiting",
                           "input_mapping": {"by": "the caller"}}}}
                """.trimIndent()
            val callee = cli.file("callee.json", waitingText())
            val file = cli.file("caller.json", caller)
            val waits = cli.onStore("run", file, "--with", callee, "--id", "p", "--agents", cli.agents(server))
            waits.exit shouldBe ExitCode.WAITS
            val runs = { cli.run("list", "--store", "${cli.store}", "--json").objects }
            val child = runs().single { it["parent"] == "p" }["run"] as String
            cli.following("signal", child, "go").exit shouldBe ExitCode.DONE
            // The caller may have gone on to its end before that command's process ended.
            if (runs().single { it["run"] == "p" }["status"] != "COMPLETED") {
                val ended = cli.following("resume", "p")
                ended.exit shouldBe ExitCode.DONE
                ended.out shouldContain "\"by\":\"the caller\""
            }
            runs().map { it["status"] }.toSet() shouldBe setOf("COMPLETED")
        }

        test("a sleep is waited for where it is short enough, and else left to a later command") {
            val cli = cli()
            val text = { seconds: Double ->
                """
                {"workflow_id": "nap-$seconds", "name": "nap", "version": "1", "start_step": "nap", "steps": {
                  "nap": {"id": "nap", "type": "sleep", "duration_seconds": $seconds}}}
                """.trimIndent()
            }
            cli.onStore("run", cli.file("short.json", text(0.2)), "--id", "short").exit shouldBe ExitCode.DONE
            cli.onStore("run", cli.file("long.json", text(3600.0)), "--id", "long").exit shouldBe ExitCode.WAITS
            cli.onStore("run", cli.file("two.json", text(1.5)), "--id", "two", "--wait", "60").exit shouldBe
                ExitCode.DONE
        }

        test("--json tells what happens as a JSON object a line, the result last, errors too") {
            val cli = cli()
            cli.waiting(more = arrayOf("--json")).objects.last() shouldBe
                mapOf("event" to "result", "run" to "r", "status" to "WAITING", "output" to null)
            val events = cli.following("signal", "r", "go", "5", "--json").objects
            events.map { it["event"] } shouldContain "wait_completed"
            val step = events.single { it["event"] == "step_completed" }
            (step["path"] to step["attempt"]) shouldBe ("ask" to 1L)
            events.last()["output"] shouldBe mapOf("echo" to mapOf("said" to 5L, "by" to "Ada"))
            val error = cli.following("signal", "nobody", "go", "--json")
            error.exit shouldBe ExitCode.REFUSED
            (error.objects.single()["event"] to error.objects.single()["code"]) shouldBe ("error" to "UNKNOWN_RUN")
        }

        test("where somebody watches, a bar follows the lines and is wiped out in the end") {
            val cli = cli()
            cli.waiting()
            val watched =
                cli.run(
                    "signal",
                    "r",
                    "go",
                    "--store",
                    "${cli.store}",
                    "--agents",
                    cli.agents(server),
                    isInteractive = true,
                )
            watched.err shouldContain "COMPLETED   ask"
            watched.err shouldContain "[##############################] 1 of 1 steps"
            watched.err.endsWith("\r\u001b[K") shouldBe true
            watched.out.lines() shouldStartWith listOf("{\"echo\":{\"said\":null,\"by\":\"Ada\"}}")
        }

        test("a store that an engine holds is not used, and neither is one that is not there") {
            val cli = cli()
            cli.waiting()
            SqliteStore.open(cli.store).use { store ->
                store.acquire(EngineIdentity.ofThisProcess())
                val refused = cli.following("signal", "r", "go")
                refused.exit shouldBe ExitCode.STORE
                refused.err shouldContain "perdure: "
            }
            val missing = cli.run("signal", "r", "go", "--store", "${tempdir()}/none.db")
            missing.exit shouldBe ExitCode.STORE
            missing.err shouldContain "there is no store"
        }

        test("a bad workflow, bad agents and a bad command line are told apart") {
            val cli = cli()
            val file = cli.file("waiting.json", waitingText())
            val unknown = cli.run("run", file)
            unknown.exit shouldBe ExitCode.BAD_DEFINITION
            unknown.err shouldContain "there is no agent \"echo\""
            cli.run("run", cli.file("bad.json", "{}")).exit shouldBe ExitCode.BAD_DEFINITION
            cli.run("run", "no-such-file.json").exit shouldBe ExitCode.USAGE
            cli.run("run", file, "--wait", "-1", "--agents", cli.agents(server)).exit shouldBe ExitCode.USAGE
            cli.run("fly").exit shouldBe ExitCode.USAGE
            cli.run().exit shouldBe ExitCode.USAGE
            cli.run("--help").exit shouldBe ExitCode.DONE
        }

        test("a run cannot be gone on with where its agents are not given, and is left as it is") {
            val cli = cli()
            cli.waiting()
            val refused = cli.onStore("signal", "r", "go")
            refused.exit shouldBe ExitCode.BAD_DEFINITION
            refused.err shouldContain "there is no agent \"echo\""
            cli
                .journal("r")
                .single()
                .status()
                .name shouldBe "WAITING"
        }
    })

private fun String.withoutWait(): String =
    replace(Regex("\"wait\": \\{.*?},\\s*(?=\"ask\")"), "").replace(Regex("\"said\": \"[^\"]*\", "), "")
