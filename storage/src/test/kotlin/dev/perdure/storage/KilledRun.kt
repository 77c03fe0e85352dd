package dev.perdure.storage

import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.does
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.together
import dev.perdure.core.journal.RunRecord
import java.io.FileOutputStream
import java.nio.file.Path
import java.time.Duration

/**
 * A process that works on one run and halts its JVM at a commit: `<store> <effects> <commit> <before|after>`. Commit 0
 * stands for none. Each body notes its path in the effects file when it starts.
 */
internal object KilledRun {
    const val HALTED = 9

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (file, effects, commit, moment) = arguments
        FileOutputStream(effects, true).use { out ->
            val store = SqliteStore.open(Path.of(file))
            val halting =
                InterruptedStore(store, commit.toInt(), moment == "after") { Runtime.getRuntime().halt(HALTED) }
            halting.engine(workflow { path -> out.write("$path\n".toByteArray()) }).use { engine ->
                engine.start("killed", "r", null).endsCompleted()
            }
        }
        println("done")
    }

    fun workflow(effect: (String) -> Unit) =
        flow("killed") {
            val n = Ledger()
            val flaky = StepOptions.DEFAULT.retry(Retry.fixed(3, Duration.ofMillis(1)))
            does("create") { s ->
                effect(s.path().toString())
                s.put("created", true)
            }
            together("setup") {
                onError(OnError.COMPLETE_ALL)
                does("laptop", flaky) { s ->
                    effect(s.path().toString())
                    check(s.attempt() > 1) { "out of stock, attempt ${n.ran("laptop")}" }
                    s.append("ready", "laptop")
                }
                does("email") { s ->
                    effect(s.path().toString())
                    error("mailbox full")
                }
                branch("access") { b ->
                    b.does("badge") { s ->
                        effect(s.path().toString())
                        s.append("ready", "badge")
                    }
                    b.does("account") { s ->
                        effect(s.path().toString())
                        s.append("ready", "account")
                    }
                }
            }
            does("finish") { s ->
                effect(s.path().toString())
                s.put("finished", s.get("ready", List::class.java)!!.size)
            }
        }
}
