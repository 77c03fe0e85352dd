package dev.perdure.storage

import java.time.Duration

/**
 * How a [PostgresStore] uses its database. Immutable.
 *
 * ```kotlin
 * PostgresStore.open(url, options = PostgresOptions(user = "app", password = secret, lease = Duration.ofSeconds(30)))
 * ```
 *
 * @property lease how long an engine keeps its runs after its last sign of life, from 1 s to an hour; it gives one three
 * times as often. Others take its runs over once the lease has run out, by the database's clock. Half of it is how long a
 * transaction of this store may stand still before the server ends it
 * @property lockTimeout how long a statement waits for a lock that another one holds
 * @property user the role to connect as; null where the URL or the environment says. Only for a store opened by its URL,
 * like all that follows
 * @param password the role's password; never shown
 * @property poolSize the most connections that are open at once
 * @property connectTimeout how long a call waits for a connection, while the server is out of reach or all are in use
 * @property replyTimeout how long a call waits for the server's next word before the connection counts as lost; longer than
 * [lockTimeout]
 * @property listenNotify whether the stores on the schema tell each other by NOTIFY that there is something to look for, so that it is
 * seen within some ten milliseconds and not with the next look; also for a store on a `DataSource`, unless that gives a connection to a
 * transaction. Costs a connection more, which listens
 */
public class PostgresOptions
    @JvmOverloads
    constructor(
        public val lease: Duration = Duration.ofSeconds(15),
        public val lockTimeout: Duration = Duration.ofSeconds(5),
        public val user: String? = null,
        internal val password: String? = null,
        public val poolSize: Int = 10,
        public val connectTimeout: Duration = Duration.ofSeconds(5),
        public val replyTimeout: Duration = Duration.ofSeconds(20),
        public val listenNotify: Boolean = false,
    ) {
        init {
            requireBetween("lease", lease, Duration.ofSeconds(1), Duration.ofHours(1))
            requireBetween("lockTimeout", lockTimeout, Duration.ofMillis(10), Duration.ofMinutes(10))
            requireBetween("connectTimeout", connectTimeout, Duration.ofSeconds(1), Duration.ofMinutes(10))
            requireBetween("replyTimeout", replyTimeout, lockTimeout, Duration.ofHours(1))
            require(poolSize in 2..MOST_CONNECTIONS) {
                "poolSize is $poolSize; give it a value from 2, for a commit beside a sign of life, to $MOST_CONNECTIONS"
            }
        }

        /** How long a transaction may stand still: less than the lease, so that nobody's frozen one holds up a takeover. */
        internal val stall: Duration get() = lease.dividedBy(2)

        private fun requireBetween(
            name: String,
            value: Duration,
            least: Duration,
            most: Duration,
        ) {
            require(value in least..most) { "$name is $value; give it a value from $least to $most" }
        }

        override fun toString(): String =
            "PostgresOptions[lease=$lease, lockTimeout=$lockTimeout, user=$user, poolSize=$poolSize, " +
                "connectTimeout=$connectTimeout, replyTimeout=$replyTimeout, listenNotify=$listenNotify]"

        private companion object {
            const val MOST_CONNECTIONS = 1_000
        }
    }
