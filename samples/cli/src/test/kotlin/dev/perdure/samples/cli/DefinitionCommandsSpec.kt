package dev.perdure.samples.cli

import dev.perdure.core.Json
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import org.w3c.dom.Element
import org.xml.sax.InputSource
import java.io.StringReader
import javax.xml.parsers.DocumentBuilderFactory

/** `validate` and `graph`. */
class DefinitionCommandsSpec :
    FunSpec({
        val cli = Cli(tempdir().toPath())
        val examples = listOf("three-agents.json", "documents.json", "majority.json").map(Cli::example)

        test("the examples are good, with the agents that come with them and without") {
            val without = cli.run("validate", *examples.toTypedArray())
            without.exit shouldBe ExitCode.DONE
            without.lines.size shouldBe 3
            cli.run("validate", *examples.toTypedArray(), "--agents", Cli.example("agents.json")).exit shouldBe
                ExitCode.DONE
        }

        test("all that is wrong in a file is told, with its place; other files are checked all the same") {
            val bad =
                cli.file(
                    "bad.json",
                    waitingText()
                        .replace(
                            "\"next_step\": \"ask\"",
                            "\"next_step\": \"nowhere\"",
                        ).replace("\"event_name\"", "\"name\""),
                )
            val result = cli.run("validate", bad, examples.first())
            result.exit shouldBe ExitCode.BAD_DEFINITION
            result.out shouldContain "$.steps.wait.next_step"
            result.out shouldContain "event_name"
            result.out shouldContain "three-agents.json: good"
            val json = cli.run("validate", bad, "--json").objects.single()
            json["valid"] shouldBe false
            cli.run("validate", "no-such-file").exit shouldBe ExitCode.USAGE
        }

        test("agents that are not in the file of agents are problems where one is given") {
            val few = cli.file("few.json", "{\"summarise\": {\"url\": \"http://localhost/\"}}")
            val result = cli.run("validate", examples.first(), "--agents", few)
            result.exit shouldBe ExitCode.BAD_DEFINITION
            result.out shouldContain "there is no agent \"translate\""
        }

        test("all that is wrong in a file of agents is told, and no header's value") {
            val broken =
                cli.file(
                    "broken.json",
                    """{"a": {"url": "ftp://x"}, "b": {}, "c": {"url": "http://x", "timeout": "1", "colour": 1},
                       "d": {"url": "http://x", "headers": {"X": "secret\n"}},
                       "e": {"url": "http://x", "timeout": -1}}""",
                )
            val result = cli.run("validate", examples.first(), "--agents", broken)
            result.exit shouldBe ExitCode.USAGE
            result.err shouldContain "agent \"a\": its address has scheme \"ftp\""
            result.err shouldContain "agent \"b\": expected an object with a text \"url\""
            result.err shouldContain "agent \"c\": there is no setting \"colour\""
            result.err shouldContain "agent \"c\": expected a number of seconds as \"timeout\""
            result.err shouldContain "header \"X\""
            result.err shouldContain "the timeout of an HTTP agent is -1s"
            result.err shouldNotContain "secret"
        }

        test("a workflow is drawn as Mermaid, DOT, JSON and SVG") {
            val file = examples.first()
            cli.run("graph", file).out shouldContain "flowchart"
            cli.run("graph", file, "--format", "dot").out shouldContain "digraph"
            (Json.read(cli.run("graph", file, "--format", "json").out.trim()) as Map<*, *>)["workflow"] shouldBe
                "three-agents"
            cli.run("graph", file, "--format", "svg").out shouldStartWith "<svg "
            cli.run("graph", file, "--format", "png").exit shouldBe ExitCode.USAGE
        }

        test(
            "an SVG is well-formed whatever names are in it, has all steps, and keeps each box inside of the picture",
        ) {
            val odd = cli.file("odd.json", waitingText().replace("\"ask\"", "\"<a & 'b'> 😀\""))
            for (file in examples + odd) {
                val root = xml(cli.run("graph", file, "--format", "svg").out)
                val width = root.getAttribute("width").toInt()
                val height = root.getAttribute("height").toInt()
                root.all("rect").filter { it.hasAttribute("x") }.forEach { box ->
                    (box.getAttribute("x").toInt() + box.getAttribute("width").toInt() <= width) shouldBe true
                    (box.getAttribute("y").toInt() + box.getAttribute("height").toInt() <= height) shouldBe true
                }
            }
            val texts = xml(cli.run("graph", odd, "--format", "svg").out).all("text").map { it.textContent }
            texts shouldContainAll listOf("waiting v1", "wait", "<a & 'b'> 😀")
            val documents = xml(cli.run("graph", examples[1], "--format", "svg").out).all("text").map { it.textContent }
            documents shouldContainAll listOf("split", "score", "assess", "publish", "revise", "archive")
        }
    })

private fun xml(text: String): Element =
    DocumentBuilderFactory
        .newInstance()
        .newDocumentBuilder()
        .parse(InputSource(StringReader(text)))
        .documentElement

private fun Element.all(name: String): List<Element> =
    getElementsByTagName(name).let { found -> (0 until found.length).map { found.item(it) as Element } }
