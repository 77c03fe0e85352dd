package dev.perdure.storage

import dev.perdure.core.PerdureException
import dev.perdure.core.engine.Client
import dev.perdure.core.payload.AesGcmCodec
import dev.perdure.core.spi.PayloadCodec
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.dsl.client
import dev.perdure.dsl.engine
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldNotContain
import org.slf4j.LoggerFactory
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.TimeUnit
import java.util.logging.Handler
import java.util.logging.Level
import java.util.logging.LogRecord
import java.util.logging.Logger
import java.util.logging.SimpleFormatter

/** I12: whatever is a payload stays out of logs, of `toString`, and of what the store throws. */
class NoPayloadInLogsSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        fun wholeLife(
            open: () -> Store,
            shown: MutableCollection<Any>,
        ) {
            val secrets = Secrets()
            open().engine(secrets.everything, secrets.child) { listener { shown.add(it) } }.use { engine ->
                val run = secrets.runAll(engine)
                shown.addAll(listOf(engine, run, secrets.everything, secrets.child, run.record()))
                shown.addAll(listOf(engine.find("r/child").get().diff(run), engine.schedules(), run.contextAt("both")))
                shown.add(shouldThrow<PerdureException> { engine.start("everything", "r", "$SECRET too") }.message!!)
            }
            open().use { again ->
                again.list(RunQuery.all()).forEach { record ->
                    shown.add(record)
                    shown.addAll(again.journal(record.id()))
                    shown.addAll(again.signals(record.id()))
                    shown.addAll(again.storedSignals(record.id()))
                }
                shown.addAll(again.schedules())
                shown.add(again)
            }
        }

        mapOf(
            "without a codec" to null,
            "with a codec" to AesGcmCodec.of("k1", ByteArray(32) { 1 }),
        ).forEach { (how, codec) ->
            eachPlace(
                directory,
                "a whole life of a run $how shows no payload in any line of any log at TRACE",
            ) { place ->
                val lines =
                    logged {
                        LoggerFactory.getLogger("proof").trace("what is logged at TRACE is seen here")
                        val secrets = Secrets()
                        place
                            .open()
                            .engine(secrets.everything, secrets.child) { if (codec != null) payloadCodec(codec) }
                            .use { secrets.runAll(it) }
                    }
                lines.filter { "is seen here" in it }.size shouldBe 1
                lines.filter { SECRET in it }.shouldBeEmpty()
            }
        }

        eachPlace(directory, "no toString of a public type shows a payload") { place ->
            val shown = ConcurrentLinkedQueue<Any>()
            wholeLife(place.open, shown)
            shown.size shouldBeGreaterThan 30
            shown.map { "${it.javaClass.simpleName}: $it" }.filter { SECRET in it }.shouldBeEmpty()
        }

        test("a client logs no payload, and shows none") {
            val schema = PostgresServer.newSchema()
            val secrets = Secrets()
            val lines =
                logged {
                    PostgresServer.open(schema).engine(secrets.child).use {
                        PostgresServer.open(schema).client().use { client: Client ->
                            val run = client.start("child", 1, "r", SECRET)
                            run.signal("unread", SECRET).handle { _, _ -> }.get(10, TimeUnit.SECONDS)
                            run.await() shouldBe "$SECRET and $SECRET"
                            listOf<Any>(run, client, run.record(), run.journal()).forEach {
                                it.toString() shouldNotContain SECRET
                            }
                        }
                    }
                }
            lines.shouldNotBeEmpty()
            lines.filter { SECRET in it }.shouldBeEmpty()
        }

        mapOf(
            "below FINEST, where nothing is encoded" to Pair(Level.FINER, null),
            "at FINEST, where payloads are encoded" to Pair(Level.ALL, AesGcmCodec.of("k1", ByteArray(32) { 1 })),
        ).forEach { (which, case) ->
            test("the PostgreSQL driver's own log shows no payload $which") {
                driverLines(case.first, case.second).filter { SECRET in it }.shouldBeEmpty()
            }
        }

        test("the PostgreSQL driver quotes what it sends at FINEST, which the page on security says") {
            driverLines(Level.ALL, null).filter { SECRET in it }.shouldNotBeEmpty()
        }
    })

/** What the driver logs through java.util.logging down to [level] during the whole life of a run. */
private fun driverLines(
    level: Level,
    codec: PayloadCodec?,
): List<String> {
    val lines = ConcurrentLinkedQueue<String>()
    val handler =
        object : Handler() {
            override fun publish(record: LogRecord) {
                lines += SimpleFormatter().format(record)
            }

            override fun flush() = Unit

            override fun close() = Unit
        }
    val logger = Logger.getLogger("org.postgresql")
    handler.level = level
    logger.addHandler(handler)
    logger.useParentHandlers = false
    logger.level = level
    try {
        val secrets = Secrets()
        PostgresServer
            .open(PostgresServer.newSchema())
            .engine(secrets.everything, secrets.child) { if (codec != null) payloadCodec(codec) }
            .use { secrets.runAll(it) }
    } finally {
        logger.removeHandler(handler)
        logger.useParentHandlers = true
        logger.level = null
    }
    return lines.toList()
}
