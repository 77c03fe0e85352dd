package dev.perdure.samples.benchmarks

import dev.perdure.core.spi.Store

/** The databases that are measured on, each known by a name. What is opened is closed by who opened it, before it is dropped. */
internal interface Databases : AutoCloseable {
    /** As results call it. */
    val name: String

    /** What it is, and how durable a commit is. */
    val settings: String

    /** A store of Perdure's on a database, which is made if it is not there. */
    fun store(database: String): Store

    /** Plain JDBC on a database, which is made if it is not there. */
    fun raw(
        database: String,
        ids: Ids,
    ): RawJdbc

    fun drop(database: String)
}
