package dev.perdure.samples.cli

import dev.perdure.core.Json
import dev.perdure.core.Plain
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.journal.RunRecord
import java.io.PrintStream
import java.time.Duration

/** A JSON object a line, for machines: what happens, and in the end one with `"event":"result"`. */
internal class JsonReporter(private val out: PrintStream) : Reporter {
    override fun begin(
        runId: String,
        count: StepCount,
    ): Unit = Unit

    @Synchronized
    override fun onEvent(event: EngineEvent) {
        val fields = fields(event) ?: return
        out.println(line(listOf("event" to nameOf(event), "run" to event.runId()) + fields + ("at" to "${event.at()}")))
    }

    override fun end(run: RunRecord) {
        val failure = run.failure()
        out.println(
            line(
                listOf(
                    "event" to "result",
                    "run" to run.id(),
                    "status" to run.status().name,
                    "output" to run.output()?.let { Json.read(it) },
                    "error" to
                        failure?.let { mapOf("code" to it.code(), "type" to it.type(), "message" to it.message()) },
                ),
            ),
        )
    }

    private fun fields(event: EngineEvent): List<Pair<String, Any?>>? =
        when (event) {
            is EngineEvent.RunStarted -> {
                listOf("workflow" to event.workflow())
            }

            is EngineEvent.RunResumed -> {
                listOf("workflow" to event.workflow(), "recorded" to event.recorded())
            }

            is EngineEvent.RunSuspended -> {
                listOf("wake" to event.wake()?.toString())
            }

            is EngineEvent.StepStarted -> {
                attempt(event.path(), event.attempt())
            }

            is EngineEvent.StepCompleted -> {
                attempt(event.path(), event.attempt()) + ("ms" to millis(event))
            }

            is EngineEvent.StepFailed -> {
                failed(event)
            }

            is EngineEvent.StepInterrupted -> {
                attempt(event.path(), event.attempt())
            }

            is EngineEvent.StepCancelled -> {
                listOf("path" to "${event.path()}")
            }

            is EngineEvent.BlockStarted -> {
                listOf("path" to "${event.path()}", "branches" to event.branches())
            }

            is EngineEvent.BlockEnded -> {
                listOf(
                    "path" to "${event.path()}",
                    "kind" to event.kind(),
                    "status" to event.status().name,
                )
            }

            is EngineEvent.Warned -> {
                listOf("path" to "${event.path()}", "message" to event.message())
            }

            is EngineEvent.WaitStarted -> {
                listOf("path" to "${event.path()}", "due" to event.due()?.toString())
            }

            is EngineEvent.WaitCompleted -> {
                listOf("path" to "${event.path()}", "timed_out" to event.isTimedOut)
            }

            is EngineEvent.CancelRequested -> {
                listOf("reason" to event.reason())
            }

            is EngineEvent.RunRetried -> {
                emptyList()
            }

            is EngineEvent.RunEnded -> {
                listOf("status" to event.status().name)
            }

            is EngineEvent.StoreUnavailable -> {
                listOf("reason" to event.reason())
            }

            is EngineEvent.StoreRecovered -> {
                emptyList()
            }

            else -> {
                null
            }
        }

    private fun failed(event: EngineEvent.StepFailed) =
        attempt(event.path(), event.attempt()) +
            listOf(
                "status" to event.status().name,
                "message" to event.failure().message(),
                "retry_at" to event.retryAt()?.toString(),
            )

    private fun attempt(
        path: dev.perdure.core.Path,
        number: Int,
    ) = listOf("path" to "$path", "attempt" to number)

    private fun millis(event: EngineEvent.StepCompleted) = Duration.between(event.startedAt(), event.at()).toMillis()

    internal companion object {
        private val WORD_BEGIN = Regex("(?<=[a-z])(?=[A-Z])")

        /** StepCompleted is step_completed. */
        fun nameOf(event: EngineEvent): String =
            event.javaClass.simpleName
                .replace(WORD_BEGIN, "_")
                .lowercase()

        /** One line of JSON, without what is null but for an output. */
        fun line(fields: List<Pair<String, Any?>>): String =
            Json.write(Plain.of(fields.filter { (name, value) -> value != null || name == "output" }.toMap()))
    }
}
