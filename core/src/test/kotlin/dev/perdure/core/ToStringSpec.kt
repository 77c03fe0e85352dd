package dev.perdure.core

import dev.perdure.core.definition.ApprovalAnswer
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.BranchResult
import dev.perdure.core.definition.ReceivedSignal
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.insight.ContextAt
import dev.perdure.core.insight.Fork
import dev.perdure.core.insight.RunDiff
import dev.perdure.core.journal.Change
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.Context
import dev.perdure.core.journal.DefinitionRecord
import dev.perdure.core.journal.Entry
import dev.perdure.core.journal.Payload
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.journal.StoredSignal
import dev.perdure.core.journal.WaitRecord
import dev.perdure.core.machine.BodyOutcome
import dev.perdure.core.machine.Event
import dev.perdure.core.spi.StoreRecords
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.string.shouldNotContain
import java.time.Instant

private const val MARKER = "s3cr3t-marker"

/** Whoever logs one of these logs no payload. */
class ToStringSpec :
    FunSpec({
        val at = Instant.ofEpochMilli(1)
        val path = Path.parse("pay")
        val text = "\"$MARKER\""
        val payload = Payload(text)
        val failure = Failure.of(IllegalStateException(MARKER, IllegalArgumentException(MARKER)))
        val plain = mapOf<String, Any?>("key" to MARKER)
        val changes = Changes(mapOf("key" to Change.Put(MARKER), "list" to Change.Append(listOf(MARKER))))
        val run = StoreRecords.run("r", input = text).recoded { _, _ -> text }
        val row = StoreRecords.fullRow(1).recoded { _, _ -> text }
        val update = RunUpdate(RunStatus.FAILED, text, text, text, 1, 2, 3L, null)
        val signal = StoreRecords.signal(payload = text)
        val schedule = ScheduleRecord("s", "w", "{}", text, 1L, null, 1, 1)

        listOf<Any>(
            payload,
            failure,
            changes,
            Context.of(plain),
            run,
            row,
            update,
            signal,
            StoredSignal.waiting(signal),
            WaitRecord("r", row),
            schedule,
            DefinitionRecord("d", 1, text, 1),
            Write.StartRun(run, listOf(row)),
            Write.ImportRun(run, listOf(row), listOf(StoredSignal.waiting(signal))),
            Write.Append("r", listOf(row), listOf(), listOf(), update, null),
            Write.Signal("r", signal, 1),
            Write.SaveSchedule(schedule),
            Write.MoveSchedule(schedule, 1),
            Write.SaveDefinition(DefinitionRecord("d", 1, text, 1)),
            WriteResult.exists(run),
            Entry.StepCompleted(path, 1, payload, changes, at, at),
            Entry.StepFailed(path, 1, StepStatus.FAILED, failure, null, at, at),
            Entry.WaitStarted(path, null, plain, at),
            Entry.WaitCompleted(path, payload, listOf(1), false, at, at),
            Entry.Warned(path, MARKER, at),
            Entry.CancelRequested(MARKER, failure, at),
            Entry.RunPaused(MARKER, at),
            Entry.CompensationStarted(RunStatus.FAILED, failure, at),
            Entry.RunEnded(RunStatus.FAILED, payload, failure, at),
            EngineEvent.StepFailed("r", path, 1, StepStatus.FAILED, failure, null, at),
            EngineEvent.Warned("r", path, MARKER, at),
            EngineEvent.RunPaused("r", MARKER, at),
            EngineEvent.CancelRequested("r", MARKER, at),
            EngineEvent.CompensationStarted("r", failure, at),
            EngineEvent.RunEnded("r", "w", RunStatus.FAILED, failure, at),
            Event.PauseAsked(MARKER, at),
            Event.CancelAsked(MARKER, at),
            Event.SignalArrived(1, "paid", payload, at),
            BodyOutcome.Completed(payload, changes, listOf(MARKER)),
            BodyOutcome.Failed(failure, true),
            BranchResult("b", 0, changes, failure),
            ApprovalRequest(MARKER, plain),
            ApprovalAnswer("yes", MARKER, MARKER, at),
            ReceivedSignal("paid", MARKER),
            Fork.from("pay").output("a", MARKER).context("key", MARKER),
            ContextAt(path, plain, plain),
            RunDiff(listOf(RunDiff.Difference("pay", RunDiff.Aspect.OUTPUT, text, text))),
        ).forEach { shown ->
            val type = shown.javaClass.name.substringAfterLast('.')
            test("toString of $type shows no value") { shown.toString() shouldNotContain MARKER }
        }
    })
