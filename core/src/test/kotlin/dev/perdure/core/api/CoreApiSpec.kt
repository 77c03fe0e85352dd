package dev.perdure.core.api

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Path

class CoreApiSpec :
    FunSpec({
        test("the public API is the one in api/perdure-core.api (-Dperdure.api.update=true writes it anew)") {
            ApiDump.difference(Path.of("api", "perdure-core.api")) shouldBe null
        }
        test("the dump has public signatures and leaves out what is not") {
            val dump = ApiDump.of(Path.of("target", "classes"))
            val lines = dump.lines().map { it.trim() }
            lines shouldContain "public sealed interface dev.perdure.core.journal.Change {"
            lines shouldContain "public static java.lang.Object read(java.lang.String)"
            lines shouldContain "public abstract <T> T output(dev.perdure.core.Path, dev.perdure.core.ValueType<T>)"
            lines shouldContain "NOT_DECODABLE"
            dump shouldNotContain "JsonReader"
            dump shouldNotContain "lambda$"
        }
    })
