package dev.perdure.samples.cli

import dev.perdure.samples.cli.server.AgentServer
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Files

/** `list`, `show`, `explain`, `export`, `import`, `purge`, `migrate`. */
class LookingCommandsSpec :
    FunSpec({
        val cli = Cli(tempdir().toPath())
        val secret = "hush hush"

        beforeSpec {
            AgentServer(0).use { server ->
                val agents = cli.agents(server)
                val input = "{\"text\": \"$secret. The train.\", \"draft\": true}"
                cli
                    .onStore(
                        "run",
                        Cli.example("documents.json"),
                        "--input",
                        input,
                        "--id",
                        "doc",
                        "--agents",
                        agents,
                    ).exit shouldBe
                    0
            }
            val waiting = cli.file("waiting.json", waitingText().replace("\"echo\"", "\"report\""))
            AgentServer(0).use {
                cli
                    .onStore(
                        "run",
                        waiting,
                        "--input",
                        "{\"by\": \"Ada\"}",
                        "--id",
                        "w",
                        "--agents",
                        cli.agents(it),
                    ).exit shouldBe
                    ExitCode.WAITS
            }
        }

        test("list has a line for each run, the oldest first; by status, by workflow, and as JSON") {
            val all = cli.onStore("list")
            all.exit shouldBe ExitCode.DONE
            all.lines.map { it.split(Regex("\\s+")).take(4) } shouldContainExactly
                listOf(
                    listOf("run", "workflow", "version", "status"),
                    listOf("doc", "documents", "1", "COMPLETED"),
                    listOf("w", "waiting", "1", "WAITING"),
                )
            cli.onStore("list", "--status", "waiting", "--json").objects.map { it["run"] } shouldContainExactly
                listOf("w")
            cli.onStore("list", "--workflow", "documents", "--json").objects.map { it["run"] } shouldContainExactly
                listOf("doc")
            cli.onStore("list", "--limit", "1", "--json").objects.size shouldBe 1
            cli.onStore("list", "--limit", "0").exit shouldBe ExitCode.USAGE
        }

        test("show has a line for each node, and no values unless they are asked for") {
            val shown = cli.onStore("show", "doc")
            shown.exit shouldBe ExitCode.DONE
            shown.out shouldNotContain "hush"
            shown.lines[0] shouldContain "run doc of documents v1: COMPLETED, created "
            val paths = shown.lines.drop(2).map { it.substringBefore(' ') }
            paths shouldContainAll
                listOf("split", "sections[0]/summary", "sections[0]/score", "is-good", "is-good/else/revise", "archive")
            shown.out shouldContain Regex("split +step +COMPLETED +1 +\\+\\d+ ms +\\d+ ms +\\d+ chars")
            val values = cli.onStore("show", "doc", "--payloads")
            values.out shouldContain "hush"
            cli.onStore("show", "doc", "--json").out shouldNotContain "hush"
            val objects = cli.onStore("show", "doc", "--json", "--payloads").objects
            (objects.first()["input"] as Map<*, *>)["text"] shouldBe "$secret. The train."
            objects.single { it["path"] == "is-good" }["status"] shouldBe "COMPLETED"
            cli.onStore("show", "nobody").exit shouldBe ExitCode.REFUSED
        }

        test("explain says what a run waits for, without its agents") {
            val why = cli.onStore("explain", "w")
            why.exit shouldBe ExitCode.DONE
            why.out shouldContain "run w of waiting v1 is WAITING"
            why.out shouldContain "\"wait\" waits for signal [go] since"
            cli.onStore("explain", "w", "--json").objects.single()["path"] shouldBe "wait"
            cli.onStore("explain", "nobody").exit shouldBe ExitCode.REFUSED
        }

        test("what is exported is the same in another store, and goes on there") {
            val lines = cli.onStore("export", "--all")
            lines.exit shouldBe ExitCode.DONE
            val other = Cli(tempdir().toPath())
            val file = other.file("runs.jsonl", lines.out)
            val imported = other.onStore("import", file)
            imported.out shouldBe "doc (COMPLETED): imported\nw (WAITING): imported\n"
            other.onStore("import", "-", "--json").exit shouldBe ExitCode.DONE
            other.run("import", "-", "--store", "${other.store}", input = lines.out).out shouldContain
                "doc (COMPLETED): already there"
            listOf("doc", "w").forEach { id ->
                other.record(id) shouldBe cli.record(id)
                other.journal(id) shouldBe cli.journal(id)
            }
            other.onStore("export", "--all").out shouldBe lines.out
            AgentServer(0).use { server ->
                other.onStore("signal", "w", "go", "\"now\"", "--agents", other.agents(server)).exit shouldBe
                    ExitCode.DONE
            }
            val conflict = other.onStore("import", file)
            conflict.exit shouldBe ExitCode.REFUSED
            conflict.err shouldContain "another run with the id \"w\""
        }

        test("an export of one run has that run only; an export that was cut off is refused") {
            val lines = cli.onStore("export", "w").lines
            lines.filter { it.startsWith("{\"type\":\"run\"") }.size shouldBe 1
            val other = Cli(tempdir().toPath())
            val cut = other.onStore("import", other.file("cut.jsonl", lines.dropLast(1).joinToString("\n")))
            cut.exit shouldBe ExitCode.REFUSED
            cut.err shouldContain "in the middle of a run"
            other.onStore("list", "--json").lines.size shouldBe 0
            cli.onStore("export").exit shouldBe ExitCode.USAGE
            cli.onStore("export", "w", "--all").exit shouldBe ExitCode.USAGE
            cli.onStore("export", "nobody").exit shouldBe ExitCode.REFUSED
            other.onStore("import", "no-such-file").exit shouldBe ExitCode.USAGE
        }

        test("purge deletes what has ended, after it is in the archive, and import brings it back") {
            val other = Cli(tempdir().toPath())
            val all = other.file("all.jsonl", cli.onStore("export", "--all").out)
            other.onStore("import", all).exit shouldBe ExitCode.DONE
            other.onStore("purge", "--older-than", "1d").out shouldBe "0 runs deleted\n"
            val archive = all.replace("all.jsonl", "old.jsonl")
            other.onStore("purge", "--older-than", "0m", "--archive", archive).out shouldBe "1 run deleted\n"
            val left = { other.onStore("list", "--json").objects.map { it["run"] } }
            left() shouldContainExactly listOf("w")
            other.onStore("import", archive).exit shouldBe ExitCode.DONE
            left() shouldContainExactly listOf("doc", "w")
            other.onStore("purge", "--older-than", "soon").exit shouldBe ExitCode.USAGE
        }

        test("migrate shows where the schema is, and goes down and up; what would be lost is refused") {
            val other = Cli(tempdir().toPath())
            other.onStore("migrate", "status").exit shouldBe ExitCode.STORE
            Files.exists(other.store) shouldBe false
            other.onStore("import", "-").exit shouldBe ExitCode.DONE
            val applied = { other.onStore("migrate", "status", "--json").objects.count { it["applied"] != null } }
            val newest = applied()
            other.onStore("migrate", "down").exit shouldBe ExitCode.DONE
            applied() shouldBe newest - 1
            other.onStore("migrate", "down", "--to", "1").exit shouldBe ExitCode.DONE
            applied() shouldBe 1
            other.onStore("migrate", "up", "--to", "0").exit shouldBe ExitCode.USAGE
            other.onStore("migrate", "sideways").exit shouldBe ExitCode.USAGE
            other.onStore("migrate", "up").exit shouldBe ExitCode.DONE
            applied() shouldBe newest
            val refused = cli.onStore("migrate", "down", "--to", "3")
            refused.exit shouldBe ExitCode.STORE
            refused.err shouldContain "it would delete the definitions"
        }
    })
