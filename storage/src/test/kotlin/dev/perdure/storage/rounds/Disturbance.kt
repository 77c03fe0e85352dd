package dev.perdure.storage.rounds

import dev.perdure.storage.LossyProxy.Loss
import java.time.Duration
import kotlin.random.Random

/** What is done to a worker. */
internal enum class Disturbance {
    KILL,
    STOP,
    PAUSE,
    LONG_PAUSE,
    PAUSE_IN_BODY,
    PAUSE_BEFORE_COMMIT,
    TERMINATE_SOME,
    TERMINATE_ALL,
    LOSE_REPLY,
    LOSE_REQUEST,
    LOSE_SERVER,
    FREEZE,
    LONG_FREEZE,
    ;

    companion object {
        /** So many, in an order of chance, and each kind once before any comes again. */
        fun draw(
            random: Random,
            count: Int,
        ): List<Disturbance> = generateSequence { entries.shuffled(random) }.flatten().take(count).toList()
    }
}

/**
 * Does it. What takes longer than a lease lasts until others have taken over.
 *
 * @param replace starts another process in the place of one that is gone
 */
internal class Chaos(
    private val database: RoundDatabase,
    private val random: Random,
    private val replace: (Worker) -> Unit,
) {
    /** How many workers were stopped inside of a transaction. */
    var held = 0
        private set

    /** Returns how long a takeover took, where there was one. */
    fun disturb(
        victim: Worker,
        how: Disturbance,
    ): Duration? =
        when (how) {
            Disturbance.KILL -> kill(victim)
            Disturbance.STOP -> stop(victim)
            Disturbance.PAUSE -> shortly(victim::pause, victim::goOn)
            Disturbance.LONG_PAUSE -> untilTaken(victim, victim::pause, victim::goOn)
            Disturbance.PAUSE_IN_BODY -> pauseAt(Place.BODY, victim)
            Disturbance.PAUSE_BEFORE_COMMIT -> pauseAt(Place.BEFORE_COMMIT, victim)
            Disturbance.TERMINATE_SOME -> terminate(victim, random.nextInt(1, 4))
            Disturbance.TERMINATE_ALL -> terminate(victim, Int.MAX_VALUE)
            Disturbance.LOSE_REPLY -> lose(victim, Loss.REPLY)
            Disturbance.LOSE_REQUEST -> lose(victim, Loss.REQUEST)
            Disturbance.LOSE_SERVER -> loseServer(victim)
            Disturbance.FREEZE -> shortly(victim.proxy::freeze, victim.proxy::thaw)
            Disturbance.LONG_FREEZE -> untilTaken(victim, victim.proxy::freeze, victim.proxy::thaw)
        }

    private fun kill(victim: Worker): Duration? {
        victim.kill()
        val takeover = Takeover(database, victim)
        replace(victim)
        return takeover.await()
    }

    private fun stop(victim: Worker): Duration? {
        victim.stop()
        replace(victim)
        return null
    }

    private fun shortly(
        begin: () -> Unit,
        end: () -> Unit,
    ): Duration? {
        begin()
        database.pass(Duration.ofMillis(random.nextLong(100, RoundWorker.LEASE.toMillis() * 2 / 3)))
        end()
        return null
    }

    private fun untilTaken(
        victim: Worker,
        begin: () -> Unit,
        end: () -> Unit,
    ): Duration? {
        begin()
        try {
            return Takeover(database, victim).await()
        } finally {
            end()
        }
    }

    /** Its session keeps what its transaction has locked, until the server ends it. */
    private fun pauseAt(
        place: Place,
        victim: Worker,
    ): Duration? {
        victim.hold(place)
        try {
            if (victim.isHolding()) held++
            return untilTaken(victim, victim::pause, victim::goOn)
        } finally {
            victim.letGo()
        }
    }

    private fun terminate(
        victim: Worker,
        most: Int,
    ): Duration? {
        database.column(
            "SELECT pg_terminate_backend(pid) FROM " +
                "(SELECT pid FROM pg_stat_activity WHERE application_name = '${victim.name}' LIMIT $most) AS sessions",
        )
        return null
    }

    private fun lose(
        victim: Worker,
        what: Loss,
    ): Duration? {
        victim.proxy.loseNext(what)
        victim.proxy.awaitLoss()
        return null
    }

    private fun loseServer(victim: Worker): Duration? {
        lose(victim, Loss.REPLY_AND_ALL_AFTER)
        database.pass(Duration.ofMillis(random.nextLong(100, RoundWorker.LEASE.toMillis() * 2)))
        victim.proxy.recover()
        return null
    }
}
