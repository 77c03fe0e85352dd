package dev.perdure.dsl.json

import dev.perdure.core.Json
import kotlin.random.Random
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * Makes valid workflow files with steps of every type, inside each other; the same for the same [random]. Used once.
 */
internal class RandomFile(private val random: Random) {
    private val steps = LinkedHashMap<String, FileStep>()
    private var ids = 0

    fun make(): WorkflowFile {
        val start = chain(Scope(emptyList(), isLoop = false, depth = 0)).first()
        return WorkflowFile(words().ifBlank { "w" }, "name ✓", "${random.nextInt()}", start, steps)
    }

    /** What a step can read, and how deep it is. */
    private class Scope(
        val visible: List<String>,
        val isLoop: Boolean,
        val depth: Int,
    ) {
        fun inside(isLoop: Boolean = this.isLoop) = Scope(visible, isLoop, depth + 1)

        fun after(id: String) = Scope(visible + id, isLoop, depth)
    }

    /** Steps that follow each other, by next_step unless they are in a list. */
    private fun chain(
        scope: Scope,
        isList: Boolean = false,
    ): List<String> {
        val chain = List(random.nextInt(1, 4)) { id() }
        chain.foldIndexed(scope) { at, inner, id ->
            steps[id] = step(id, if (isList) null else chain.getOrNull(at + 1), inner)
            inner.after(id)
        }
        return chain
    }

    private fun id(): String = listOf("s", "größe-", "a.b", "x y", "[0]", "loop", "_").random(random) + ids++

    private fun step(
        id: String,
        next: String?,
        scope: Scope,
    ): FileStep =
        when (random.nextInt(if (scope.depth < 4) 8 else 4)) {
            0 -> AgentStep(id, next, "run", input(scope), retry(), timeout())
            1 -> SubWorkflowStep(id, next, "other", input(scope))
            2 -> SleepStep(id, next, random.nextLong(0, 10_000_000).milliseconds)
            3 -> EventStep(id, next, "event $id", timeout())
            4 -> parallel(id, next, scope)
            5 -> conditional(id, next, scope)
            6 -> loop(id, next, scope)
            else -> forkJoin(id, next, scope)
        }

    private fun parallel(
        id: String,
        next: String?,
        scope: Scope,
    ): FileStep {
        val children = List(random.nextInt(2, 5)) { id() }
        children.forEach { steps[it] = step(it, null, scope.inside()) }
        return ParallelStep(id, next, children, limit(), random.nextBoolean())
    }

    private fun conditional(
        id: String,
        next: String?,
        scope: Scope,
    ): FileStep {
        val first = chain(scope.inside()).first()
        val second = if (random.nextBoolean()) chain(scope.inside()).first() else null
        val text = "not (${reference(
            scope,
        )} == \"${words().filter(Char::isLetter)}\") or ${random.nextDouble()} < 'a' and true"
        val condition = parseCondition(text)
        return if (random.nextBoolean()) {
            ConditionalStep(id, next, condition, first, second)
        } else {
            ConditionalStep(id, next, condition, second, first)
        }
    }

    private fun loop(
        id: String,
        next: String?,
        scope: Scope,
    ): FileStep =
        LoopStep(
            id,
            next,
            parseReference(reference(scope)),
            chain(scope.inside(isLoop = true), isList = true),
            random.nextBoolean(),
            limit(),
            limit(),
            LoopOnError.entries.random(random),
        )

    private fun forkJoin(
        id: String,
        next: String?,
        scope: Scope,
    ): FileStep {
        val branches =
            List(random.nextInt(2, 4)) {
                "branch $it ✓" to
                    FileBranch(chain(scope.inside(), isList = true), timeout())
            }
        val policy = FilePolicy.entries.random(random)
        val required = if (policy == FilePolicy.N_OF_M) random.nextInt(1, branches.size + 1) else 0
        return ForkJoinStep(id, next, branches.toMap(), policy, required, random.nextBoolean())
    }

    private fun retry(): FileRetry =
        if (random.nextBoolean()) {
            FileRetry.NONE
        } else {
            FileRetry(
                random.nextInt(1, 10_001),
                random.nextLong(0, 1_000_000).milliseconds,
                random.nextLong(0, 1_000_000).milliseconds,
                listOf(1.0, 2.0, 1.5, random.nextDouble(1.0, 1_000.0)).random(random),
                listOf(0.0, 1.0, random.nextDouble()).random(random),
            )
        }

    private fun timeout(): Duration? = if (random.nextBoolean()) random.nextLong(1, 1_000_000).milliseconds else null

    private fun limit(): Int = if (random.nextBoolean()) random.nextInt(1, 1_000_000) else 0

    private fun input(scope: Scope): Map<String, Template> =
        List(random.nextInt(4)) { "key $it ${words()}" to template(scope, 0) }.toMap()

    private fun template(
        scope: Scope,
        depth: Int,
    ): Template =
        when (random.nextInt(if (depth < 3) 6 else 4)) {
            0 -> {
                LiteralTemplate(
                    Json.read(listOf("null", "true", "-0.0", "1.10", "1e400", "${random.nextLong()}").random(random)),
                )
            }

            1 -> {
                LiteralTemplate(random.nextDouble())
            }

            2 -> {
                parseTemplate(reference(scope))
            }

            3 -> {
                parseTemplate(
                    List(random.nextInt(5)) {
                        listOf(words(), reference(scope), "$\${x").random(random)
                    }.joinToString(" "),
                )
            }

            4 -> {
                ListTemplate(List(random.nextInt(3)) { template(scope, depth + 1) })
            }

            else -> {
                MapTemplate(List(random.nextInt(3)) { "${words()}$it" to template(scope, depth + 1) }.toMap())
            }
        }

    private fun reference(scope: Scope): String {
        val readable = scope.visible.filter { ' ' !in it && '[' !in it }.map { "$it.output" }
        val loop = if (scope.isLoop) listOf("loop.item") else emptyList()
        val parts = listOf("", ".a", "[0]", ".list[12].größe", ".@x.y-z")
        return "\${${(readable + loop + "workflow.input").random(random)}${parts.random(random)}}"
    }

    private fun words(): String =
        List(
            random.nextInt(4),
        ) { listOf("a", "é", "工", "😀", "\"", "\\", "/", "$ ", "}", "{", "'", "<").random(random) }
            .joinToString("")
}
