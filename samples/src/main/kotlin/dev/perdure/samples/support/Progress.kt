package dev.perdure.samples.support

import me.tongfei.progressbar.InteractiveConsoleProgressBarConsumer
import me.tongfei.progressbar.ProgressBar
import me.tongfei.progressbar.ProgressBarBuilder
import me.tongfei.progressbar.ProgressBarStyle
import java.io.Console
import java.io.PrintStream
import java.time.Duration
import java.util.concurrent.atomic.AtomicLong

/** How far some work is, shown to whoever watches. Thread-safe. */
interface Progress : AutoCloseable {
    /** One more is done. */
    fun step()

    companion object {
        private const val WIDTH = 90

        /** A bar on a terminal, plain lines elsewhere; [done] of [total] are done already. */
        fun of(
            task: String,
            done: Long,
            total: Long,
            out: PrintStream = System.out,
        ): Progress = if (isTerminal()) Bar(bar(task, done, total, out)) else PlainProgress(task, done, total, out)

        private fun bar(
            task: String,
            done: Long,
            total: Long,
            out: PrintStream,
        ): ProgressBar =
            ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .startsFrom(done, Duration.ZERO)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .setConsumer(InteractiveConsoleProgressBarConsumer(out, WIDTH))
                .build()

        /** From JDK 22 on there may be a console where there is no terminal. */
        private fun isTerminal(): Boolean {
            val console = System.console() ?: return false
            val check = Console::class.java.methods.firstOrNull { it.name == "isTerminal" } ?: return true
            return check.invoke(console) as Boolean
        }
    }
}

private class Bar(private val bar: ProgressBar) : Progress {
    override fun step() {
        bar.step()
    }

    override fun close() = bar.close()
}

/** Prints a line for each tenth of the whole. */
internal class PlainProgress(
    private val task: String,
    done: Long,
    private val total: Long,
    private val out: PrintStream,
) : Progress {
    private val done = AtomicLong(done)

    override fun step() {
        val now = done.incrementAndGet()
        if (now * TENTHS / total > (now - 1) * TENTHS / total) {
            out.println("      %s: %,d of %,d (%d %%)".format(task, now, total, now * 100 / total))
        }
    }

    override fun close() = Unit

    private companion object {
        const val TENTHS = 10
    }
}
