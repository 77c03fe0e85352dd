package dev.perdure.dsl

import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.schedule.CatchUp
import dev.perdure.core.schedule.Schedule
import kotlinx.coroutines.future.await
import java.time.ZoneId
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Starts runs of a workflow, all with the same input, whenever [schedule] says so; returns once that is durable. Each run has
 * the id `name@time`. A schedule of this name is replaced; one with the same times keeps its place in time, so a program may
 * declare its schedules whenever it starts. Cancelling the coroutine does not undo it.
 *
 * ```
 * engine.schedule("report", writeReport, Recipients("board"), cron("0 9 * * MON-FRI", ZoneId.of("Europe/Zurich")))
 * engine.schedule("poll", poll, Source("orders"), every(15.minutes, catchUp = CatchUp.SKIP))
 * ```
 *
 * @throws PerdureException UNKNOWN_WORKFLOW, NOT_ENCODABLE, INVALID_NAME, ENGINE_CLOSED; see [Engine.schedule]
 */
public suspend fun <I> Engine.schedule(
    name: String,
    workflow: Workflow<I, *>,
    input: I,
    schedule: Schedule,
) {
    scheduleAsync(name, schedule, workflow.name(), input).copy().await()
}

/** Removes a schedule, without holding a thread; see [Engine.unschedule]. */
public suspend fun Engine.dropSchedule(name: String) {
    unscheduleAsync(name).copy().await()
}

/** A fixed delay between the times of two runs; see [Schedule.every]. */
public fun every(
    delay: Duration,
    catchUp: CatchUp = CatchUp.LATEST,
): Schedule = Schedule.every(delay.toJavaDuration()).catchUp(catchUp)

/** The times of a cron expression of five fields; see [Schedule.cron]. */
public fun cron(
    expression: String,
    zone: ZoneId,
    catchUp: CatchUp = CatchUp.LATEST,
): Schedule = Schedule.cron(expression, zone).catchUp(catchUp)
