package dev.perdure.core

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.util.concurrent.atomic.AtomicInteger

class JavaCallerSpec :
    FunSpec({
        test("the Java API runs a workflow of records, branches and a join, and a second call attaches to it") {
            val store = MemoryStore()
            val calls = AtomicInteger()
            JavaCaller.runOn(store, calls) shouldBe "lamp 2 42"
            JavaCaller.runOn(store, calls) shouldBe "lamp 2 42"
            calls.get() shouldBe 1
        }
    })
