package dev.perdure.core.machine

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** Which branches disagree, and where. */
class ConflictsSpec :
    FunSpec({
        fun found(vararg written: Triple<String, String, Any?>): List<String> =
            Conflicts()
                .apply { written.forEach { (where, branch, value) -> written(where.split("."), branch, value) } }
                .found()

        test(
            "two branches that write different values to a place disagree; with equal ones, or one branch, nobody does",
        ) {
            found(Triple("k", "a", 1), Triple("k", "b", 2)).single() shouldContain
                "branches \"a\" and \"b\" both changed \"k\""
            found(Triple("k", "a", 1), Triple("k", "b", 1)).shouldBeEmpty()
            found(Triple("k", "a", 1), Triple("k", "a", 2)).shouldBeEmpty()
            found(Triple("k", "a", null), Triple("k", "b", null)).shouldBeEmpty()
        }

        test(
            "a branch that replaces a map disagrees with another that wrote in it, however deep, and not with itself",
        ) {
            val inside =
                arrayOf(Triple("k", "a", Conflicts.MAP), Triple("k.x", "a", Conflicts.MAP), Triple("k.x.y", "a", 1))
            found(*inside, Triple("k", "b", 7)).single() shouldContain "\"a\" and \"b\" both changed \"k\""
            found(*inside, Triple("k", "a", 7)).shouldBeEmpty()
            found(*inside, Triple("k", "b", Conflicts.REMOVED)).size shouldBe 1
            found(Triple("k.x", "b", 1), Triple("k.y", "a", 1), Triple("k", "b", 7)).single() shouldContain
                "branches \"a\" and \"b\" both changed \"k\""
        }

        test("branches that write to different places of a map agree") {
            found(
                Triple("k", "a", Conflicts.MAP),
                Triple("k.x", "a", 1),
                Triple("k", "b", Conflicts.MAP),
                Triple("k.y", "b", 2),
            ).shouldBeEmpty()
        }

        test("what was replaced is forgotten: what comes after disagrees with what replaced it") {
            found(Triple("k.x", "a", 1), Triple("k", "a", 2), Triple("k.x", "b", 3)).shouldBeEmpty()
            found(Triple("k.x", "a", 1), Triple("k", "a", 2), Triple("k", "b", 3)).size shouldBe 1
        }
    })
