package dev.perdure.samples.scripts

import dev.perdure.samples.support.ChildJvm
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.io.File
import java.nio.file.Path

private const val SECONDS = 60L

private fun hello(directory: File): String {
    val output = directory.resolve("hello.log")
    val script = Path.of("scripts", "Hello.java").toAbsolutePath()
    val store = directory.resolve("hello.db")
    ChildJvm.launch(listOf("$script", "$store", "Ada"), output).await(SECONDS) shouldBe 0
    return output.readText()
}

class HelloScriptSpec :
    FunSpec({
        test("a script in one Java file is durable: run again, it shows what is recorded and runs nothing") {
            val directory = tempdir()
            val first = hello(directory)
            first shouldContain "running: Hello, Ada"
            first shouldContain "recorded: shout COMPLETED"
            val second = hello(directory)
            second shouldNotContain "running"
            second shouldContain "recorded: shout COMPLETED"
        }
    })
