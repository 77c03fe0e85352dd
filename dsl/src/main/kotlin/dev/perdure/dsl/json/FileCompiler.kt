package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.Call
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.ParallelPolicy.Remaining
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Payload
import dev.perdure.dsl.KotlinxCodec
import dev.perdure.dsl.SuspendBody
import dev.perdure.dsl.orForEver
import kotlin.time.toJavaDuration

/** The graph of a file that is read and checked; one for each. */
internal class FileCompiler(private val file: WorkflowFile, private val version: Int, agents: Agents) {
    private val codec = KotlinxCodec()
    private val bodies = StepBodies(file, agents)

    fun compile(): Workflow<Any?, Any?> {
        val root = file.chain(file.start)
        val draft =
            Workflow.Draft(
                file.id,
                version,
                ValueTypes.anyOf(codec),
                ValueTypes.PLAIN,
                Sequence(file.id, root.map(::node)),
                bodies[root.last()].output,
                null,
                codec,
                SuspendBody::class.java,
            )
        return Workflow.of(draft, emptyList())
    }

    private fun node(step: FileStep): Node =
        when (step) {
            is AgentStep -> agent(step)
            is ParallelStep -> parallel(step)
            is ConditionalStep -> conditional(step)
            is LoopStep -> loop(step)
            is ForkJoinStep -> fork(step)
            is SleepStep -> Sleep(step.id, step.duration.toJavaDuration(), null, false)
            is EventStep -> wait(step)
            is SubWorkflowStep -> call(step)
        }

    private fun agent(step: AgentStep): Node {
        val retry = step.retry
        val policy =
            Retry
                .exponential(retry.maxAttempts, retry.initialDelay.toJavaDuration())
                .factor(retry.multiplier)
                .cap(retry.maxDelay.toJavaDuration())
                .jitter(retry.jitter)
                .retryIf(::isWorthAnother)
        return Step(step.id, bodies.agent(step), ValueTypes.anyOf(codec), policy, step.timeout.orForEver(), false, null)
    }

    private fun parallel(step: ParallelStep): Node {
        val onError = if (step.isFailFast) ParallelPolicy.OnError.FAIL_FAST else ParallelPolicy.OnError.COMPLETE_ALL
        val policy = ParallelPolicy(MERGE, onError, Join.ALL, Remaining.AWAIT, step.maxParallelism)
        val join = Parallel.Yield(bodies.joined(step), ValueTypes.PLAIN)
        return Parallel(step.id, file.listed(step.children).map(::node), policy, join)
    }

    private fun conditional(step: ConditionalStep): Node {
        val clauses =
            listOf(THEN to step.ifTrue, ELSE to step.ifFalse)
                .filter { (_, first) -> first != null }
                .map { (name, first) -> Sequence(name, file.chain(first).map(::node)) }
        val choice = Step.of(Choose.CHOICE, bodies.choice(step), ValueTypes.NAME, Retry.NONE)
        val otherwise = ELSE.takeIf { step.ifFalse != null }
        return Choose(step.id, choice, clauses, otherwise, part(Choose.YIELD, bodies.chosen(step)))
    }

    private fun loop(step: LoopStep): Node {
        val concurrency =
            when {
                !step.isParallel -> 1
                step.maxParallelism == 0 -> Int.MAX_VALUE
                else -> step.maxParallelism
            }
        val onError =
            when (step.onError) {
                LoopOnError.STOP -> ForEach.OnError.FAIL_FAST
                LoopOnError.CONTINUE -> ForEach.OnError.CONTINUE
                LoopOnError.COLLECT -> ForEach.OnError.COLLECT
            }
        val body = Sequence(step.id, file.listed(step.body).map(::node))
        val items = part(ForEach.ITEMS, bodies.items(step))
        return ForEach(step.id, items, body, concurrency, onError, part(ForEach.YIELD, bodies.iterated(step)))
    }

    private fun fork(step: ForkJoinStep): Node {
        val branches =
            step.branches.map { (name, branch) ->
                Sequence(name, file.listed(branch.steps).map(::node), null, branch.timeout.orForEver())
            }
        val join =
            when (step.policy) {
                FilePolicy.ALL -> Join.ALL
                FilePolicy.ANY -> Join.ANY
                FilePolicy.MAJORITY -> Join.MAJORITY
                FilePolicy.N_OF_M -> Join.atLeast(step.required)
            }
        val remaining = if (step.isRemainingCancelled) Remaining.CANCEL else Remaining.AWAIT
        val policy = ParallelPolicy(MERGE, ParallelPolicy.OnError.COMPLETE_ALL, join, remaining, 0)
        return Parallel(step.id, branches, policy, Parallel.Yield(bodies.joined(step), ValueTypes.PLAIN))
    }

    private fun wait(step: EventStep): Node {
        val timeout = step.timeout.orForEver()
        val late = if (timeout == null) AwaitSignal.OnTimeout.Yield(Payload.NULL) else AwaitSignal.OnTimeout.Fail()
        return AwaitSignal(step.id, AwaitSignal.Mode.ONE, listOf(step.event), ValueTypes.PLAIN, timeout, late, null)
    }

    private fun call(step: SubWorkflowStep): Node =
        Call(step.id, step.workflow, 0, part(Call.INPUT, bodies.input(step)), ValueTypes.PLAIN, false)

    private fun part(
        label: String,
        body: SuspendBody,
    ): Step = Step.of(label, body, ValueTypes.PLAIN, Retry.NONE)

    private companion object {
        /** Nothing of a file reads the context; this merge leaves no warnings about what core itself notes in it. */
        val MERGE: Merge = Merge.LastWins()

        /** What is wrong with the definition, or with the input, stays so. */
        fun isWorthAnother(thrown: Throwable): Boolean =
            when (thrown) {
                is AgentException -> thrown.isRetryable
                is MissingField -> false
                is PerdureException -> thrown.code() != ErrorCode.LIMIT_EXCEEDED && thrown.code() != ErrorCode.NO_VALUE
                else -> true
            }
    }
}
