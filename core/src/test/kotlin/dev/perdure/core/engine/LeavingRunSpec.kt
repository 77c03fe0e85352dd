package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

class LeavingRunSpec :
    FunSpec({
        test("what is asked of a run that is just leaving memory reaches it, in whichever moment") {
            val subject = Subject({ MemoryStore().let { store -> Stores { store } } }, JavaAuthoring, true)
            val workflow = subject.flow { awaitSignal("never") }
            repeat(300) {
                val told = Suspensions()
                subject.engine(subject.newStores(), workflow) { listener(told) }.use { engine ->
                    val run = engine.start("case", "r", null)
                    told.await()
                    run.cancel("enough").get() shouldBe true
                }
            }
        }
    })
