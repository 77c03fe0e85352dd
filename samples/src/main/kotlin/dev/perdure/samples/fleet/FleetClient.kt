package dev.perdure.samples.fleet

import dev.perdure.dsl.client
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** A process that runs no engine: `url orders`. It starts a run for each order, and ends when all of these have ended. */
fun main(args: Array<String>) {
    val (url, orders) = args
    store(url).client().use { client ->
        runBlocking(Dispatchers.Default) {
            repeat(orders.toInt()) { number ->
                val order = "order-%05d".format(number)
                launch { client.start(shipping("client"), order, id = order).join() }
            }
        }
    }
}
