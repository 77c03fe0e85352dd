package dev.perdure.samples.benchmarks

import dev.perdure.core.engine.EngineEvent
import dev.perdure.dsl.engine
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.runBlocking
import java.nio.file.Path

/** B9's program: says when its first step is recorded. */
fun main(args: Array<String>) {
    val workflow = sequence(1)
    val sayWhenRecorded = { event: EngineEvent -> if (event is EngineEvent.StepCompleted) println(Startup.RECORDED) }
    SqliteStore.open(Path.of(args.single())).engine(workflow) { listener(sayWhenRecorded) }.use { engine ->
        runBlocking { engine.start(workflow, INPUT).join() }
    }
}
