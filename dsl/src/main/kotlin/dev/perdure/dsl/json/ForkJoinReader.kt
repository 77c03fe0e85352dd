package dev.perdure.dsl.json

import dev.perdure.core.Names
import kotlin.time.Duration

/** Reads the configuration of one fork_join; see [StepReader]. */
internal class ForkJoinReader(
    private val step: String,
    private val config: Fields,
    private val problems: FileProblems,
) {
    fun read(step: ForkJoinStep): ForkJoinStep {
        val branches = branches()
        val policy = config.choice("join_policy", Fields.words<FilePolicy>(), FilePolicy.ALL)
        val required = required(policy, branches.size)
        val isCancelled = config.choice("remaining", mapOf("await" to false, "cancel" to true), false)
        config.refuseOthers("fork_join_config")
        return step.copy(
            branches = branches,
            policy = policy,
            required = required,
            isRemainingCancelled = isCancelled,
        )
    }

    private fun required(
        policy: FilePolicy,
        branches: Int,
    ): Int {
        val value = config.raw("n_required")
        if (policy != FilePolicy.N_OF_M) {
            if (value != null) {
                config.problem("n_required", "only join_policy \"n_of_m\" takes it; remove it or change the policy")
            }
            return 0
        }
        if (branches == 0) {
            return 0 // a problem of its own
        }
        val why = ", the number of branches"
        if (value == null) {
            config.wrong("n_required", null, "a whole number from 1 to $branches$why")
        }
        return config.whole("n_required", 1L..branches, 0, why).toInt()
    }

    private fun branches(): Map<String, FileBranch> {
        val timeout = config.timeout("branch_timeout_seconds")
        val branches = config.inner("branches") ?: return emptyMap()
        val names = branches.keys()
        if (names.size < FEWEST) {
            config.problem("branches", "it has ${names.size} branches; expected $FEWEST or more")
        }
        return names.associateWith { branch(it, branches, timeout) }
    }

    private fun branch(
        name: String,
        branches: Fields,
        timeout: Duration?,
    ): FileBranch {
        Names.problem(name)?.let { problems.add(branches.path / name, step, "the branch's name $it") }
        val branch = branches.inner(name) ?: return FileBranch(emptyList(), null)
        val steps = branch.ids("steps", 1)
        val own = branch.timeout("timeout_seconds")
        branch.refuseOthers("a branch")
        return FileBranch(steps, own ?: timeout)
    }

    private companion object {
        const val FEWEST = 2
    }
}
