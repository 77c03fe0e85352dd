package dev.perdure.storage

import ch.qos.logback.classic.Level
import ch.qos.logback.classic.Logger
import ch.qos.logback.classic.spi.ILoggingEvent
import ch.qos.logback.classic.spi.ThrowableProxyUtil
import ch.qos.logback.core.read.ListAppender
import org.slf4j.LoggerFactory

/** All that is logged, at any level, while [action] runs. */
internal fun logged(action: () -> Unit): List<String> {
    val root = LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) as Logger
    val seen = ListAppender<ILoggingEvent>().apply { start() }
    val console = root.getAppender("console")
    val level = root.level
    root.detachAppender(console)
    root.addAppender(seen)
    root.level = Level.TRACE
    try {
        action()
    } finally {
        root.level = level
        root.detachAppender(seen)
        root.addAppender(console)
    }
    return seen.list.map { it.formattedMessage + (it.throwableProxy?.let(ThrowableProxyUtil::asString) ?: "") }
}
