package dev.perdure.core

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeSorted
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.arbitrary.arbitrary
import io.kotest.property.checkAll

class PathSpec :
    FunSpec({
        test("the stored form is what DESIGN.md shows") {
            Path.ROOT
                .child("onboard")
                .child("parallel-1")
                .child("send_email")
                .toString() shouldBe
                "onboard/parallel-1/send_email"
            Path.ROOT
                .child("items")
                .item(3)
                .child("charge")
                .toString() shouldBe "items[3]/charge"
            Path.ROOT
                .child("process")
                .part("2")
                .toString() shouldBe "process#2"
            Path.ROOT.child("a/b").toString() shouldBe "a%2Fb"
            Path.ROOT.toString() shouldBe ""
        }
        test("different routes never share a path, whatever the names are") {
            checkAll(5_000, routes, routes) { first, second ->
                (pathOf(first) == pathOf(second)) shouldBe
                    (first == second)
            }
        }
        test("names that look like other paths stay apart") {
            val lookalikes =
                listOf("a/b", "a%2Fb", "a%252Fb", "a[0]", "a#join", "a", "b", "%", "%2", "%2F", "a%5B0%5D", "a%5b0%5d")
            val all =
                lookalikes.flatMap { outer ->
                    val path = Path.ROOT.child(outer)
                    listOf(path, path.item(0), path.part("join")) + lookalikes.map { path.child(it) }
                }
            all.toSet().size shouldBe all.size
        }
        test("a name comes back as it was given") {
            checkAll(routes, names) { route, name ->
                val child = pathOf(route).child(name)
                child.name() shouldBe name
                child.parent() shouldBe pathOf(route)
            }
        }
        test("the stored form parses back") {
            checkAll(routes) { route -> Path.parse(pathOf(route).toString()) shouldBe pathOf(route) }
        }
        test("the holder of an item or a part is the node itself") {
            val node = Path.ROOT.child("a").child("b")
            node.item(7).parent() shouldBe node
            node.part("join").parent() shouldBe node
            node.item(7).name() shouldBe "b[7]"
            Path.ROOT.parent() shouldBe null
            Path.ROOT.child("a").parent() shouldBe Path.ROOT
        }
        test("a path starts with its ancestors and itself, not with a name that only looks alike") {
            val node = Path.ROOT.child("a").child("b")
            listOf(node.child("c"), node.item(0), node.item(0).child("c"), node.part("join"), node).forEach {
                it.startsWith(node) shouldBe true
                it.startsWith(Path.ROOT) shouldBe true
            }
            Path.ROOT
                .child("a")
                .child("bc")
                .startsWith(node) shouldBe false
            Path.ROOT.child("a/b").startsWith(Path.ROOT.child("a")) shouldBe false
            Path.ROOT.child("a").startsWith(node) shouldBe false
        }
        test("startsWith agrees with the chain of parents") {
            checkAll(routes, routes) { first, second ->
                val path = pathOf(first)
                val ancestor = pathOf(second)
                path.startsWith(ancestor) shouldBe generateSequence(path) { it.parent() }.any { it == ancestor }
                path.startsWith(pathOf(first.dropLast(1))) shouldBe true
            }
        }
        test("text from elsewhere that is not percent-encoded has a name all the same") {
            Path.parse("a/50%").name() shouldBe "50%"
            Path.parse("a%zz").name() shouldBe "a%zz"
            Path.parse("%+1").name() shouldBe "%+1"
        }
        test("what looks like an item of a loop and is none has no index") {
            listOf("a[1", "a[12x]", "a[]", "a]0[", "a[-1]", "a[2147483648]", "a[99999999999999999999]").forEach {
                Path.parse(it).index() shouldBe null
            }
            Path.parse("a[2147483647]").index() shouldBe Int.MAX_VALUE
            Path.parse("a[*]/b").asSeenFrom(Path.parse("a[1")) shouldBe Path.parse("a[*]/b")
        }
        test("only the root is the root") {
            Path.parse("").isRoot shouldBe true
            Path.parse("a").isRoot shouldBe false
        }
        test("paths are ordered by their text") {
            listOf(Path.ROOT, Path.parse("a"), Path.parse("a/b"), Path.parse("b")).shouldBeSorted()
        }
    })

private val pieces = listOf("/", "[", "]", "#", "%", "%2F", "%25", "a", "b", "0", "é", "\u0000", "\ud83d\ude00", " ")

private val names: Arb<String> =
    arbitrary { source -> List(source.random.nextInt(1, 4)) { pieces.random(source.random) }.joinToString("") }

private val routes: Arb<List<String>> =
    arbitrary { source -> List(source.random.nextInt(0, 3)) { names.bind() } }

private fun pathOf(route: List<String>): Path = route.fold(Path.ROOT) { path, name -> path.child(name) }
