package dev.perdure.core.engine

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import java.util.concurrent.Executor
import java.util.concurrent.RejectedExecutionException

class LoadQueueSpec :
    FunSpec({
        test("an error in taking some runs up keeps no other run waiting") {
            val tasks = ArrayDeque<Runnable>()
            val loaded = mutableListOf<String>()
            val queue =
                LoadQueue(tasks::addLast, { runs ->
                    if ("broken" in runs) throw OutOfMemoryError("no room for a journal")
                    loaded += runs
                }, { error("nothing is rejected") })
            repeat(Runtime.getRuntime().availableProcessors() + 2) {
                queue.add(listOf("broken"))
                shouldThrow<OutOfMemoryError> { while (true) tasks.removeFirst().run() }
            }
            queue.add(listOf("a", "b"))
            while (tasks.isNotEmpty()) tasks.removeFirst().run()
            loaded shouldContainExactly listOf("a", "b")
        }

        test("runs that a closing pool does not take are given back") {
            val rejected = mutableListOf<String>()
            val closing = Executor { throw RejectedExecutionException("closing") }
            LoadQueue(closing, { error("nothing is loaded") }, rejected::add).add(listOf("a", "b"))
            rejected shouldContainExactly listOf("a", "b")
        }
    })
