package dev.perdure.dsl

import dev.perdure.core.api.ApiDump
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Path

class DslApiSpec :
    FunSpec({
        test("the public API is the one in api/perdure-dsl.api (-Dperdure.api.update=true writes it anew)") {
            ApiDump.difference(Path.of("api", "perdure-dsl.api")) shouldBe null
        }
    })
