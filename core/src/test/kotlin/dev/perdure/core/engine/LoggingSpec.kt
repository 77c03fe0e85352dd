package dev.perdure.core.engine

import ch.qos.logback.classic.Level
import ch.qos.logback.classic.Logger
import ch.qos.logback.classic.spi.ILoggingEvent
import ch.qos.logback.core.AppenderBase
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import org.slf4j.LoggerFactory
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CyclicBarrier
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
