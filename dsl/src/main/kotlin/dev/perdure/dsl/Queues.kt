package dev.perdure.dsl

import dev.perdure.core.PerdureException
import dev.perdure.core.engine.EngineBuilder
import dev.perdure.core.engine.QueueLimits
import dev.perdure.core.engine.StartOptions
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Has the engine serve a queue, within limits that count over all engines on the store.
 *
 * ```
 * PostgresStore.open(url).engine(send) { queue("emails", concurrency = 4, starts = 100, per = 1.minutes) }
 * ```
 *
 * @param concurrency how many of its runs may be under way at once; null for any number
 * @param starts how many of its runs may begin within any period of [per]; both are null for any number
 * @throws PerdureException INVALID_NAME
 * @throws IllegalArgumentException for a limit that is no positive number, or for one of [starts] and [per] without the other
 * @see EngineBuilder.queue
 */
public fun EngineBuilder.queue(
    name: String,
    concurrency: Int? = null,
    starts: Int? = null,
    per: Duration? = null,
): EngineBuilder = queue(name, QueueLimits(concurrency, starts, per?.toJavaDuration()))

/**
 * Starts a run in a queue: it waits its turn there.
 *
 * ```
 * engine.start(send, mail, id = "mail-17", options = inQueue("emails", priority = 5, key = "customer-3"))
 * ```
 *
 * @param priority of the runs that wait, the one with the greatest begins first
 * @param key while a run with this key in the queue has not ended, a start attaches to it; null for none
 * @throws PerdureException INVALID_NAME
 * @see StartOptions
 */
public fun inQueue(
    name: String,
    priority: Int = 0,
    key: String? = null,
): StartOptions = StartOptions.inQueue(name).priority(priority).let { if (key == null) it else it.key(key) }

/** The run does not begin before so much time has passed; `StartOptions.DEFAULT.startingAfter(10.minutes)`. */
public fun StartOptions.startingAfter(delay: Duration): StartOptions = startingAfter(delay.toJavaDuration())
