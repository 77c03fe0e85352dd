package dev.perdure.core.engine

import dev.perdure.core.definition.Workflow

/** A language of workflow code on one kind of store, in one mode. */
class CodeSubject(
    newStores: () -> Stores,
    val authoring: CodeAuthoring,
    isAlwaysSuspended: Boolean,
) : StoreMode(newStores, isAlwaysSuspended) {
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
