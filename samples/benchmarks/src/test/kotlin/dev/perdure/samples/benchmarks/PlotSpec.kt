package dev.perdure.samples.benchmarks

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import org.w3c.dom.Element
import java.io.ByteArrayInputStream
import javax.xml.parsers.DocumentBuilderFactory

class PlotSpec :
    FunSpec({
        fun curve(vararg points: Point) = Curve("a < b", "x", "y", listOf(Series("one & only", points.toList())))

        fun elements(
            svg: String,
            tag: String,
        ): List<Element> {
            val nodes =
                DocumentBuilderFactory
                    .newInstance()
                    .newDocumentBuilder()
                    .parse(ByteArrayInputStream(svg.toByteArray()))
                    .getElementsByTagName(tag)
            return (0 until nodes.length).map { nodes.item(it) as Element }
        }

        test("points stand where their values are, the axes beginning at zero") {
            val svg = Plot(curve(Point(0.0, 0.0), Point(50.0, 5.0), Point(100.0, 10.0))).svg()
            elements(svg, "polyline").single().getAttribute("points") shouldBe "80.0,350.0 325.0,200.0 570.0,50.0"
        }

        test("an axis over several powers of ten is logarithmic") {
            val svg = Plot(curve(Point(1.0, 1.0), Point(100.0, 1.0), Point(10_000.0, 1.0))).svg()
            val xs = elements(svg, "circle").map { it.getAttribute("cx") }
            xs shouldContainExactly listOf("80.0", "325.0", "570.0")
        }

        test("names are text, whatever they are made of") {
            val texts = elements(Plot(curve(Point(1.0, 1.0))).svg(), "text").map { it.textContent }
            texts.first() shouldBe "a < b"
            texts.last() shouldBe "one & only"
        }

        test("parts of a curve become one drawing, in a file named after it") {
            val directory = tempdir().toPath()
            val parts =
                listOf(
                    1.0,
                    2.0,
                ).map { Curve("resume time", "x", "y", listOf(Series("s", listOf(Point(it, it))))) }
            draw(parts.merged(), directory)
            directory.toFile().list()!!.toList() shouldContainExactly listOf("resume-time.svg")
            elements(directory.resolve("resume-time.svg").toFile().readText(), "circle").size shouldBe 2
        }
    })
