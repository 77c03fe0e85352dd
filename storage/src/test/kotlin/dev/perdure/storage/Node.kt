package dev.perdure.storage

import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineBuilder
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.engine
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/** One of several engines on one schema, with all that it tells. */
internal class Node(
    store: PostgresStore,
    vararg workflows: Workflow<*, *>,
    configure: EngineBuilder.() -> Unit = {},
) : AutoCloseable,
    EngineListener {
    private val events = ConcurrentLinkedQueue<EngineEvent>()
    private val lock = ReentrantLock()
    private val heard = lock.newCondition()
    val engine: Engine =
        store.engine(*workflows) {
            pollInterval(Duration.ofMillis(20))
            listener(this@Node)
            configure()
        }

    /** The schema that it was opened on, where it was by that. */
    lateinit var schema: String
        private set

    constructor(schema: String, vararg workflows: Workflow<*, *>, configure: EngineBuilder.() -> Unit = {}) :
        this(PostgresServer.open(schema), *workflows, configure = configure) {
        this.schema = schema
    }

    override fun onEvent(event: EngineEvent): Unit =
        lock.withLock {
            events += event
            heard.signalAll()
        }

    fun told(event: (EngineEvent) -> Boolean): List<EngineEvent> = events.filter(event)

    /** Waits until so many such events were told. */
    fun hears(
        count: Int = 1,
        event: (EngineEvent) -> Boolean,
    ) {
        var left = SECONDS.toNanos(20)
        lock.withLock {
            while (told(event).size < count) {
                check(left > 0) { "of $count such events, ${told(event).size} came; there were ${events.toList()}" }
                left = heard.awaitNanos(left)
            }
        }
    }

    override fun close(): Unit = engine.close()
}

/** Shows [use] nodes on one schema, and closes them. */
internal fun <T> fleet(
    vararg nodes: (String) -> Node,
    use: (List<Node>) -> T,
): T {
    val schema = PostgresServer.newSchema()
    val opened = nodes.map { it(schema) }
    return try {
        use(opened)
    } finally {
        opened.forEach { it.close() }
    }
}
