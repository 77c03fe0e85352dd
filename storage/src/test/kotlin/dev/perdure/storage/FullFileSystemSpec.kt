package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.ChildJvm
import dev.perdure.core.engine.ChildProcess
import io.kotest.core.spec.style.FunSpec
import io.kotest.core.test.Enabled
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files

/** A file system of 2 MiB that is full: the log, its index and the lock have no room either. */
class FullFileSystemSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val size = 2L shl 20
        val steps = (1 until FullFileSystem.STEPS).map { "step$it" } + "end"

        /** What a process there tells, by the first word of its lines. */
        fun tells(what: String): Map<String, String> {
            val place = Files.createTempDirectory(directory.path, "full")
            val jvm = ChildJvm.plain().after(PrivateMount.fileSystem(place, size))
            val child = ChildProcess.start(jvm, directory.path, FullFileSystem::class.java, place, what)
            val lines = generateSequence { child.awaitLine() }.toList()
            child.awaitExit() shouldBe 0
            val told = lines.associate { it.substringBefore(' ') to it.substringAfter(' ') }
            told["size"] shouldBe "$size"
            return told
        }

        fun Map<String, String>.paths(word: String) = getValue(word).split(' ').filter { it.isNotEmpty() }

        fun test(
            name: String,
            test: () -> Unit,
        ) = test(name).config(
            enabledOrReasonIf = {
                val reason = "this system lets nobody but root mount a file system"
                if (!PrivateMount.isPossible) println("LEFT OUT: $name: $reason")
                if (PrivateMount.isPossible) Enabled.enabled else Enabled.disabled(reason)
            },
        ) { test() }

        test("a run goes on by itself when a full file system has room again, and no body runs twice") {
            val told = tells("go on")
            told.getValue("full") shouldContain "the disk is full"
            told["status"] shouldBe "${RunStatus.RUNNING}"
            val done = told.paths("done")
            done.shouldNotBeEmpty()
            done shouldBe steps.take(done.size)
            (done.size < steps.size) shouldBe true
            told.paths("all") shouldContainExactly steps
            told.paths("ran") shouldContainExactly steps.map { "1" }
        }

        test("what was told before a process died of a full file system can be read there, and does not run again") {
            val told = tells("take over")
            told["exit"] shouldBe "${KilledRun.HALTED}"
            val done = told.paths("done")
            told.paths("told").shouldNotBeEmpty()
            done.take(told.paths("told").size) shouldContainExactly told.paths("told")
            told.paths("all") shouldContainExactly steps
            told["again"] shouldBe ""
        }
    })
