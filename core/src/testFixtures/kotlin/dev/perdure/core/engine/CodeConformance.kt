package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ParallelPolicy.OnError
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicBoolean

/** What workflow code does, as every language, store and mode has to: J01 to J40. */
fun codeConformance(subject: CodeSubject) =
    funSpec {
        test(
            "${subject}J01 J02 steps feed each other, and a run that is started again gives the same without running",
        ) {
            val n = Ledger()
            val code: suspend Code.() -> Any? = {
                val first = step("step1") { "Hello".also { n.ran("step1") } }
                step("step2") { "$first World".also { n.ran("step2") } }
            }
            val stores = subject.newStores()
            subject.run(stores, code) { it.output() shouldBe "Hello World" }
            subject.run(stores, code) {
                it.output() shouldBe "Hello World"
                it.statuses("step1") shouldContainExactly listOf(StepStatus.COMPLETED)
            }
            listOf(n["step1"], n["step2"]) shouldContainExactly listOf(1, 1)
        }

        test("${subject}J03 a failed run goes on with the mended code, and what was recorded is not run again") {
            val n = Ledger()
            val stores = subject.newStores()

            fun code(isMended: Boolean): suspend Code.() -> Any? =
                {
                    step("s1") { n.ran("s1") }
                    step("s2") { n.ran("s2") }
                    step("s3") {
                        n.ran("s3")
                        check(isMended) { "Simulated failure" }
                    }
                    if (isMended) step("s4") { n.ran("s4") }
                    "Success"
                }
            subject.run(stores, code(false)) {
                it.ended().status() shouldBe RunStatus.FAILED
                it.record().failure().message() shouldContain "Simulated failure"
                it
                    .record()
                    .failure()
                    .path()
                    .toString() shouldBe "s3"
            }
            subject.resume(stores, code(true)) { run ->
                run.retry().get()
                run.output() shouldBe "Success"
                run.statuses("s3") shouldContainExactly listOf(StepStatus.FAILED, StepStatus.COMPLETED)
            }
            listOf("s1", "s2", "s3", "s4").map { n[it] } shouldContainExactly listOf(1, 1, 2, 1)
        }

        test("${subject}J05 repeated names are told apart by their order, also after a crash") {
            val n = Ledger()
            val stores = subject.newStores()
            val code: suspend Code.() -> Any? = {
                val parts = mutableListOf<Any?>()
                for (i in 0..2) parts += step("loop-step") { "Iteration-$i".also { n.ran(it) } }
                parts.joinToString(" ")
            }
            subject.crashAt(stores, "loop-step#1", true, code)
            subject.resume(stores, code) { it.output() shouldBe "Iteration-0 Iteration-1 Iteration-2" }
            (0..2).map { n["Iteration-$it"] } shouldContainExactly listOf(1, 1, 1)
        }

        test(
            "${subject}J08 J33 COMPLETE_ALL lets all branches end; the first one's failure is the block's, the other attached",
        ) {
            val n = Ledger()
            val stores = subject.newStores()
            val isMended = AtomicBoolean()
            val failed = CountDownLatch(2)
            val code: suspend Code.() -> Any? = {
                parallel(OnError.COMPLETE_ALL) {
                    val t1 =
                        submit("t1") {
                            n.ran("t1")
                            failed.passed()
                            "one"
                        }
                    for (name in listOf("t2", "t3")) {
                        submit(name) {
                            n.ran(name)
                            failed.countDown()
                            check(isMended.get()) { "Task ${name.last()} failed" }
                            name
                        }
                    }
                    await()
                    t1.get()
                }
            }
            subject.run(stores, code) {
                it.ended().status() shouldBe RunStatus.FAILED
                it.record().failure().message() shouldBe "Task 2 failed"
                it
                    .record()
                    .failure()
                    .causes()
                    .last()
                    .message() shouldBe "Task 3 failed"
                it.statuses("parallel/t1") shouldContainExactly listOf(StepStatus.COMPLETED)
                it.statuses("parallel") shouldContainExactly listOf(StepStatus.FAILED)
            }
            isMended.set(true)
            subject.resume(stores, code) {
                it.retry().get()
                it.output() shouldBe "one"
            }
            listOf("t1", "t2", "t3").map { n[it] } shouldContainExactly listOf(1, 2, 2)
        }

        test(
            "${subject}J09 onboarding: an in-flight branch runs again after a crash, and says that it was interrupted",
        ) {
            for (point in listOf("create", "parallel/access", "parallel", "email")) {
                val n = Ledger()
                val stores = subject.newStores()
                val hold = CountDownLatch(1)
                val isLaptopStarted = CountDownLatch(1)
                val code: suspend Code.() -> Any? = {
                    val id = step("create") { "EMP-1".also { n.ran("create") } }
                    parallel {
                        submit("laptop") {
                            isLaptopStarted.countDown()
                            if (n.ran("laptop") == 1 && point == "parallel/access") hold.await()
                            "laptop for $id"
                        }
                        submit("access") {
                            isLaptopStarted.passed()
                            "access for $id".also { n.ran("access") }
                        }
                        await()
                    }
                    step("email") { "Onboarding completed for Jane Smith".also { n.ran("email") } }
                }
                subject.crashAt(stores, point, point != "email", code)
                hold.countDown()
                subject.resume(stores, code) { it.output() shouldBe "Onboarding completed for Jane Smith" }
                n["create"] shouldBe 1
                n["access"] shouldBe 1
                n["laptop"] shouldBe if (point == "parallel/access") 2 else 1
                n["email"] shouldBe if (point == "email") 2 else 1
            }
        }

        test("${subject}J10 an attempt that a crash interrupted is recorded as that, and its key is the next one's") {
            val n = Ledger()
            val stores = subject.newStores()
            val keys = mutableListOf<String>()
            val code: suspend Code.() -> Any? = {
                step("s1") { n.ran("s1") }
                step("charge") {
                    n.ran("charge")
                    keys += idempotencyKey
                    attempt
                }
            }
            subject.crashAt(stores, "charge", false, code)
            subject.resume(stores, code) {
                it.output() shouldBe 2L
                it.statuses("charge") shouldContainExactly listOf(StepStatus.INTERRUPTED, StepStatus.COMPLETED)
            }
            keys.distinct().size shouldBe 1
            listOf(n["s1"], n["charge"]) shouldContainExactly listOf(1, 2)
        }

        test("${subject}J11 branches keep what is theirs, in whatever order they end before and after a crash") {
            val stores = subject.newStores()

            fun code(
                first: String,
                gate: CountDownLatch,
            ): suspend Code.() -> Any? =
                {
                    parallel {
                        val futures =
                            listOf("A", "B").map { name ->
                                branch(name) {
                                    step("process") {
                                        if (name == first) gate.countDown() else gate.passed()
                                        name
                                    }
                                    step("after") { "$name$name" }
                                }
                            }
                        await()
                        futures.map { it.get() }
                    }
                }
            subject.crashAt(stores, "parallel/A/process", true, code("A", CountDownLatch(1)))
            subject.resume(stores, code("B", CountDownLatch(1).apply { countDown() })) {
                it.output() shouldBe listOf("AA", "BB")
                it.statuses("parallel/A/process") shouldContainExactly listOf(StepStatus.COMPLETED)
            }
        }

        test("${subject}J15 a step inside of a step is refused with a clear error") {
            val n = Ledger()
            val code: suspend Code.() -> Any? = {
                val outside = this
                step("outer") { outside.step("inner") { n.ran("inner") } }
                step("charge") { n.ran("charge") }
            }
            subject.run(code = code) {
                it.ended().status() shouldBe RunStatus.FAILED
                it.record().failure().message() shouldContain "\"outer\" has not ended"
            }
            listOf(n["inner"], n["charge"]) shouldContainExactly listOf(0, 0)
        }

        test("${subject}J17 J19 code that asks for something else than its journal has stops before anything runs") {
            val n = Ledger()
            val stores = subject.newStores()
            val gate = CountDownLatch(1)

            fun code(steps: List<String>): suspend Code.() -> Any? =
                {
                    for (name in steps) step(name) { n.ran(name) }
                    step("hold") { gate.await() }
                    "done"
                }
            subject.crashAt(stores, "charge", true, code(listOf("charge")))
            gate.countDown()
            subject.resume(stores, code(listOf("audit", "charge"))) {
                it.ended().status() shouldBe RunStatus.INCOMPATIBLE
                it.record().failure().message() shouldContain "\"audit\""
                it.record().failure().message() shouldContain "\"charge\""
            }
            subject.resume(stores, { "nothing" }) {
                it.ended().status() shouldBe RunStatus.INCOMPATIBLE
                it.record().failure().message() shouldContain "ended where the journal has \"charge\""
            }
            n["audit"] shouldBe 0
            subject.resume(stores, code(listOf("charge"))) {
                it.output() shouldBe "done"
            }
            n["charge"] shouldBe 1
        }

        test("${subject}J17 a block that is new before what is recorded starts nothing") {
            val n = Ledger()
            val stores = subject.newStores()
            val gate = CountDownLatch(1)

            fun code(isChanged: Boolean): suspend Code.() -> Any? =
                {
                    if (isChanged) {
                        parallel {
                            submit("new") { n.ran("new") }
                            branch("code") { step("inner") { n.ran("inner") } }
                            await()
                        }
                    }
                    step("charge") { n.ran("charge") }
                    step("hold") { gate.await() }
                }
            subject.crashAt(stores, "charge", true, code(false))
            gate.countDown()
            subject.resume(stores, code(true)) {
                it.ended().status() shouldBe RunStatus.INCOMPATIBLE
                it.record().failure().message() shouldContain "\"charge\""
            }
            listOf(n["new"], n["inner"]) shouldContainExactly listOf(0, 0)
        }

        test("${subject}J17 patched lets a run go its old way, and new ones the new") {
            val n = Ledger()
            val stores = subject.newStores()
            val gate = CountDownLatch(1)
            val old: suspend Code.() -> Any? = {
                step("charge") { n.ran("charge") }
                step("hold") { gate.await() }
                "old"
            }
            val new: suspend Code.() -> Any? = {
                val isNew = patched("audit")
                if (isNew) step("audit") { n.ran("audit") }
                step("charge") { n.ran("charge") }
                step("hold") { gate.await() }
                if (isNew) "new" else "old"
            }
            subject.crashAt(stores, "charge", true, old)
            gate.countDown()
            subject.resume(stores, new) { it.output() shouldBe "old" }
            listOf(n["audit"], n["charge"]) shouldContainExactly listOf(0, 1)

            val others = subject.newStores()
            subject.crashAt(others, "charge", true, new)
            subject.resume(others, new) { it.output() shouldBe "new" }
            listOf(n["audit"], n["charge"]) shouldContainExactly listOf(1, 2)
        }

        test("${subject}J19 what is asked for by key is found in any order") {
            val n = Ledger()
            val stores = subject.newStores()
            val gate = CountDownLatch(1)

            fun code(items: List<String>): suspend Code.() -> Any? =
                {
                    val results =
                        items.associateWith {
                            keyed(
                                it,
                            ).step("process") { it.uppercase().also { n.ran(it) } }
                        }
                    step("end") { gate.await() }
                    results.toSortedMap()
                }
            subject.crashAt(stores, "process:y", true, code(listOf("x", "y")))
            gate.countDown()
            subject.resume(stores, code(listOf("y", "x"))) { it.output() shouldBe mapOf("x" to "X", "y" to "Y") }
            listOf(n["X"], n["Y"]) shouldContainExactly listOf(1, 1)
        }

        test("${subject}J28 chance is recorded, and a run that ended does not enter its code again") {
            val n = Ledger()
            val stores = subject.newStores()
            val code: suspend Code.() -> Any? = {
                n.ran("body")
                listOf(
                    uuid(),
                    uuid(),
                    now(),
                    java.util.UUID
                        .randomUUID()
                        .toString(),
                )
            }
            var first: Any? = null
            subject.run(stores, code) { first = it.output() }
            subject.run(stores, code) { it.output() shouldBe first }
            n["body"] shouldBe 1
            ((first as List<*>)[0] == (first as List<*>)[1]) shouldBe false
        }

        test(
            "${subject}J26 J27 whatever a body throws is recorded with its class, and code that throws by itself fails its run",
        ) {
            subject.run(code = { step("deep") { throw StackOverflowError("deep") } }) {
                it.ended().failure().type() shouldBe "java.lang.StackOverflowError"
                it.statuses("deep") shouldContainExactly listOf(StepStatus.FAILED)
            }
            subject.run(code = { throw java.io.IOException("boom") }) {
                it.ended().failure().message() shouldBe "boom"
                it.ended().failure().type() shouldBe "java.io.IOException"
            }
        }
    }
