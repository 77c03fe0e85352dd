package dev.perdure.core

import com.code_intelligence.jazzer.api.FuzzedDataProvider

/**
 * The input is two lines. Each is a route from the root, and each is the text of a path: two routes are two paths, a path's
 * text is read back as that path, and any text is a path that can be asked everything.
 */
object PathTarget {
    /** A way from a node to one below it. */
    private sealed interface Way {
        data class Child(
            val name: String,
        ) : Way

        data class Item(
            val index: Int,
        ) : Way

        data class Part(
            val label: String,
        ) : Way

        data class Repetition(
            val number: Int,
        ) : Way
    }

    private val PARTS = listOf("join", "merge", "items", "choice")

    @JvmStatic
    fun fuzzerTestOneInput(data: FuzzedDataProvider) {
        val (first, second) = (data.consumeRemainingAsString() + "\n\n").split('\n')
        requireApart(routeOf(first), routeOf(second))
        requireAnswers(Path.parse(first), Path.parse(second))
        requireAnswers(Path.parse(second), Path.parse(first))
    }

    /** A capital letter says what kind of way it is, what follows up to the next one where that leads. */
    private fun routeOf(text: String): List<Way> =
        text.split(Regex("(?=[CIPR])")).filter { it.isNotEmpty() }.map { way ->
            val rest = way.drop(1)
            when (way[0]) {
                'I' -> Way.Item(rest.hashCode() and Int.MAX_VALUE)
                'P' -> Way.Part(PARTS[rest.length % PARTS.size])
                'R' -> Way.Repetition(1 + rest.length)
                else -> Way.Child(rest.ifEmpty { way })
            }
        }

    private fun requireApart(
        first: List<Way>,
        second: List<Way>,
    ) {
        val path = pathOf(first)
        check((path == pathOf(second)) == (first == second)) { "$first and $second share the path $path" }
        check(Path.parse(path.toString()) == path) { "$path is read back as another path" }
        val name = (first.lastOrNull() as? Way.Child)?.name ?: return
        check(path.name() == name) { "$path has the name ${path.name()}, expected $name" }
        check(path.parent() == pathOf(first.dropLast(1))) { "the holder of $path is ${path.parent()}" }
    }

    private fun pathOf(route: List<Way>): Path =
        route.fold(Path.ROOT) { path, way ->
            when (way) {
                is Way.Child -> path.child(way.name)
                is Way.Item -> path.item(way.index)
                is Way.Part -> path.part(way.label)
                is Way.Repetition -> path.repetition(way.number)
            }
        }

    private fun requireAnswers(
        path: Path,
        other: Path,
    ) {
        path.name()
        path.index()
        path.asSeenFrom(other)
        if (other != path && other.startsWith(path)) {
            check(path.childTowards(other).startsWith(path)) { "$path has ${path.childTowards(other)} below it" }
        }
        check(path.inDefinition().inDefinition() == path.inDefinition()) { "$path has two places in a definition" }
        check(path.startsWith(path) && path.startsWith(Path.ROOT)) { "$path does not start with itself" }
        val holders = generateSequence(path) { it.parent() }.take(path.toString().length + 2).toList()
        check(holders.last().isRoot) { "the holders of $path do not end" }
    }
}
