package dev.perdure.samples.cli

import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.Call
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.Procedure
import dev.perdure.core.definition.RepeatUntil
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.Workflow

/**
 * A workflow as an SVG picture of nested boxes: what comes after each other stands below each other, with an arrow;
 * what runs at the same time, or instead of each other, stands side by side in a frame.
 */
internal fun drawSvg(workflow: Workflow<*, *>): String {
    val drawing = sequence(workflow.root().nodes())
    val title = "${workflow.name()} v${workflow.version()}"
    val width = maxOf(drawing.width, textWidth(title)) + 2 * MARGIN
    val height = drawing.height + 2 * MARGIN + LINE
    val out = StringBuilder()
    out.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"$width\" height=\"$height\" viewBox=\"0 0 $width $height\" ",
    )
    out.append("font-family=\"sans-serif\" font-size=\"13\">\n<title>${escaped(title)}</title>\n")
    out.append("<defs><marker id=\"arrow\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\">")
    out.append("<path d=\"M0,0 L8,4 L0,8 z\"/></marker></defs>\n")
    out.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n")
    out.append(text(width / 2, MARGIN + 4, title, "font-weight=\"bold\""))
    drawing.draw(out, (width - drawing.width) / 2, MARGIN + LINE)
    return out.append("</svg>\n").toString()
}

/**
 * Something with a size that can be drawn anywhere; arrows come in at the middle of its top and leave at that of its
 * bottom.
 */
private class Drawing(val width: Int, val height: Int, val draw: (StringBuilder, Int, Int) -> Unit)

private object Shapes : Node.Cases<Drawing> {
    override fun step(step: Step) = box(step.name(), "step", "#e8f0fe")

    override fun sequence(sequence: Sequence) = frame(sequence.name(), "", sequence(sequence.nodes()))

    override fun parallel(block: Parallel): Drawing {
        val most =
            block
                .policy()
                .maxParallelism()
                .takeIf { it > 0 }
                ?.let { ", $it at once" }
                .orEmpty()
        val kind = "parallel, join ${block.policy().join()}$most"
        return frame(block.name(), kind, beside(block.branches().map { it.match(this) }))
    }

    override fun forEach(loop: ForEach) = frame(loop.name(), "for each item", sequence(loop.body().nodes()))

    override fun choose(choose: Choose) =
        frame(choose.name(), "one of", beside(choose.clauses().map { it.match(this) }))

    override fun decide(decide: Decide) =
        box(decide.name(), "goes on at ${decide.targets().joinToString { it.node() }}", "#fef7e0")

    override fun repeatUntil(loop: RepeatUntil) = frame(loop.name(), "repeated", sequence(loop.body().nodes()))

    override fun sleep(sleep: Sleep) =
        box(sleep.name(), "sleeps ${sleep.duration()?.toString().orEmpty()}".trim(), "#fef7e0")

    override fun awaitSignal(wait: AwaitSignal) =
        box(wait.name(), "waits for ${wait.signals().joinToString()}", "#fef7e0")

    override fun call(call: Call) = box(call.name(), "calls ${call.workflow()}", "#e6f4ea")

    override fun procedure(procedure: Procedure) = box(procedure.name(), "code", "#e6f4ea")
}

private fun box(
    name: String,
    kind: String,
    color: String,
): Drawing {
    val width = maxOf(textWidth(name), textWidth(kind), MIN_WIDTH) + 2 * PADDING
    return Drawing(width, BOX) { out, x, y ->
        out.append(
            "<rect x=\"$x\" y=\"$y\" width=\"$width\" height=\"$BOX\" rx=\"6\" fill=\"$color\" stroke=\"#444\"/>\n",
        )
        out.append(text(x + width / 2, y + LINE, name, ""))
        out.append(text(x + width / 2, y + 2 * LINE - 2, kind, "font-size=\"10\" fill=\"#555\""))
    }
}

private fun frame(
    name: String,
    kind: String,
    inner: Drawing,
): Drawing {
    val label = if (kind.isEmpty()) name else "$name ($kind)"
    val width = maxOf(inner.width, textWidth(label)) + 2 * PADDING
    val height = inner.height + LINE + 2 * PADDING
    return Drawing(width, height) { out, x, y ->
        out.append(
            "<rect x=\"$x\" y=\"$y\" width=\"$width\" height=\"$height\" rx=\"6\" fill=\"none\" stroke=\"#888\" ",
        )
        out.append("stroke-dasharray=\"4 3\"/>\n")
        out.append(
            "<text x=\"${x + PADDING}\" y=\"${y + LINE - 2}\" font-size=\"11\" fill=\"#555\">${escaped(
                label,
            )}</text>\n",
        )
        inner.draw(out, x + (width - inner.width) / 2, y + LINE + PADDING)
    }
}

private fun sequence(nodes: List<Node>): Drawing {
    val parts = nodes.map { it.match(Shapes) }
    val width = parts.maxOfOrNull { it.width } ?: 0
    val height = parts.sumOf { it.height } + GAP * (parts.size - 1).coerceAtLeast(0)
    return Drawing(width, height) { out, x, y ->
        var top = y
        val middle = x + width / 2
        parts.forEachIndexed { index, part ->
            if (index > 0) {
                out.append("<line x1=\"$middle\" y1=\"${top - GAP}\" x2=\"$middle\" y2=\"$top\" ")
                out.append("stroke=\"#444\" marker-end=\"url(#arrow)\"/>\n")
            }
            part.draw(out, x + (width - part.width) / 2, top)
            top += part.height + GAP
        }
    }
}

private fun beside(parts: List<Drawing>): Drawing {
    val width = parts.sumOf { it.width } + GAP * (parts.size - 1).coerceAtLeast(0)
    return Drawing(width, parts.maxOfOrNull { it.height } ?: 0) { out, x, y ->
        var left = x
        parts.forEach { part ->
            part.draw(out, left, y)
            left += part.width + GAP
        }
    }
}

private fun text(
    x: Int,
    y: Int,
    content: String,
    style: String,
) = "<text x=\"$x\" y=\"$y\" text-anchor=\"middle\" $style>${escaped(content)}</text>\n"

/** There is no font to measure with; wide enough for most. */
private fun textWidth(text: String): Int = text.length * 8

private fun escaped(text: String): String =
    buildString {
        text.forEach { c ->
            when {
                c == '<' -> append("&lt;")
                c == '>' -> append("&gt;")
                c == '&' -> append("&amp;")
                c == '"' -> append("&quot;")
                c < ' ' || c >= '\uFFFE' -> append('\uFFFD')
                else -> append(c)
            }
        }
    }

private const val MARGIN = 20
private const val PADDING = 10
private const val GAP = 24
private const val LINE = 18
private const val BOX = 44
private const val MIN_WIDTH = 80
