package dev.perdure.core

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
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

        test("a run whose payloads are encrypted, in Java") {
            val store = MemoryStore()
            JavaCaller.runEncrypted(store, ByteArray(32) { 1 }, ByteArray(16) { 2 }) shouldBe "lamp 2 42"
            store.find("order-123").get().input() shouldStartWith "perdure:aes-gcm:2026-11:"
        }
    })
