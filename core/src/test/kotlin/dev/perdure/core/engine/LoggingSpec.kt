package dev.perdure.core.engine

import ch.qos.logback.classic.Level
import ch.qos.logback.classic.Logger
import ch.qos.logback.classic.spi.ILoggingEvent
import ch.qos.logback.core.AppenderBase
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import org.slf4j.LoggerFactory
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

class LoggingSpec :
    FunSpec({
        class Captured : AppenderBase<ILoggingEvent>() {
            val lines = ConcurrentLinkedQueue<Triple<String?, String?, String>>()

            override fun append(event: ILoggingEvent) {
                val mdc = event.mdcPropertyMap
                lines.add(Triple(mdc["perdure.run"], mdc["perdure.path"], event.formattedMessage))
            }
        }

        test("E78 each line that a body logs carries its run and path, isolated between steps") {
            val logger = LoggerFactory.getLogger("user.code") as Logger
            val captured = Captured().apply { start() }
            logger.addAppender(captured)
            logger.level = Level.INFO
            logger.isAdditive = false
            val barrier = CyclicBarrier(2)
            val workflow =
                flow("logs") {
                    together {
                        listOf("a", "b").forEach { name ->
                            does(name) {
                                logger.info("first")
                                barrier.await(10, TimeUnit.SECONDS)
                                logger.info("second")
                            }
                        }
                    }
                    does("end") { logger.info("last") }
                }
            MemoryStore().engine(workflow).use { it.start("logs", "r", null).endsCompleted() }
            logger.detachAppender(captured)
            captured.lines.toList() shouldContainExactlyInAnyOrder
                listOf(
                    Triple("r", "block/a", "first"),
                    Triple("r", "block/a", "second"),
                    Triple("r", "block/b", "first"),
                    Triple("r", "block/b", "second"),
                    Triple("r", "end", "last"),
                )
        }

        /** What the engine logs while [action] runs, which may wait for a line that has a text. */
        fun logged(action: (awaitLine: (String) -> Unit) -> Unit): List<String> {
            val logger = LoggerFactory.getLogger(Engine::class.java) as Logger
            val captured = Captured().apply { start() }
            val lines = LinkedBlockingQueue<String>()
            val passing =
                object : AppenderBase<ILoggingEvent>() {
                    override fun append(event: ILoggingEvent) {
                        lines += event.formattedMessage
                    }
                }.apply { start() }
            logger.addAppender(captured)
            logger.addAppender(passing)
            val level = logger.level
            logger.level = Level.INFO
            try {
                action { text ->
                    generateSequence { checkNotNull(lines.poll(10, TimeUnit.SECONDS)) { "no line has $text" } }
                        .first { text in it }
                }
            } finally {
                logger.level = level
                logger.detachAppender(captured)
                logger.detachAppender(passing)
            }
            return captured.lines.map { it.third }
        }

        test("a run in a queue that no engine has declared is told of once for each queue") {
            val waits = "which no engine on the store in memory has declared"
            val lines =
                logged { awaitLine ->
                    MemoryStore().engine(flow("work") { does("step") }) { queue("known", QueueLimits.NONE) }.use {
                        it.start("work", "r", null, StartOptions.inQueue("known")).endsCompleted()
                        (1..3).forEach { n -> it.start("work", "a$n", null, StartOptions.inQueue("first")) }
                        awaitLine("queue \"first\", $waits")
                        it.start("work", "b", null, StartOptions.inQueue("second"))
                        awaitLine("queue \"second\", $waits")
                    }
                }
            lines.count { waits in it } shouldBe 2
        }

        test("an engine that changes a queue's limits says so, and one that does not says nothing") {
            val store = MemoryStore()
            val open = { limits: QueueLimits ->
                store.engine(flow("work") { does("step") }) { queue("q", limits) }.close()
            }
            open(QueueLimits.concurrency(2))
            val lines =
                logged {
                    open(QueueLimits.concurrency(2))
                    open(QueueLimits.concurrency(2).rate(5, Duration.ofMinutes(1)))
                }
            lines.filter { "queue" in it } shouldContainExactlyInAnyOrder
                listOf(
                    "queue \"q\" now has concurrency 2 and 5 starts in 60000 ms; it had concurrency 2 and any rate",
                )
        }

        test("an engine that closes names the runs whose bodies go on, ten of them at most") {
            val begun = CountDownLatch(12)
            val gate = CountDownLatch(1)
            val stubborn =
                flow("stubborn") {
                    does("step") {
                        begun.countDown()
                        gate.passedUninterruptibly()
                    }
                }
            val engine = MemoryStore().engine(stubborn) { cancellationGrace(Duration.ofMillis(1)) }
            ('a'..'l').forEach { engine.start("stubborn", "$it", null) }
            begun.passed()
            val lines = logged { engine.close() }
            gate.countDown()
            lines.filter { "abandoned" in it } shouldContainExactly
                listOf(
                    "these runs did not stop within PT0.001S of the engine's close and are abandoned, since a body " +
                        "goes on or the store does not answer; what is recorded of them stays: " +
                        "a, b, c, d, e, f, g, h, i, j and 2 more",
                )
        }

        test("no line that the engine logs shows a value") {
            val root = LoggerFactory.getLogger("dev.perdure") as Logger
            val captured = Captured().apply { start() }
            root.addAppender(captured)
            val level = root.level
            root.level = Level.TRACE
            val workflow =
                flow("quiet") {
                    does("s") { s ->
                        s.put("key", "MARKER")
                        error("MARKER")
                    }
                }
            MemoryStore().engine(workflow).use { it.start("quiet", "r", "MARKER").ended() }
            root.detachAppender(captured)
            root.level = level
            captured.lines.filter { "MARKER" in it.third }.size shouldBe 0
        }
    })
