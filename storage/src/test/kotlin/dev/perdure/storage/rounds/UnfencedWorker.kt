package dev.perdure.storage.rounds

import dev.perdure.core.mutants.Edit
import dev.perdure.core.mutants.MutantLoader
import dev.perdure.storage.EverybodysRuns
import dev.perdure.storage.NoFenceAtAll
import dev.perdure.storage.PostgresLeases
import dev.perdure.storage.PostgresOwnership

/** A [RoundWorker] on a store with a defect: who was taken over from goes on recording, and nobody asks whose a run is. */
internal object UnfencedWorker {
    private val defects =
        listOf(
            Edit(PostgresLeases::class.java.name, "fence", NoFenceAtAll::class.java.name),
            Edit(PostgresLeases::class.java.name, "requireHeld", NoFenceAtAll::class.java.name),
            Edit(PostgresOwnership::class.java.name, "begin", EverybodysRuns::class.java.name),
        )

    @JvmStatic
    fun main(arguments: Array<String>) {
        val worker = MutantLoader(defects).loadClass(RoundWorker::class.java.name)
        worker.getMethod("main", Array<String>::class.java).invoke(null, arguments)
    }
}
