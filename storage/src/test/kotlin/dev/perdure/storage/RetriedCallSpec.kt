package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.does
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.passed
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicBoolean

/** A parent hears from the store that its child has ended, maybe before the child's own engine has dealt with that. */
class RetriedCallSpec :
    FunSpec({
        test("a retried call is not ended by the end that its child was retried from, however late that is told") {
            val n = Ledger()
            val child = flow("child") { does("work") { if (n.ran("work") == 1) error("not yet") } }
            val parent = flow("parent") { call("call", "child", 0, String::class.java) { "x" } }
            val isRetried = CountDownLatch(1)
            val isFirst = AtomicBoolean(true)
            val late =
                EngineListener { event ->
                    val isEnd = event is EngineEvent.RunEnded && event.runId() == "p/call"
                    if (isEnd && isFirst.getAndSet(false)) isRetried.passed()
                }
            Node(PostgresServer.newSchema(), parent, child) { listener(late) }.use { node ->
                val run = node.engine.start("parent", "p", null)
                run.ended().status() shouldBe RunStatus.FAILED
                val retried = run.retry()
                node.hears { it is EngineEvent.RunRetried && it.runId() == "p" }
                isRetried.countDown()
                retried.get(10, SECONDS)
                run.endsCompleted()
                n["work"] shouldBe 2
            }
        }
    })
