package dev.perdure.core.spi

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.definition
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.run
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.optional.shouldBeEmpty
import io.kotest.matchers.optional.shouldBePresent
import io.kotest.matchers.shouldBe

/** The part of the contract of a [Store] that is about the texts of definitions. Runs of StoreRecords are of "onboard", version 3. */
internal fun definitionContract(open: () -> Store): TestFactory =
    funSpec {
        test("texts of definitions are listed by name and version, and found by both, as they were saved") {
            owned(open) {
                store.definitions().shouldBeEmpty()
                commit(
                    Write.SaveDefinition(definition("b", 10, "漢 \u2019; --")),
                    Write.SaveDefinition(definition("b", 9)),
                    Write.SaveDefinition(definition("a", 1, "")),
                )
                store.definitions() shouldContainExactly
                    listOf(definition("a", 1, ""), definition("b", 9), definition("b", 10, "漢 \u2019; --"))
                store.definition("b", 9) shouldBePresent { it shouldBe definition("b", 9) }
                store.definition("b", 1).shouldBeEmpty()
                store.definition("c", 9).shouldBeEmpty()
            }
        }

        test("the same text again does nothing, also while a run follows it, and keeps the time of the first") {
            owned(open) {
                val save = Write.SaveDefinition(definition("onboard", 3))
                commit(save, Write.StartRun(run("r")))
                val again = Write.SaveDefinition(definition("onboard", 3, createdAt = StoreRecords.NOW + 9))
                answer(again) shouldBe WriteResult.DONE
                store.definitions() shouldContainExactly listOf(definition("onboard", 3))
            }
        }

        test("another text is refused while a run of that name and version has not ended, and taken afterwards") {
            owned(open) {
                commit(Write.SaveDefinition(definition("onboard", 3)), Write.StartRun(run("r")))
                val changed = Write.SaveDefinition(definition("onboard", 3, "changed", StoreRecords.NOW + 9))
                answer(changed) shouldBe WriteResult.inUse(run("r"))
                store.definitions() shouldContainExactly listOf(definition("onboard", 3))
                commit(append("r", update = finished(RunStatus.FAILED)))
                answer(changed) shouldBe WriteResult.DONE
                store.definitions() shouldContainExactly listOf(changed.definition())
            }
        }

        test("runs of another name or version do not keep a text as it is") {
            owned(open) {
                commit(Write.StartRun(run("r")), Write.StartRun(run("other", workflow = "leave")))
                commit(Write.SaveDefinition(definition("onboard", 4)), Write.SaveDefinition(definition("leave", 4)))
                answer(Write.SaveDefinition(definition("onboard", 4, "changed"))) shouldBe WriteResult.DONE
                answer(Write.SaveDefinition(definition("leave", 4, "changed"))) shouldBe WriteResult.DONE
                store.definitions().map { it.text() } shouldContainExactly listOf("changed", "changed")
            }
        }
    }
