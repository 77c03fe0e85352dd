package dev.perdure.core.graph

import dev.perdure.core.Golden
import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.definition.AwaitSignal.Mode
import dev.perdure.core.definition.Workflow
import dev.perdure.core.graph.Gallery.await
import dev.perdure.core.graph.Gallery.choose
import dev.perdure.core.graph.Gallery.decide
import dev.perdure.core.graph.Gallery.loop
import dev.perdure.core.graph.Gallery.repeat
import dev.perdure.core.graph.Gallery.sequence
import dev.perdure.core.graph.Gallery.step
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldNotContain

class WorkflowGraphSpec :
    FunSpec({
        val everything = WorkflowGraph.of(Gallery.everything())
        val hostile = WorkflowGraph.of(Gallery.hostile())

        test("a workflow with every kind of node reads in each format as it was reviewed") {
            Golden.compare("graph-everything.mmd", everything.toMermaid())
            Golden.compare("graph-everything.dot", everything.toDot())
            Golden.compare("graph-everything.json", everything.toJson() + "\n")
        }

        test("hostile names read in each format as it was reviewed") {
            Golden.compare("graph-hostile.mmd", hostile.toMermaid())
            Golden.compare("graph-hostile.dot", hostile.toDot())
        }

        test("ids are unique, and every edge and cluster that is named exists") {
            listOf(everything, hostile).forEach { graph ->
                val nodes = graph.nodes().map { it.id() }.shouldBeUnique()
                val clusters = graph.clusters().map { it.id() }.shouldBeUnique()
                graph.edges().forEach { edge ->
                    nodes shouldContain edge.from()
                    nodes shouldContain edge.to()
                }
                graph.nodes().mapNotNull { it.cluster() }.forEach { clusters shouldContain it }
                graph.clusters().mapNotNull { it.parent() }.forEach { clusters shouldContain it }
            }
        }

        test("every kind of node and edge is drawn, each node of the definition once") {
            everything.nodes().map { it.kind() }.toSet() shouldBe GraphNode.Kind.entries.toSet()
            everything.edges().map { it.kind() }.toSet() shouldBe GraphEdge.Kind.entries.toSet()
            val paths = everything.nodes().filter { it.kind() != GraphNode.Kind.JOIN }.map { it.path() }
            (paths - Path.ROOT - Path.ROOT).shouldBeUnique()
        }

        test("everything is reached from the start, and leads to the end") {
            val onwards = everything.edges().filter { it.kind() != GraphEdge.Kind.UNDO }
            val undo = everything.nodes().filter { it.kind() == GraphNode.Kind.COMPENSATION }.map { it.id() }
            val all = everything.nodes().map { it.id() } - undo.toSet()
            val end = everything.nodes().last().id()
            closure("n0", onwards.map { it.from() to it.to() }) shouldBe all.toSet()
            closure(end, onwards.map { it.to() to it.from() }) shouldBe all.toSet()
        }

        test("a choice has an edge for each clause, and one for none unless there is an otherwise") {
            val open = choose("open", null, sequence("a", step("x")), sequence("b", step("y")))
            val closed = choose("closed", "b", sequence("a", step("x")), sequence("b", step("y")))
            edges(Gallery.workflow("w", open)).shouldContainExactlyInAnyOrder(
                listOf("w v1 -> open", "open -a-> x", "open -b-> y", "x -> end", "y -> end", "open -no clause-> end"),
            )
            edges(Gallery.workflow("w", closed)) shouldContain "closed -otherwise: b-> y"
            edges(Gallery.workflow("w", closed)).none { "no clause" in it } shouldBe true
        }

        test("a decision without targets may go to every later node, and the next one follows anyway") {
            edges(Gallery.workflow("w", decide("d"), step("a"), step("b"), step("c"))).shouldContainExactly(
                listOf("w v1 -> d", "d -> a", "a -> b", "b -> c", "d -go to-> b", "d -go to-> c", "c -> end"),
            )
        }

        test("a loop leads back to its head, whatever its body ends with") {
            val body = choose("c", null, sequence("a", step("x")))
            edges(Gallery.workflow("w", loop("l", 1, body))).shouldContainExactlyInAnyOrder(
                listOf(
                    "w v1 -> l",
                    "l -each item-> c",
                    "c -a-> x",
                    "x -next item-> l",
                    "c -no clause, next item-> l",
                    "l -done-> end",
                ),
            )
            edges(Gallery.workflow("w", repeat("r", 5, step("x")))).shouldContainExactlyInAnyOrder(
                listOf("w v1 -> x", "x -> until r", "until r -at most 5 times-> x", "until r -done-> end"),
            )
        }

        test("no name gets out of its label in Mermaid") {
            val label = Regex("\"[\\p{L}\\p{N} _\\-.,]*(?:(?:#\\d+;|<br/>)[\\p{L}\\p{N} _\\-.,]*)*\"")
            val shape =
                "(\\(\\[L]\\)|\\[L]|\\{\\{L}}|\\[/L/]|\\{L}|\\(L\\)|>L]|\\[\\[L]]|\\[\\\\L\\\\])".replace(
                    "L",
                    label.pattern,
                )
            val lines =
                Regex(
                    "flowchart TD|end|n\\d+$shape|subgraph c\\d+\\[${label.pattern}]|n\\d+ -\\.?->(\\|${label.pattern}\\|)? n\\d+",
                )
            listOf(everything, hostile).forEach { graph ->
                graph
                    .toMermaid()
                    .lines()
                    .filter { it.isNotEmpty() }
                    .filterNot { lines.matches(it.trim()) } shouldBe
                    emptyList()
            }
        }

        test("no name gets out of its quotes in DOT") {
            val text = Regex("\"(?:[^\"\\\\]|\\\\[\\\\\"n])*\"")
            listOf(everything, hostile).forEach { graph ->
                val bare = text.replace(graph.toDot(), "Q")
                bare shouldNotContain "\""
                bare.lines().filter { it.isNotBlank() }.filterNot { dotLine.matches(it.trim()) } shouldBe emptyList()
                bare.count { it == '{' } shouldBe bare.count { it == '}' }
            }
        }

        test("JSON keeps every name as it is") {
            val nodes = (Json.read(hostile.toJson()) as Map<*, *>)["nodes"] as List<*>
            val names = nodes.map { (it as Map<*, *>)["name"] }
            Gallery.hostile.forEach { names shouldContain it }
        }

        test("control characters and half pairs, which a clause's label cannot have, are shown as such elsewhere too") {
            MermaidText.escaped("a\nb\u0000\ud800\u202e") shouldBe "a#65533;b#65533;#65533;#65533;"
            DotText.escaped("a\nb\u0000\ud800\u202e") shouldBe "a\uFFFDb\uFFFD\uFFFD\uFFFD"
        }

        test("a state is shown in words and as a colour, by the node's path in the definition") {
            val graph =
                WorkflowGraph.of(Gallery.workflow("w", step("a"), loop("l", 2, step("b")))).withState(
                    mapOf(
                        Path.ROOT to NodeState.of(NodeState.Status.FAILED, 0),
                        Path.parse("a") to NodeState.of(NodeState.Status.COMPLETED, 3),
                        Path.parse("l[*]/b") to NodeState(NodeState.Status.FAILED, 2, 3, 1, 10),
                    ),
                )
            graph.nodes().map { "${it.name()}: ${it.state()!!.describe()}" }.shouldContainExactly(
                "w v1: completed",
                "a: completed, attempt 3",
                "l: ",
                "b: failed, 3 of 10 items, 1 failed, up to attempt 2",
                "end: failed",
            )
            Golden.compare("graph-state.mmd", graph.toMermaid())
            Golden.compare("graph-state.dot", graph.toDot())
            Golden.compare("graph-state.json", graph.toJson() + "\n")
        }

        test("a definition of 5,000 nodes in 1,000 loops is drawn") {
            val loops = (1..1_000).map { loop("l$it", 1, step("a"), step("b"), await("s", Mode.ONE, "x")) }
            val graph = WorkflowGraph.of(Gallery.workflow("wide", *loops.toTypedArray()))
            graph.toMermaid().lines().count { "subgraph" in it } shouldBe 1_000
            graph.toDot().lines().count { "subgraph" in it } shouldBe 1_000
        }
    })

private val dotLine =
    Regex(
        "digraph Q \\{|(subgraph cluster_c\\d+ \\{)|}|label=Q;|(graph|node|edge|n\\d+|n\\d+ -> n\\d+) \\[\\w+=Q(, \\w+=Q)*];",
    )

/** The edges by the names of their ends. */
private fun edges(workflow: Workflow<*, *>): List<String> {
    val graph = WorkflowGraph.of(workflow)
    val names = graph.nodes().associate { it.id() to it.name() }
    return graph.edges().map { edge ->
        val arrow = if (edge.label().isEmpty()) "->" else "-${edge.label()}->"
        "${names[edge.from()]} $arrow ${names[edge.to()]}"
    }
}

private fun closure(
    from: String,
    edges: List<Pair<String, String>>,
): Set<String> {
    val next = edges.groupBy({ it.first }, { it.second })
    val seen = linkedSetOf(from)
    val queue = ArrayDeque(listOf(from))
    while (queue.isNotEmpty()) {
        next[queue.removeFirst()].orEmpty().filter(seen::add).forEach(queue::add)
    }
    return seen
}
