package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepFailedException
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.Workflow
import dev.perdure.core.testing.VirtualClock
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicBoolean

/** A language of workflow code on one kind of store, in one mode. */
class CodeSubject(
    val newStores: () -> Stores,
    val authoring: CodeAuthoring,
    private val isAlwaysSuspended: Boolean,
) {
    override fun toString(): String = if (isAlwaysSuspended) "always suspended: " else ""

    fun engine(
        stores: Stores,
        vararg workflows: Workflow<*, *>,
        configure: EngineBuilder.() -> Unit = {},
    ): Engine =
        stores.open().engine(*workflows) {
            if (isAlwaysSuspended) suspendAfter(Duration.ZERO)
            configure()
        }

    fun code(
        name: String = "case",
        version: Int = 1,
        code: suspend Code.() -> Any?,
    ): Workflow<*, *> = authoring.code(name, version, code)

    /** Runs code as run r until the commit of [path], at which its process dies. */
    fun crashAt(
        stores: Stores,
        path: String,
        isCommittedBefore: Boolean = true,
        code: suspend Code.() -> Any?,
    ) {
        val store = CrashingStore(stores.open(), isCommittedBefore, CrashingStore.at(path))
        store.engine(code(code = code)).use {
            it.startAsync("case", "r", null)
            store.awaitCrash()
        }
    }

    /** Goes on with run r, on another engine. */
    fun resume(
        stores: Stores,
        code: suspend Code.() -> Any?,
        check: (Run) -> Unit,
    ) = engine(stores, code(code = code)).use { check(it.find("r").get()) }

    /** Starts code as run r. */
    fun run(
        stores: Stores = newStores(),
        code: suspend Code.() -> Any?,
        check: (Run) -> Unit,
    ) = engine(stores, code(code = code)).use { check(it.start("case", "r", null)) }
}
