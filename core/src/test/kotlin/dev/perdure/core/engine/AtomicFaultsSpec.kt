package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.ValueType
import dev.perdure.core.definition.AtomicBody
import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.BodyScope
import dev.perdure.core.spi.BodyScopes
import dev.perdure.core.spi.BodyTask
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.WriteResult
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** What a store fails with. */
private enum class Breakage(
    val thrown: () -> Throwable,
) {
    PASSING({ StoreException(ErrorCode.STORE_UNAVAILABLE, "the line is dead", true, null) }),
    LASTING({ StoreException(ErrorCode.STORE_UNAVAILABLE, "the table is gone", false, null) }),
    TAKEN({ StoreException.fenced("the store", Lease("another", 7)) }),
    DEFECT({ IllegalStateException("a driver with a defect") }),
    FATAL({ OutOfMemoryError("no more") }),
}

/** A type that nothing is of. */
private object Garbled : ValueType<Any?> {
    override fun name() = "garbled"

    override fun encode(value: Any?): Any? = value

    override fun decode(plain: Any?): Any? = throw PerdureException(ErrorCode.NOT_DECODABLE, "what is it?")
}

/** A transaction of an atomic step that breaks at any point, in any way: what it did is there once in the end. */
class AtomicFaultsSpec :
    FunSpec({
        timeout = 60_000

        fun debit(
            ran: AtomicInteger,
            body: () -> Unit = {},
        ): Workflow<Any, String> =
            flow("atomic") {
                does("before")
                atomic("debit", String::class.java) {
                    ran.incrementAndGet()
                    body()
                    "done"
                }
                does("after")
            }

        /** Ends on this engine or stays for the next one. */
        fun staysOpen(
            stage: TransactionStage,
            fault: Breakage,
        ) = when (fault) {
            Breakage.PASSING, Breakage.LASTING -> false
            Breakage.TAKEN -> true
            Breakage.DEFECT, Breakage.FATAL -> stage != TransactionStage.BEFORE
        }

        for (isExclusive in listOf(true, false)) {
            for (stage in TransactionStage.entries) {
                for (fault in Breakage.entries) {
                    test("$fault at $stage, ${if (isExclusive) "one writer" else "many writers"}") {
                        val store = MemoryStore()
                        val ran = AtomicInteger()
                        val struck = AtomicInteger()
                        val isStruck = CountDownLatch(1)
                        val faulty =
                            TransactionalStore(store, isExclusive) {
                                if (it == stage && struck.incrementAndGet() == 1) {
                                    isStruck.countDown()
                                    throw fault.thrown()
                                }
                            }
                        faulty.engine(debit(ran)).use { engine ->
                            val run = engine.start("atomic", "r", null)
                            isStruck.passed()
                            if (!staysOpen(stage, fault)) run.ended()
                        }
                        TransactionalStore(store, isExclusive).engine(debit(ran)).use { engine ->
                            val run = engine.find("r").get()
                            if (run.status() == RunStatus.FAILED) {
                                run
                                    .record()
                                    .failure()
                                    .path()
                                    .toString() shouldBe "debit"
                                run.retry().get(10, TimeUnit.SECONDS)
                            }
                            run.output() shouldBe "after"
                            run.statuses("debit").count { it == StepStatus.COMPLETED } shouldBe 1
                            run.statuses("debit").last() shouldBe StepStatus.COMPLETED
                        }
                        ran.get() shouldBeInRange if (stage == TransactionStage.DONE) 2..2 else 1..1
                    }
                }
            }
        }

        test("a body's thread that is interrupted as its step is to be done again is heard, however soon it says so") {
            val patient =
                flow("atomic") {
                    atomic("debit", String::class.java, StepOptions.DEFAULT.timeout(Duration.ofHours(1))) { "done" }
                }
            repeat(20) {
                val store =
                    TransactionalStore(MemoryStore()) {
                        if (it == TransactionStage.DONE) {
                            Thread.currentThread().interrupt()
                            throw Breakage.PASSING.thrown()
                        }
                    }
                store.engine(patient).use { engine ->
                    val failure = engine.start("atomic", "r", null).ended().failure()
                    failure.type() shouldBe InterruptedException::class.java.name
                }
            }
        }

        test("what may be durable is asked for until the store can say") {
            val ran = AtomicInteger()
            val asked = AtomicInteger()
            val store =
                TransactionalStore(
                    MemoryStore(),
                    atCommit = { if (it.isEmpty() && asked.incrementAndGet() <= 2) throw Breakage.PASSING.thrown() },
                ) {
                    if (it == TransactionStage.DURABLE) throw Breakage.PASSING.thrown()
                }
            store.engine(debit(ran)).use { it.start("atomic", "r", null).output() shouldBe "after" }
            listOf(ran.get(), asked.get()) shouldContainExactly listOf(1, 3)
        }

        test("where the store never says, the next engine finds it") {
            for (fault in listOf(Breakage.LASTING, Breakage.PASSING)) {
                val memory = MemoryStore()
                val ran = AtomicInteger()
                val asked = CountDownLatch(1)
                val mute =
                    TransactionalStore(
                        memory,
                        atCommit = {
                            if (it.isEmpty()) {
                                asked.countDown()
                                throw fault.thrown()
                            }
                        },
                    ) {
                        if (it == TransactionStage.DURABLE) throw Breakage.PASSING.thrown()
                    }
                mute.engine(debit(ran)) { cancellationGrace(Duration.ofMillis(1)) }.use {
                    it.start("atomic", "r", null)
                    asked.passed()
                }
                TransactionalStore(memory).engine(debit(ran)).use { it.find("r").get().output() shouldBe "after" }
                ran.get() shouldBe 1
            }
        }

        test("a body that returns while its engine closes, and before its run hears of it, is done by the next one") {
            val memory = MemoryStore()
            val ran = AtomicInteger()
            val isHeldUp = CountDownLatch(1)
            val gate = CountDownLatch(1)
            val workflow =
                flow("atomic") {
                    together {
                        atomic("debit", String::class.java, StepOptions.DEFAULT) {
                            ran.incrementAndGet()
                            isHeldUp.passed()
                            "done"
                        }
                        does("beside")
                    }
                    does("after")
                }
            val holdingUp =
                EngineListener {
                    if (it is EngineEvent.StepStarted && it.path().toString() == "block/beside") {
                        isHeldUp.countDown()
                        gate.passed()
                    }
                }
            val engine =
                TransactionalStore(memory, aborted = gate::countDown).engine(workflow) {
                    listener(holdingUp)
                    cancellationGrace(Duration.ofMillis(1))
                }
            engine.start("atomic", "r", null)
            isHeldUp.passed()
            engine.close()
            memory.journal("r").none { it.path() == "block/debit" } shouldBe true
            TransactionalStore(memory).engine(workflow).use { it.find("r").get().output() shouldBe "after" }
            ran.get() shouldBe 2
        }

        test("a body that makes light of what it cannot read blocks its run, and leaves nothing") {
            val returned = AtomicInteger()
            val body =
                AtomicBody { context, _ ->
                    shouldThrow<PerdureException> { context.output(Path.parse("before"), Garbled) }
                    "done"
                }
            val debit = Step("debit", body, ValueTypes.PLAIN, Retry.NONE, AtomicBody.STANDARD_LIMIT, false, null)
            val light = HandMade.workflow(null, HandMade.step("before") { "many" }, debit)
            TransactionalStore(MemoryStore()) { if (it == TransactionStage.DONE) returned.incrementAndGet() }
                .engine(light)
                .use { engine ->
                    val stopped = engine.start("case", "r", null).ended()
                    stopped.status() shouldBe RunStatus.BLOCKED
                    stopped.failure().code() shouldBe ErrorCode.NOT_DECODABLE
                }
            returned.get() shouldBe 0
        }

        test("a run that another engine has taken is let go, with nothing recorded for it") {
            val memory = MemoryStore()
            val ran = AtomicInteger()
            val asked = CountDownLatch(1)
            val taken =
                TransactionalStore(
                    memory,
                    written = { results ->
                        asked.countDown()
                        results.map { WriteResult.notOwned() }
                    },
                )
            taken.engine(debit(ran)).use {
                it.start("atomic", "r", null)
                asked.passed()
            }
            memory.journal("r").none { it.path() == "debit" && it.status() == StepStatus.COMPLETED } shouldBe true
            TransactionalStore(memory).engine(debit(ran)).use { it.find("r").get().output() shouldBe "after" }
            ran.get() shouldBe 2
        }

        test("a run that is cancelled while its transaction cannot begin ends CANCELLED, and its body never runs") {
            for (isPassing in listOf(false, true)) {
                val ran = AtomicInteger()
                val isWaiting = CountDownLatch(1)
                val gate = CountDownLatch(1)
                val store =
                    TransactionalStore(MemoryStore()) {
                        if (it == TransactionStage.BEFORE) {
                            isWaiting.countDown()
                            gate.passedUninterruptibly()
                            if (isPassing) throw Breakage.PASSING.thrown()
                        }
                    }
                store.engine(debit(ran)) { cancellationGrace(Duration.ofMillis(1)) }.use { engine ->
                    val run = engine.start("atomic", "r", null)
                    isWaiting.passed()
                    run.cancel("enough").get(10, TimeUnit.SECONDS)
                    run.ended().status() shouldBe RunStatus.CANCELLED
                    gate.countDown()
                    engine.execute("other", { ctx -> ctx.step("fine", String::class.java) { "yes" } }) shouldBe "yes"
                }
                ran.get() shouldBe 0
            }
        }

        test("a body that returns after its run was cancelled is not recorded") {
            val isRunning = CountDownLatch(1)
            val gate = CountDownLatch(1)
            val stubborn =
                debit(AtomicInteger()) {
                    isRunning.countDown()
                    gate.passedUninterruptibly()
                }
            val memory = MemoryStore()
            TransactionalStore(memory).engine(stubborn).use { engine ->
                val run = engine.start("atomic", "r", null)
                isRunning.passed()
                val cancelled = run.cancel("enough")
                gate.countDown()
                cancelled.get(10, TimeUnit.SECONDS)
                run.ended().status() shouldBe RunStatus.CANCELLED
                run.statuses("debit") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test(
            "what a body returns that cannot be recorded is its failure, and leaves nothing, with a limit of its own too",
        ) {
            val odd =
                flow("atomic") {
                    val options = StepOptions.DEFAULT.timeout(Duration.ofSeconds(30))
                    atomic("debit", Any::class.java, options) { Thread.currentThread() }
                    does("after")
                }
            TransactionalStore(MemoryStore()).engine(odd).use { engine ->
                engine
                    .start("atomic", "r", null)
                    .ended()
                    .failure()
                    .code() shouldBe ErrorCode.NOT_ENCODABLE
            }
        }

        test("a body that gets its thread after its run was cancelled does not run") {
            val ran = AtomicInteger()
            val scopes = LateScopes()
            TransactionalStore(MemoryStore())
                .engine(debit(ran)) {
                    bodyScopes(scopes)
                    cancellationGrace(Duration.ofMillis(1))
                }.use { engine ->
                    val run = engine.start("atomic", "r", null)
                    scopes.next().perform()
                    val late = scopes.next()
                    run.cancel("enough").get(10, TimeUnit.SECONDS)
                    run.ended().status() shouldBe RunStatus.CANCELLED
                    late.perform()
                    run.statuses("debit") shouldContainExactly listOf(StepStatus.CANCELLED)
                }
            ran.get() shouldBe 0
        }

        test("an error of the body's own is its failure") {
            val ran = AtomicInteger()
            TransactionalStore(MemoryStore()).engine(debit(ran) { throw AssertionError("of the body") }).use { engine ->
                val failed = engine.start("atomic", "r", null).ended()
                failed.status() shouldBe RunStatus.FAILED
                failed.failure().message() shouldContain "of the body"
            }
        }
    })

/** Runs bodies when it is told to, however long they have been cancelled. */
private class LateScopes : BodyScopes {
    private val launched = LinkedBlockingQueue<BodyTask>()

    fun next(): BodyTask = checkNotNull(launched.poll(10, TimeUnit.SECONDS)) { "no body was launched" }

    override fun supports(bodyType: Class<out Body>) = true

    override fun open(
        runId: String,
        workflow: String,
    ): BodyScope = Scope()

    override fun close() = Unit

    private inner class Scope : BodyScope {
        override fun nested(path: Path): BodyScope = Scope()

        override fun launch(task: BodyTask): BodyScope.RunningBody {
            launched += task
            return BodyScope.RunningBody { }
        }

        override fun cancel() = Unit

        override fun close() = Unit
    }
}

private fun BodyTask.perform() = completed((body() as BlockingBody).run(context()))
