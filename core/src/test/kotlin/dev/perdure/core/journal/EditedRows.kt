package dev.perdure.core.journal

import dev.perdure.core.StepStatus

/** The row with the checksum that fits what it says. */
fun Row.sealed(): Row = copy(checksum = RowFormat.checksum(this))

fun Row.copy(
    seq: Long = seq(),
    path: String = path(),
    parentPath: String? = parentPath(),
    branch: String? = branch(),
    kind: String = kind(),
    attempt: Int = attempt(),
    status: StepStatus = status(),
    output: String? = output(),
    changes: String? = changes(),
    error: String? = error(),
    detail: String? = detail(),
    joinPolicy: String? = joinPolicy(),
    startedAt: Long? = startedAt(),
    finishedAt: Long? = finishedAt(),
    retryAt: Long? = retryAt(),
    iterationIndex: Int? = iterationIndex(),
    conditionResult: String? = conditionResult(),
    branchTaken: String? = branchTaken(),
    checksum: Int = checksum(),
): Row =
    Row(
        seq,
        path,
        parentPath,
        branch,
        kind,
        attempt,
        status,
        output,
        changes,
        error,
        detail,
        joinPolicy,
        startedAt,
        finishedAt,
        retryAt,
        iterationIndex,
        conditionResult,
        branchTaken,
        checksum,
    )
