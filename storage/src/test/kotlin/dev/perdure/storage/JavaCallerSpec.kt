package dev.perdure.storage

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe

class JavaCallerSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        test("Java opens a store, with and without options, and sees its schema") {
            val file = directory.newFile()
            JavaCaller.unfinishedRuns(file) shouldBe 0
            JavaCaller.describe(file) shouldBe "SQLite store $file"
            JavaCaller.migrations(file) shouldHaveSize migrations.size
        }
    })
