package dev.perdure.samples.fleet

import dev.perdure.dsl.engine
import java.util.concurrent.CountDownLatch

/** One process that works: `url name`. Asked to end (SIGTERM), it hands its runs over at once. */
fun main(args: Array<String>) {
    val (url, name) = args
    val engine = store(url).engine(shipping(name)) { maxActiveRuns(PLACES) }
    val closed = CountDownLatch(1)
    Runtime.getRuntime().addShutdownHook(
        Thread {
            engine.close()
            closed.countDown()
        },
    )
    closed.await()
}

private const val PLACES = 16
