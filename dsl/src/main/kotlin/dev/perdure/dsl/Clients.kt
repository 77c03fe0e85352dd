package dev.perdure.dsl

import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Client
import dev.perdure.core.engine.ClientRun
import dev.perdure.core.engine.StartOptions
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Store
import kotlinx.coroutines.future.await
import java.util.UUID

/**
 * A client of the engines on this store, which it owns from now on: closing the client closes the store. For processes that
 * start and watch runs, and run none.
 *
 * ```
 * PostgresStore.open(url).client().use { client -> client.start(onboarding, NewUser("Ada"), id = "user-42").join() }
 * ```
 */
public fun Store.client(): Client = Client.on(this)

/**
 * Starts a run of a workflow whose definition is at hand, and returns once that is durable; an engine with its version takes it
 * up. Cancelling the coroutine does not undo the start.
 *
 * Name the id: three arguments without a name mean Java's `start(workflow, runId, input)`, with the id in second place.
 *
 * @param id the run's idempotency key; a random one unless given, which no later call can attach to
 * @param options in which queue, when, before which others: [inQueue], [StartOptions.DEFAULT]
 * @throws PerdureException NOT_ENCODABLE, RUN_CONFLICT, STORE_UNAVAILABLE; see [Client.start]
 */
public suspend fun <I> Client.start(
    workflow: Workflow<I, *>,
    input: I,
    id: String = UUID.randomUUID().toString(),
    options: StartOptions = StartOptions.DEFAULT,
): ClientRun = startAsync(workflow, id, input, options).copy().await()

/**
 * Waits until the run has ended or stopped, however it did, and returns its row. Cancelling the coroutine ends the waiting, not
 * the run.
 *
 * @throws PerdureException ENGINE_CLOSED when this client closes first
 */
public suspend fun ClientRun.join(): RunRecord = outcome().copy().await()

/**
 * Waits for the run's end and returns its output, as [workflow] says.
 *
 * @throws dev.perdure.core.RunFailedException when the run ended FAILED or CANCELLED, or stopped
 * @throws PerdureException ENGINE_CLOSED when this client closes first
 */
public suspend fun <O> ClientRun.await(workflow: Workflow<*, O>): O = outputOf(join(), workflow)
