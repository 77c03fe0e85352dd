package dev.perdure.samples.benchmarks

import java.io.StringWriter
import java.util.Locale
import javax.xml.stream.XMLOutputFactory
import javax.xml.stream.XMLStreamWriter
import kotlin.math.ceil
import kotlin.math.floor
import kotlin.math.log10
import kotlin.math.pow

/** Draws a [curve] as SVG. An axis that spans more than two powers of ten is logarithmic; any other begins at zero. */
internal class Plot(private val curve: Curve) {
    private val points = curve.series.flatMap { it.points }
    private val horizontal = Axis(points.map { it.x }, LEFT, WIDTH - RIGHT)
    private val vertical = Axis(points.map { it.y }, HEIGHT - BOTTOM, TOP)

    fun svg(): String {
        val text = StringWriter()
        val svg = XMLOutputFactory.newInstance().createXMLStreamWriter(text)
        svg.element(
            "svg",
            "xmlns" to "http://www.w3.org/2000/svg",
            "viewBox" to "0 0 ${WIDTH.toInt()} ${HEIGHT.toInt()}",
        ) {
            svg.element("rect", "width" to "100%", "height" to "100%", "fill" to "white") {}
            svg.element("g", "font-family" to "sans-serif", "font-size" to "12") {
                svg.label(curve.name, WIDTH / 2, TOP / 2, "middle")
                svg.axes()
                curve.series.forEachIndexed { index, series -> svg.draw(series, index) }
            }
        }
        svg.flush()
        return "$text\n"
    }

    private fun XMLStreamWriter.axes() {
        horizontal.ticks.forEach { tick ->
            line(horizontal.at(tick), TOP, horizontal.at(tick), HEIGHT - BOTTOM)
            label(words(tick), horizontal.at(tick), HEIGHT - BOTTOM + LINE, "middle")
        }
        vertical.ticks.forEach { tick ->
            line(LEFT, vertical.at(tick), WIDTH - RIGHT, vertical.at(tick))
            label(words(tick), LEFT - GAP, vertical.at(tick) + GAP, "end")
        }
        label(curve.xTitle, WIDTH / 2, HEIGHT - GAP, "middle")
        label(curve.yTitle, GAP, TOP - GAP, "start")
    }

    private fun XMLStreamWriter.draw(
        series: Series,
        index: Int,
    ) {
        val colour = COLOURS[index % COLOURS.size]
        val places = series.points.sortedBy { it.x }.map { horizontal.at(it.x) to vertical.at(it.y) }
        val path = places.joinToString(" ") { (x, y) -> "${number(x)},${number(y)}" }
        element("polyline", "points" to path, "fill" to "none", "stroke" to colour, "stroke-width" to "2") {}
        places.forEach { (x, y) ->
            element("circle", "cx" to number(x), "cy" to number(y), "r" to "3", "fill" to colour) {}
        }
        label(series.name, WIDTH - RIGHT + GAP, TOP + LINE * (index + 1), "start", colour)
    }

    private fun XMLStreamWriter.line(
        x1: Double,
        y1: Double,
        x2: Double,
        y2: Double,
    ) = element(
        "line",
        "x1" to number(x1),
        "y1" to number(y1),
        "x2" to number(x2),
        "y2" to number(y2),
        "stroke" to "#dddddd",
    ) {}

    private fun XMLStreamWriter.label(
        text: String,
        x: Double,
        y: Double,
        anchor: String,
        colour: String = "#333333",
    ) = element("text", "x" to number(x), "y" to number(y), "text-anchor" to anchor, "fill" to colour) {
        writeCharacters(text)
    }

    private companion object {
        const val WIDTH = 720.0
        const val HEIGHT = 400.0
        const val LEFT = 80.0
        const val RIGHT = 150.0
        const val TOP = 50.0
        const val BOTTOM = 50.0
        const val LINE = 18.0
        const val GAP = 6.0
        val COLOURS = listOf("#1f6feb", "#d1242f", "#1a7f37", "#9a6700")
    }
}

/** Places values between [from] and [to]. */
private class Axis(values: List<Double>, private val from: Double, private val to: Double) {
    private val isLogarithmic = values.all { it > 0 } && values.max() > values.min() * LONG
    private val first = if (isLogarithmic) floor(log10(values.min())) else 0.0
    private val last = if (isLogarithmic) ceil(log10(values.max())) else values.max().coerceAtLeast(Double.MIN_VALUE)

    val ticks: List<Double> =
        if (isLogarithmic) {
            (first.toInt()..last.toInt()).map { TEN.pow(it) }
        } else {
            val magnitude = TEN.pow(floor(log10(last)))
            val step = listOf(magnitude / 5, magnitude / 2, magnitude).first { last / it <= MOST_TICKS }
            (0..floor(last / step).toInt()).map { it * step }
        }

    fun at(value: Double): Double {
        val place = if (isLogarithmic) log10(value) else value
        return from + (place - first) / (last - first) * (to - from)
    }

    private companion object {
        const val TEN = 10.0
        const val LONG = 100
        const val MOST_TICKS = 10
    }
}

private fun XMLStreamWriter.element(
    name: String,
    vararg attributes: Pair<String, String>,
    content: () -> Unit,
) {
    writeStartElement(name)
    attributes.forEach { (attribute, value) -> writeAttribute(attribute, value) }
    content()
    writeEndElement()
}

private fun number(value: Double) = "%.1f".format(Locale.ROOT, value)

private fun words(value: Double) =
    if (value < 1) "%.2g".format(Locale.ROOT, value) else "%,.0f".format(Locale.ROOT, value)
