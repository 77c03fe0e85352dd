package dev.perdure.core.testing

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.QueueLimits
import dev.perdure.core.engine.StartOptions
import dev.perdure.core.engine.does
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.flow
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.RunQuery
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import java.time.Duration

/** A queue in the states between any two writes, those of its admissions included. */
class QueueCrashSpec :
    FunSpec({
        val limits = QueueLimits.concurrency(2)
        val inQ = StartOptions.inQueue("q")

        test("from every state that a crash leaves a queue in, all runs end and the limit holds") {
            val begin = VirtualClock().now()
            val clock = VirtualClock(begin)
            val tape = Tape(MemoryStore())
            val work =
                flow("work") {
                    does("first")
                    does("second")
                }
            val engine =
                tape.engine(work) {
                    clock(clock)
                    queue("q", limits)
                }
            engine.use {
                val runs = (1..6).map { engine.start("work", "r$it", null, inQ.priority(it)) }
                val later = engine.start("work", "later", null, StartOptions.DEFAULT.startingAfter(Duration.ofHours(1)))
                runs.forEach { it.endsCompleted() }
                clock.awaitTimer(Duration.ofHours(1))
                clock.advance(Duration.ofHours(1))
                later.endsCompleted()
            }
            val states = tape.length()
            states shouldBeGreaterThan 12

            for (state in 0..states) {
                val store = tape.after(state)
                store.list(RunQuery.unfinished()).count { it.hasSlot() } shouldBeLessThanOrEqual 2
                val counted =
                    flow("work") {
                        does("first")
                        does("second") {
                            store.list(RunQuery.unfinished()).count { it.hasSlot() } shouldBeLessThanOrEqual 2
                        }
                    }
                val next =
                    store.engine(counted) {
                        clock(VirtualClock(begin.plus(Duration.ofDays(1))))
                        queue("q", limits)
                    }
                next.use { store.ids(RunQuery.all()).forEach { id -> next.find(id).get().endsCompleted() } }
                store.list(RunQuery.unfinished()).shouldBeEmpty()
            }
        }
    })

private fun RunRecord.hasSlot() =
    placement().isQueued && (status() != RunStatus.PENDING || placement().beganAt() != null)
