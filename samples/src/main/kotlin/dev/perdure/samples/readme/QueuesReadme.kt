package dev.perdure.samples.readme

import dev.perdure.dsl.await
import dev.perdure.dsl.engine
import dev.perdure.dsl.inQueue
import dev.perdure.dsl.queue
import dev.perdure.dsl.start
import dev.perdure.dsl.startingAfter
import dev.perdure.dsl.workflow
import dev.perdure.storage.SqliteStore
import java.nio.file.Path
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

// region readme-queues
val send = workflow<String, String>("send") { step("deliver") { "mail to $input" } }

suspend fun sendTwo(file: Path): List<String> =
    SqliteStore.open(file).engine(send) { queue("emails", concurrency = 4, starts = 100, per = 1.minutes) }.use {
        val now = it.start(send, "Ada", id = "mail-1", options = inQueue("emails", priority = 5))
        val later = it.start(send, "Grace", id = "mail-2", options = inQueue("emails").startingAfter(1.seconds))
        listOf(now.await(), later.await())
    }
// endregion
