package dev.perdure.storage

import java.time.Duration

/** How far a commit has got when it returns. */
public enum class Synchronous {
    /** On the disk: what was acknowledged survives a power loss. The default. */
    FULL,

    /**
     * With the operating system: survives the death of the process, but a power loss or a crash of the operating
     * system may take the last moments' commits away. What is left is a prefix of what was committed, never damaged.
     */
    NORMAL,
}

/**
 * How a [SqliteStore] uses its file. Immutable.
 *
 * ```kotlin
 * SqliteStore.open(Path.of("app.db"), SqliteOptions(synchronous = Synchronous.NORMAL))
 * ```
 *
 * @property synchronous how durable a commit is when it returns
 * @property busyTimeout how long a write waits for another process that is writing
 * @property maxPageCount the most pages (of 4 KiB, by default) that the file may have: an upper bound for its size;
 * null for none. A commit that needs more fails as on a full disk
 */
public class SqliteOptions
    @JvmOverloads
    constructor(
        public val synchronous: Synchronous = Synchronous.FULL,
        public val busyTimeout: Duration = Duration.ofSeconds(5),
        public val maxPageCount: Long? = null,
    ) {
        init {
            require(!busyTimeout.isNegative && busyTimeout <= Duration.ofHours(1)) {
                "busyTimeout is $busyTimeout; give it a value from zero to an hour"
            }
            require(maxPageCount == null || maxPageCount > 0) {
                "maxPageCount is $maxPageCount; give it a positive value, or null for no limit"
            }
        }

        override fun toString(): String =
            "SqliteOptions[synchronous=$synchronous, busyTimeout=$busyTimeout, maxPageCount=$maxPageCount]"
    }
