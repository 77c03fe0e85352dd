package dev.perdure.storage

import dev.perdure.core.Path
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.Run
import dev.perdure.core.engine.Suspensions
import dev.perdure.core.engine.ended
import dev.perdure.dsl.CompleteAll
import dev.perdure.dsl.every
import dev.perdure.dsl.fixed
import dev.perdure.dsl.schedule
import dev.perdure.dsl.workflow
import kotlinx.coroutines.runBlocking
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds

/** What must be seen nowhere. */
internal const val SECRET = "s3cr3t-marker"

/** Workflows that have [SECRET] in everything that may be one: values, messages of failures, what is sent to runs. */
internal class Secrets {
    private val tokens = ConcurrentLinkedQueue<String>()
    private val told = Suspensions()

    val child = workflow<String, String>("child") { step("echo") { "$input and $SECRET" } }

    val everything =
        workflow<String, String>("everything") {
            val booked =
                step("booked") {
                    put("seen", input)
                    "booked by $input"
                } compensate { error("cannot undo what $it was") }
            parallel("both", onError = CompleteAll) {
                step("left") {
                    put("left", SECRET)
                    append("list", SECRET)
                }
                step<Unit>("fails", retry = fixed(2, 1.milliseconds)) {
                    throw IllegalStateException("cannot pay $SECRET", IllegalArgumentException("no card $SECRET"))
                }
            }
            forEach("items", items = { listOf("$SECRET-1", "$SECRET-2") }) { item -> step("item") { item() } }
            call("child", child) { SECRET }
            awaitSignal<String>("paid")
            approval("sign", choices = listOf("yes")) { ApprovalRequest("Pay $SECRET?", mapOf("card" to SECRET)) }
            callback<String>("back") { token -> tokens.add(token) }
            step<String>("end") { error("${booked()} ends with $SECRET") }
        }

    /** Opens an engine with [open], which is to register both, and has one run of everything come to its end. */
    fun runAll(engine: Engine): Run {
        engine.listen(told).use {
            runBlocking { engine.schedule("later", child, SECRET, every(1.days)) }
            val run = engine.start("everything", "r", SECRET)
            told.await("paid")
            run.pause("because of $SECRET").get(10, TimeUnit.SECONDS)
            run.resume().get(10, TimeUnit.SECONDS)
            run.signal("unread", SECRET).get(10, TimeUnit.SECONDS)
            run.signal("paid", SECRET).get(10, TimeUnit.SECONDS)
            told.await("sign")
            engine.answer("r", Path.parse("sign"), "yes", "Ada", SECRET).get(10, TimeUnit.SECONDS)
            told.await("back")
            engine.complete(tokens.single(), SECRET).get(10, TimeUnit.SECONDS)
            run.ended()
            return run
        }
    }
}
