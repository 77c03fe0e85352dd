package dev.perdure.core.spi

import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.schedule
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly

/** The part of the contract of a [Store] that is about schedules. */
internal fun scheduleContract(open: () -> Store): TestFactory =
    funSpec {
        test("schedules are listed by name, as they were saved") {
            owned(open) {
                store.schedules().shouldBeEmpty()
                commit(
                    Write.SaveSchedule(schedule("b", "\"漢 ’; --\"")),
                    Write.SaveSchedule(schedule("a", nextAt = null)),
                )
                store.schedules() shouldContainExactly
                    listOf(schedule("a", nextAt = null), schedule("b", "\"漢 ’; --\""))
            }
        }

        test("a schedule that is saved again is replaced, in the commit that starts its run") {
            owned(open) {
                commit(Write.SaveSchedule(schedule("s")))
                val next = schedule("s", "{\"n\":2}", NOW + 2000, NOW + 1000)
                val batch = arrayOf<Write>(Write.StartRun(run("s-1")), Write.SaveSchedule(next))
                repeat(2) { commit(*batch) }
                store.schedules() shouldContainExactly listOf(next)
            }
        }

        test("a schedule is moved from the time that was read, and else left as it is") {
            owned(open) {
                commit(Write.SaveSchedule(schedule("s")))
                val next = schedule("s", nextAt = NOW + 2000, lastAt = NOW + 1000)
                commit(Write.MoveSchedule(next, NOW), Write.MoveSchedule(schedule("t"), NOW + 1000))
                commit(Write.MoveSchedule(schedule("s", "other", NOW + 5000), NOW + 1000))
                store.schedules() shouldContainExactly listOf(schedule("s"))
                repeat(2) { commit(Write.MoveSchedule(next, NOW + 1000)) }
                store.schedules() shouldContainExactly listOf(next)
                commit(Write.MoveSchedule(schedule("s", nextAt = null, lastAt = NOW + 2000), NOW + 2000))
                store.schedules() shouldContainExactly listOf(schedule("s", nextAt = null, lastAt = NOW + 2000))
            }
        }

        test("a schedule that is dropped is gone, and dropping it again does nothing") {
            owned(open) {
                commit(Write.SaveSchedule(schedule("s")), Write.SaveSchedule(schedule("t")))
                repeat(2) { commit(Write.DropSchedule("s")) }
                store.schedules() shouldContainExactly listOf(schedule("t"))
                commit(Write.DropSchedule("t"), Write.SaveSchedule(schedule("t", "2")))
                store.schedules() shouldContainExactly listOf(schedule("t", "2"))
            }
        }
    }
