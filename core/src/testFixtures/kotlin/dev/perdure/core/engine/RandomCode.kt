package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.StepFailedException
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/** A made-up program of workflow code: what it does is a function of a seed. */
private sealed interface Op {
    data class Step(
        val name: String,
        val value: Long,
        val isFailing: Boolean,
    ) : Op

    data class Loop(
        val times: Int,
        val body: List<Op>,
    ) : Op

    data class Parallel(
        val isCompleteAll: Boolean,
        val branches: List<List<Op>>,
    ) : Op

    data class Caught(
        val body: List<Op>,
    ) : Op

    data class Choice(
        val yes: List<Op>,
        val no: List<Op>,
    ) : Op
}

/** What the reference throws where code throws. */
private class Failed : RuntimeException("reference", null, false, false)

/**
 * Runs made-up workflow code (nested loops, parallel blocks, caught failures) with crashes, and compares what comes of it with
 * a plain sequential interpreter.
 */
class RandomCode(
    private val authoring: CodeAuthoring,
    private val seed: Long,
) {
    private val random = Random(seed)
    private val program = ops(3, false)

    private fun ops(
        depth: Int,
        isInBlock: Boolean,
    ): List<Op> = List(random.nextInt(1, 4)) { op(depth, isInBlock) }

    private fun op(
        depth: Int,
        isInBlock: Boolean,
    ): Op =
        when (if (depth == 0) 0 else random.nextInt(8)) {
            0, 1, 2 -> Op.Step("s${random.nextInt(3)}", random.nextLong(100), random.nextInt(12) == 0)
            3 -> Op.Loop(random.nextInt(1, 4), ops(depth - 1, isInBlock))
            4, 5 -> Op.Parallel(random.nextBoolean(), List(random.nextInt(1, 4)) { ops(depth - 1, true) })
            6 -> Op.Caught(ops(depth - 1, isInBlock))
            else -> Op.Choice(ops(depth - 1, isInBlock), ops(depth - 1, isInBlock))
        }

    private fun reference(
        ops: List<Op>,
        start: Long,
    ): Long =
        ops.fold(start) { at, op ->
            when (op) {
                is Op.Step -> {
                    if (op.isFailing) throw Failed() else mix(at, op.value)
                }

                is Op.Loop -> {
                    (1..op.times).fold(at) { before, _ -> reference(op.body, before) }
                }

                is Op.Parallel -> {
                    op.branches
                        .map {
                            runCatching { reference(it, at) }
                        }.fold(at) { sum, it -> mix(sum, it.getOrThrow()) }
                }

                is Op.Caught -> {
                    runCatching { reference(op.body, at) }.getOrElse { mix(at, -1) }
                }

                is Op.Choice -> {
                    reference(if (at % 2 == 0L) op.yes else op.no, at)
                }
            }
        }

    private suspend fun Code.perform(
        ops: List<Op>,
        start: Long,
    ): Long {
        var at = start
        for (op in ops) {
            at =
                when (op) {
                    is Op.Step -> {
                        number(step(op.name) { body(op, at) })
                    }

                    is Op.Loop -> {
                        repeat(op.times) { at = perform(op.body, at) }
                        at
                    }

                    is Op.Parallel -> {
                        block(op, at)
                    }

                    is Op.Caught -> {
                        try {
                            perform(op.body, at)
                        } catch (failed: StepFailedException) {
                            mix(at, -1)
                        }
                    }

                    is Op.Choice -> {
                        perform(if (at % 2 == 0L) op.yes else op.no, at)
                    }
                }
        }
        return at
    }

    private suspend fun Code.block(
        op: Op.Parallel,
        at: Long,
    ): Long =
        parallel(if (op.isCompleteAll) OnError.COMPLETE_ALL else OnError.FAIL_FAST) {
            val futures =
                op.branches.map { ops ->
                    val single = ops.singleOrNull()
                    if (single is Op.Step) {
                        submit(
                            single.name,
                        ) { body(single, at) }
                    } else {
                        branch("code") { perform(ops, at) }
                    }
                }
            await()
            futures.fold(at) { sum, future -> mix(sum, number(future.get())) }
        }

    private fun body(
        op: Op.Step,
        at: Long,
    ): Long = if (op.isFailing) error("fails") else mix(at, op.value)

    private fun number(value: Any?): Long = (value as Number).toLong()

    private fun mix(
        at: Long,
        value: Long,
    ): Long = (at * 31 + value) % 1_000_003

    /**
     * Runs the program with up to three crashes, and says how often it crashed.
     *
     * @throws IllegalStateException when what came of it is not what the reference says
     */
    fun check(): Int {
        val expected = runCatching { reference(program, 7) }.getOrNull()
        val store = MemoryStore()
        val workflow = authoring.code("random") { perform(program, 7) }
        var crashes = 0
        repeat(random.nextInt(4)) { if (runUntilCrash(store, workflow)) crashes++ }
        store.engine(workflow).use { engine ->
            val run = engine.start("random", "r", null)
            val ended = run.ended()
            val status = if (expected == null) RunStatus.FAILED else RunStatus.COMPLETED
            check(
                ended.status() == status,
            ) { "seed $seed: ${ended.status()}, expected $status; ${ended.error()}\n$program" }
            check(expected == null || ended.output() == "$expected") {
                "seed $seed: ${ended.output()}, expected $expected\n$program"
            }
            val rows = run.journal().filter { it.status() == StepStatus.COMPLETED }
            check(rows.map { it.path() }.toSet().size == rows.size) { "seed $seed: a path has two successes" }
            check(run.journal().none { it.status() == StepStatus.RUNNING }) { "seed $seed: a RUNNING row is left" }
            ReplayCheck.requireSame(workflow, Image(ended, run.journal()))
        }
        return crashes
    }

    private fun runUntilCrash(
        store: MemoryStore,
        workflow: Workflow<*, *>,
    ): Boolean {
        val left = AtomicInteger(random.nextInt(1, 12))
        var isCrashed = false
        val crashing =
            CrashingStore(store, random.nextBoolean()) {
                (left.decrementAndGet() == 0).also { isCrashed = isCrashed || it }
            }
        crashing.engine(workflow).use { engine ->
            try {
                engine
                    .startAsync("random", "r", null)
                    .get(20, TimeUnit.SECONDS)
                    .outcome()
                    .get(20, TimeUnit.SECONDS)
            } catch (crashed: ExecutionException) {
                check(isCrashed) { "seed $seed: $crashed" }
            }
        }
        return isCrashed
    }
}
