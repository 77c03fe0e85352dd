package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import org.jetbrains.lincheck.datastructures.IntGen
import org.jetbrains.lincheck.datastructures.Operation
import org.jetbrains.lincheck.datastructures.Param

/**
 * Who has a place, who is on the way to one and who waits: each run has one at most, and is loaded by one thread only, however
 * many ask for it. Futures are told as whether there is one.
 */
@Param(name = "run", gen = IntGen::class, conf = "0:2")
class SharedPlaces {
    private val table = RunTable(2)

    private fun id(run: Int) = Drivers.IDS[run]

    @Operation
    fun place(
        @Param(name = "run") run: Int,
    ): Boolean = table.place(id(run)).join()

    @Operation
    fun enqueue(
        @Param(name = "run") run: Int,
    ) = table.enqueueClaimed(listOf(id(run)))

    @Operation
    fun admit(): List<String> = table.admit()

    @Operation
    fun arrive(
        @Param(name = "run") run: Int,
    ): Boolean = table.arrived(id(run), Drivers.all[run]) != null

    @Operation
    fun giveUp(
        @Param(name = "run") run: Int,
    ): Boolean = table.arrived(id(run), null) != null

    @Operation
    fun leave(
        @Param(name = "run") run: Int,
    ) = table.leave(Drivers.all[run])

    @Operation
    fun load(
        @Param(name = "run") run: Int,
    ): Boolean = table.fetch(id(run), true).isToLoad

    @Operation
    fun retry(
        @Param(name = "run") run: Int,
    ): Boolean = table.placeRetried(id(run))

    @Operation
    fun room(): Int = table.room()

    @Operation(runOnce = true)
    fun shut(): Int = table.shut(WHY).size

    private companion object {
        val WHY = PerdureException(ErrorCode.ENGINE_CLOSED, "closed")
    }
}
