package dev.perdure.storage

import dev.perdure.core.api.ApiDump
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Path

class StorageApiSpec :
    FunSpec({
        test("the public API is the one in api/perdure-storage.api (-Dperdure.api.update=true writes it anew)") {
            ApiDump.difference(Path.of("api", "perdure-storage.api")) shouldBe null
        }
    })
