package dev.perdure.dsl.json

import dev.perdure.core.Names
import kotlin.time.Duration

/** Reads the branches of one fork_join. */
internal class BranchReader(
    private val step: String,
    private val config: Fields,
    private val problems: FileProblems,
) {
    fun read(): Map<String, FileBranch> {
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
