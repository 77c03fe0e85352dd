package dev.perdure.core.machine

import dev.perdure.core.Plain
import dev.perdure.core.PlainData
import dev.perdure.core.definition.BranchResult
import dev.perdure.core.definition.Merge
import dev.perdure.core.journal.Change
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.Context
import dev.perdure.core.journal.Histories
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.property.Arb
import io.kotest.property.arbitrary.long
import io.kotest.property.checkAll
import kotlin.random.Random

class BranchMergeSpec :
    FunSpec({
        test("E06 maps under one key that both branches made merge") {
            merged(
                deep,
                emptyMap(),
                puts("nested" to mapOf("from_a" to true)),
                puts("nested" to mapOf("from_b" to true)),
            ) shouldBe
                mapOf("nested" to mapOf("from_a" to true, "from_b" to true))
            val inBase = mapOf("nested" to emptyMap<String, Any>())
            merged(
                deep,
                inBase,
                puts("nested" to mapOf("from_a" to true)),
                puts("nested" to mapOf("from_b" to true)),
            ) shouldBe
                mapOf("nested" to mapOf("from_a" to true, "from_b" to true))
        }

        val base = mapOf("x" to 1L, "list" to listOf(0L), "nested" to mapOf("a" to 1L, "k" to "base"))
        val changedByA =
            puts(
                "x" to 2,
                "list" to listOf(0, 1),
                "nested" to mapOf("a" to 1, "k" to "A", "fa" to true),
                "only_a" to 1,
            )
        val expected =
            mapOf(
                "x" to 2L,
                "list" to listOf(0L, 1L),
                "nested" to mapOf("a" to 1L, "k" to "A", "fa" to true),
                "only_a" to 1L,
                "only_b" to 1L,
            )
        test("E07 a merge is by diff: what a branch did not touch overwrites nothing") {
            val changedByB = puts("only_b" to 1)
            listOf(listOf(changedByA, changedByB), listOf(changedByB, changedByA)).forEach { branches ->
                merged(deep, base, *branches.toTypedArray()) shouldBe expected
                conflicts(deep, base, *branches.toTypedArray()).shouldBeEmpty()
            }
        }
        test("E07 a map that a branch carried along unchanged overwrites nothing") {
            val carried = puts("nested" to base["nested"], "only_b" to 1)
            listOf(listOf(changedByA, carried), listOf(carried, changedByA)).forEach { branches ->
                merged(deep, base, *branches.toTypedArray()) shouldBe expected
                conflicts(deep, base, *branches.toTypedArray()).shouldBeEmpty()
            }
        }
        test("a map carried along unchanged gives way to whatever a sibling made of the key") {
            val carried = puts("nested" to base["nested"])
            listOf(
                puts("nested" to "gone") to mapOf("nested" to "gone"),
                puts("nested" to null) to mapOf("nested" to null),
                changes("nested" to Change.Remove()) to emptyMap(),
                puts("nested" to emptyMap<String, Any>()) to mapOf("nested" to emptyMap<String, Any>()),
            ).forEach { (sibling, result) ->
                listOf(listOf(sibling, carried), listOf(carried, sibling)).forEach { branches ->
                    withClue("$branches") {
                        merged(deep, mapOf("nested" to base["nested"]), *branches.toTypedArray()) shouldBe result
                        conflicts(deep, base, *branches.toTypedArray()).shouldBeEmpty()
                    }
                }
            }
        }
        test("E08 of two values for one key the later declared one stays, whoever ended last, with a warning") {
            listOf(listOf(0, 1), listOf(1, 0)).forEach { order ->
                val branches = branches(listOf(puts("shared_key" to "a"), puts("shared_key" to "b")), order)
                val result = BranchMerge.merge(deep, Context.EMPTY, branches)
                Context.EMPTY.with(result.changes()).toMap() shouldBe mapOf("shared_key" to "b")
                result.warnings() shouldBe
                    listOf("branches \"b0\" and \"b1\" both changed \"shared_key\", to different values")
            }
        }
        test("E08 equal values, or several branches that agree with the last, are no conflict") {
            conflicts(deep, base, puts("k" to listOf(1)), puts("k" to listOf(1))).shouldBeEmpty()
            conflicts(deep, base, puts("k" to mapOf("x" to 1)), puts("k" to mapOf("x" to 1))).shouldBeEmpty()
            conflicts(deep, base, puts("k" to 1), puts("k" to 2), puts("k" to 2)) shouldHaveSize 1
        }
        test("E09 Collect holds what each branch changed, under the plain branch names") {
            val branches =
                listOf(
                    BranchResult("task_a", 0, puts("result_a" to "value_a"), null),
                    BranchResult("task_b", 1, puts("result_b" to "value_b"), null),
                )
            val result = BranchMerge.merge(Merge.Collect("parallel_results"), Context.EMPTY, branches)
            Context.EMPTY.with(result.changes()).toMap() shouldBe
                mapOf(
                    "parallel_results" to
                        mapOf("task_a" to mapOf("result_a" to "value_a"), "task_b" to mapOf("result_b" to "value_b")),
                )
        }
        test("E10 Collect shows changed keys by their new values and leaves the context alone") {
            val count = mapOf("count" to 0L, "log" to listOf("x"), "old" to 1L)
            merged(
                Merge.Collect("into"),
                count,
                puts("count" to 10),
                changes("count" to Change.Increment(5L), "log" to Change.Append(listOf("y")), "old" to Change.Remove()),
            ) shouldBe
                count + (
                    "into" to
                        mapOf(
                            "b0" to mapOf("count" to 10L),
                            "b1" to mapOf("count" to 5L, "log" to listOf("x", "y"), "old" to null),
                        )
                )
        }
        test("E10 Collect is the same whether changes were read back from the journal or not") {
            checkAll(300, Histories.changes) { changes ->
                val stored =
                    Changes.fromPlain(
                        dev.perdure.core.Json
                            .read(
                                dev.perdure.core.Json
                                    .write(changes.toPlain()),
                            ),
                    )
                val collect = Merge.Collect("into")
                BranchMerge
                    .merge(
                        collect,
                        Context.EMPTY,
                        branches(listOf(changes)),
                    ).changes()
                    .toPlain()
                    .toString() shouldBe
                    BranchMerge
                        .merge(collect, Context.EMPTY, branches(listOf(stored)))
                        .changes()
                        .toPlain()
                        .toString()
            }
        }
        test("Collect of values too deep to be collected fails the block, not the engine") {
            val deepest = puts("k" to PlainData.nested(Plain.MAX_DEPTH))
            BranchMerge
                .merge(
                    Merge.Collect("into"),
                    Context.EMPTY,
                    branches(listOf(deepest)),
                ).conflict()!! shouldContain
                "nested deeper"
        }
        test("Strict fails on what DeepMerge warns about, naming branches and key but no value") {
            val result =
                BranchMerge.merge(
                    Merge.Strict(),
                    Context.EMPTY,
                    branches(
                        listOf(puts("card" to mapOf("no" to "secret1")), puts("card" to mapOf("no" to "secret2"))),
                    ),
                )
            result.conflict() shouldBe "branches \"b0\" and \"b1\" both changed \"card.no\", to different values"
            result.changes() shouldBe Changes.NONE
        }
        test("Strict merges what does not disagree") {
            merged(Merge.Strict(), base, changedByA, puts("only_b" to 1)) shouldBe expected
        }
        context("branches disagree, in either order, where") {
            mapOf(
                "both put" to (puts("k" to 1) to puts("k" to 2)),
                "one puts a map and one a scalar" to (puts("k" to mapOf("x" to 1)) to puts("k" to 5)),
                "one puts an empty map and one a scalar" to (puts("k" to emptyMap<String, Any>()) to puts("k" to 5)),
                "one puts a map and one null" to (puts("k" to mapOf("x" to 1)) to puts("k" to null)),
                "one puts null and one a scalar" to (puts("k" to null) to puts("k" to 5)),
                "one puts and one removes" to (puts("nested" to 5) to changes("nested" to Change.Remove())),
                "one changes a map and one removes it" to
                    (puts("nested" to mapOf("a" to 2, "k" to "base")) to changes("nested" to Change.Remove())),
                "one changes a map and one replaces it" to
                    (puts("nested" to mapOf("a" to 2, "k" to "base")) to puts("nested" to 5)),
                "both change one nested value" to
                    (
                        puts("nested" to mapOf("a" to 2, "k" to "base")) to
                            puts("nested" to mapOf("a" to 3, "k" to "base"))
                    ),
                "one changes a nested value and one removes it" to
                    (puts("nested" to mapOf("a" to 2, "k" to "base")) to puts("nested" to mapOf("k" to "base"))),
                "one makes a nested value a map and one a scalar" to
                    (
                        puts("nested" to mapOf("a" to mapOf("b" to 1), "k" to "base")) to
                            puts("nested" to mapOf("a" to 3, "k" to "base"))
                    ),
                "one puts and one appends" to
                    (puts("list" to listOf(9)) to changes("list" to Change.Append(listOf(1L)))),
                "one puts and one increments" to (puts("x" to 9) to changes("x" to Change.Increment(1L))),
                "one removes and one appends" to
                    (changes("list" to Change.Remove()) to changes("list" to Change.Append(listOf(1L)))),
                "one puts a map and one appends" to
                    (puts("new" to mapOf("a" to 1)) to changes("new" to Change.Append(listOf(1L)))),
            ).forEach { (name, pair) ->
                test(name) {
                    listOf(pair, pair.second to pair.first).forEach { (first, second) ->
                        withClue("$first, $second") {
                            val found = conflicts(deep, base, first, second)
                            val conflict =
                                BranchMerge
                                    .merge(
                                        Merge.Strict(),
                                        Context.of(base),
                                        branches(listOf(first, second)),
                                    ).conflict()
                            conflict shouldNotBe null
                            (found + conflict!!).forEach { it shouldContain "\"b1\"" }
                        }
                    }
                }
            }
        }
        test("the later declared branch wins a map against a scalar as a whole") {
            val map = puts("nested" to mapOf("a" to 2, "k" to "base"))
            val scalar = puts("nested" to 5)
            merged(deep, base, map, scalar)["nested"] shouldBe 5L
            merged(deep, base, scalar, map)["nested"] shouldBe mapOf("a" to 2L, "k" to "base")
            merged(deep, base, changes("nested" to Change.Remove()), map)["nested"] shouldBe
                mapOf("a" to 2L, "k" to "base")
        }
        test("appends and increments of several branches all count") {
            val branch =
                changes(
                    "list" to Change.Append(listOf("e")),
                    "x" to Change.Increment(2L),
                    "new" to Change.Append(listOf(null)),
                )
            listOf(deep, Merge.Strict(), Merge.LastWins()).forEach { merge ->
                merged(merge, base, branch, branch, branch) shouldBe
                    base + mapOf("list" to listOf(0L, "e", "e", "e"), "x" to 7L, "new" to listOf(null, null, null))
            }
        }
        test("increments whose sum is out of range fail the block, not the engine") {
            val half = changes("n" to Change.Increment(6e307))
            val result = BranchMerge.merge(deep, Context.of(mapOf("n" to 1e308)), branches(listOf(half, half)))
            result.conflict()!! shouldContain "\"n\""
        }
        test("an append after a sibling's put is added to what was put, with a warning") {
            val branches = arrayOf(puts("list" to listOf(9)), changes("list" to Change.Append(listOf(1L))))
            merged(deep, base, *branches)["list"] shouldBe listOf(9L, 1L)
            conflicts(deep, base, *branches) shouldHaveSize 1
        }
        test("changes that do not fit together fail the block and name the key but no value") {
            listOf(deep, Merge.LastWins()).forEach { merge ->
                val branches =
                    branches(
                        listOf(
                            puts("list" to "secret"),
                            changes("list" to Change.Append(listOf("secret"))),
                        ),
                    )
                val conflict = BranchMerge.merge(merge, Context.of(base), branches).conflict()!!
                conflict shouldContain "\"list\""
                conflict shouldNotContain "secret"
            }
        }
        test("removes count, of keys and of nested keys") {
            merged(deep, base, changes("x" to Change.Remove()), puts("y" to 1)) shouldBe base - "x" + ("y" to 1L)
            merged(deep, base, puts("nested" to mapOf("a" to 1)), puts("nested" to base["nested"], "y" to 1)) shouldBe
                base + mapOf("nested" to mapOf("a" to 1L), "y" to 1L)
            conflicts(deep, base, changes("x" to Change.Remove()), changes("x" to Change.Remove())).shouldBeEmpty()
            conflicts(deep, base, puts("nested" to mapOf("a" to 1)), puts("nested" to mapOf("a" to 1))).shouldBeEmpty()
        }
        test("null is a value like another, also in maps") {
            merged(
                deep,
                base,
                puts("nested" to mapOf("a" to null, "k" to "base")),
                puts("nested" to base["nested"]),
            ) shouldBe
                base + ("nested" to mapOf("a" to null, "k" to "base"))
            merged(deep, mapOf("k" to null), puts("k" to mapOf("x" to null)), puts("k" to mapOf("y" to null))) shouldBe
                mapOf("k" to mapOf("x" to null, "y" to null))
        }
        test("LastWins takes whole values in the order in which the branches ended") {
            val first = puts("nested" to mapOf("from" to "b0"), "k" to 0)
            val second = puts("nested" to mapOf("from" to "b1"))
            listOf(listOf(0, 1) to "b1", listOf(1, 0) to "b0").forEach { (order, winner) ->
                val result =
                    BranchMerge.merge(
                        Merge.LastWins(),
                        Context.of(base),
                        branches(listOf(first, second), order),
                    )
                Context.of(base).with(result.changes()).toMap() shouldBe
                    base + mapOf("nested" to mapOf("from" to winner), "k" to 0L)
                result.warnings().shouldBeEmpty()
            }
        }
        test("a DeepMerge of branches with keys of their own does not depend on their order") {
            checkAll(500, Arb.long()) { seed ->
                val random = Random(seed)
                val start = Histories.apply(emptyMap(), Histories.changes(random, 12)) ?: emptyMap()
                val parts =
                    List(4) { branch ->
                        Changes(
                            Histories
                                .changes(random, 3)
                                .byKey()
                                .entries
                                .associate { (key, change) -> "$key-$branch" to change },
                        )
                    }
                val results =
                    listOf(parts, parts.reversed(), parts.shuffled(random)).map { order ->
                        BranchMerge.merge(deep, Context.of(start), branches(order)).changes()
                    }
                results.toSet() shouldHaveSize 1
            }
        }
        test("merging gives the same each time, and Strict what DeepMerge gives wherever it does not refuse") {
            checkAll(1_000, Arb.long()) { seed ->
                val random = Random(seed)
                val start = mapOf("k0" to mapOf("a" to 1L, "b" to mapOf("c" to 2L)), "k1" to listOf(1L), "k2" to 5L)
                val parts = List(3) { Histories.changes(random, 3) }.filter { Histories.apply(start, it) != null }
                val once = BranchMerge.merge(deep, Context.of(start), branches(parts))
                BranchMerge.merge(deep, Context.of(start), branches(parts)) shouldBe once
                val strict = BranchMerge.merge(Merge.Strict(), Context.of(start), branches(parts))
                (strict.conflict() == null) shouldBe (once.conflict() == null && once.warnings().isEmpty())
                if (strict.conflict() == null) {
                    strict.changes() shouldBe once.changes()
                    // and in any order: without a conflict there is nothing that order could decide
                    if (parts.none { part -> part.byKey().values.any { it is Change.Append } }) {
                        BranchMerge.merge(deep, Context.of(start), branches(parts.reversed())).changes() shouldBe
                            once.changes()
                    }
                }
            }
        }
    })

private val deep = Merge.DeepMerge()

private fun puts(vararg values: Pair<String, Any?>): Changes = Changes.puts(values.toMap())

private fun changes(vararg changes: Pair<String, Change>): Changes = Changes(changes.toMap())

/** Branches b0, b1, …; they ended in the given order. */
private fun branches(
    changes: List<Changes>,
    order: List<Int> = changes.indices.toList(),
): List<BranchResult> = changes.mapIndexed { i, change -> BranchResult("b$i", order.indexOf(i), change, null) }

private fun merged(
    merge: Merge,
    base: Map<String, Any?>,
    vararg changes: Changes,
): Map<String, Any?> {
    val result = BranchMerge.merge(merge, Context.of(base), branches(changes.toList()))
    result.conflict() shouldBe null
    return Context.of(base).with(result.changes()).toMap()
}

private fun conflicts(
    merge: Merge,
    base: Map<String, Any?>,
    vararg changes: Changes,
): List<String> = BranchMerge.merge(merge, Context.of(base), branches(changes.toList())).warnings()
