package dev.perdure.dsl

import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineBuilder
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.Run
import dev.perdure.core.engine.StartOptions
import dev.perdure.core.payload.EncodedStore
import dev.perdure.core.spi.PayloadCodec
import dev.perdure.core.spi.Store
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.future.await
import java.util.UUID

/**
 * Opens an engine on this store, which it owns from now on: closing the engine closes the store. It goes on with every run in
 * the store that has not ended.
 *
 * ```
 * SqliteStore.open(Path.of("app.db")).engine(onboarding(services)) { maxActiveRuns(100) }.use { engine -> … }
 * ```
 *
 * @throws dev.perdure.core.spi.StoreException STORE_IN_USE when another engine holds the store
 */
public fun Store.engine(
    vararg workflows: Workflow<*, *>,
    configure: EngineBuilder.() -> Unit = {},
): Engine =
    Engine
        .builder(this)
        .register(*workflows)
        .apply(configure)
        .open()

/**
 * This store, which it owns from now on, with its payloads in another form: encrypted, say. For whatever reads or writes a store
 * whose engine has a payload codec: clients, exports, preflights. The engine itself may have it from here too.
 *
 * ```
 * val store = PostgresStore.open(url).encodedBy(AesGcmCodec.of("2026-11", key))
 * ```
 */
public fun Store.encodedBy(codec: PayloadCodec): Store = EncodedStore.of(this, codec)

/**
 * Starts a run of the newest registered version of a workflow, and returns once that is durable. An [id] that is taken by a
 * run of the same workflow with the same input attaches to that run, whatever its status.
 *
 * Name the id: three arguments without a name mean Java's `start(workflow, runId, input)`, with the id in second place.
 * Cancelling the coroutine does not undo the start.
 *
 * ```
 * val run = engine.start("onboard_user", NewUser("Ada"), id = "user-42")
 * ```
 *
 * @param id the run's idempotency key; a random one unless given, which no later call can attach to
 * @param options in which queue, when, before which others: [inQueue], [StartOptions.DEFAULT]
 * @throws PerdureException UNKNOWN_WORKFLOW, NOT_ENCODABLE, RUN_CONFLICT, STORE_UNAVAILABLE; see [Engine.start]
 */
public suspend fun Engine.start(
    workflow: String,
    input: kotlin.Any? = null,
    id: String = UUID.randomUUID().toString(),
    options: StartOptions = StartOptions.DEFAULT,
): Run = startAsync(workflow, id, input, options).copy().await()

/** As above, with the input's type checked by the compiler; the workflow has to be registered here. */
public suspend fun <I> Engine.start(
    workflow: Workflow<I, *>,
    input: I,
    id: String = UUID.randomUUID().toString(),
    options: StartOptions = StartOptions.DEFAULT,
): Run = startAsync(workflow.name(), id, input, options).copy().await()

/**
 * What this engine does, from when the flow is collected until the collector is cancelled; closing the engine does not end
 * it. An outcome is told after it is durable.
 *
 * The engine never waits for a collector: one that falls behind by more than [capacity] events loses the oldest of them. What
 * must not be missed is in the journal.
 *
 * ```
 * engine.events().filterIsInstance<EngineEvent.StepFailed>().collect { log.warn("{} {}", it.runId(), it.path()) }
 * ```
 */
public fun Engine.events(capacity: Int = 1_024): Flow<EngineEvent> =
    callbackFlow {
        val listening = listen { event -> trySend(event) }
        awaitClose { listening.close() }
    }.buffer(capacity, BufferOverflow.DROP_OLDEST)
