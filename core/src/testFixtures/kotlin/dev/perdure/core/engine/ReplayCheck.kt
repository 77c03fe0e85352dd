package dev.perdure.core.engine

import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.RunRecord

/** Rebuilds runs that have ended from their records alone. */
object ReplayCheck {
    /**
     * Resumes a run that has ended, once with its snapshot of the context and once from its journal's first row.
     *
     * @throws IllegalStateException when a body would run, something would be recorded, or the result is another one
     */
    fun requireSame(
        workflow: Workflow<*, *>,
        end: Image,
    ) {
        val expected = end.record.end()
        for (image in listOf(end, Image(end.record.withoutSnapshot(), end.rows))) {
            val replay = Replay.of(image.record, workflow, image.rows)
            val recovered = replay.machine().recover(image.newest())
            check(recovered.actions().isEmpty() && recovered.entries().isEmpty()) {
                "a run that has ended goes on when it is replayed: ${recovered.actions()} ${recovered.entries()}"
            }
            check(replay.machine().end()?.status() == expected.status) {
                "a replay ends ${replay.machine().end()}, expected ${expected.status}"
            }
            val context = replay.machine().context().toMap()
            check(context == expected.context) {
                "a replay leads to the context $context, expected ${expected.context}"
            }
        }
    }

    private fun RunRecord.withoutSnapshot() =
        RunRecord(
            id(),
            generation(),
            workflow(),
            version(),
            fingerprint(),
            status(),
            input(),
            output(),
            error(),
            null,
            0,
            createdAt(),
            updatedAt(),
            finishedAt(),
            deadlineAt(),
            parent(),
            wakeAt(),
        )
}
