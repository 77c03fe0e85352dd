package dev.perdure.core.engine

import dev.perdure.core.definition.Workflow
import java.time.Duration

/** What every suite is run with: a kind of store, and whether every wait is spent out of memory. */
open class StoreMode(
    val newStores: () -> Stores,
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
}
