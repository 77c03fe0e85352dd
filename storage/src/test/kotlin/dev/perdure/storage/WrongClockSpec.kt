package dev.perdure.storage

import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.does
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.onMachineOff
import dev.perdure.core.engine.rows
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import java.time.Duration

/** Engines whose machines' clocks are wrong record times that mean the same to the others. */
class WrongClockSpec :
    FunSpec({
        val nap = Duration.ofMillis(1_500)
        val sleeper =
            flow("work") {
                sleep("nap", nap)
                does("end")
            }

        listOf(Duration.ofHours(1), Duration.ofHours(-1)).forEach { skew ->
            test("a run that sleeps where the clock is off by $skew goes on in time where it is right") {
                val schema = PostgresServer.newSchema()
                val off = Node(PostgresServer.open(schema), sleeper) { onMachineOff(skew) }
                val began = System.nanoTime()
                off.engine.start("work", "r", null)
                off.hears { it is EngineEvent.WaitStarted }
                off.close()
                Node(PostgresServer.open(schema), sleeper).use { right ->
                    val run =
                        right.engine
                            .find("r")
                            .get()
                            .endsCompleted()
                    Duration.ofNanos(System.nanoTime() - began).toMillis() shouldBeGreaterThan nap.toMillis() - 200
                    val row = run.rows("nap").last()
                    val took = row.finishedAt()!! - row.startedAt()!!
                    took shouldBeGreaterThan nap.toMillis() - 200
                    took shouldBeLessThan Duration.ofMinutes(1).toMillis()
                }
            }
        }
    })
