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

        test("Java opens a store on PostgreSQL, by its URL or on connections, and sees its schema") {
            val schema = PostgresServer.newSchema()
            val name = "PostgreSQL store localhost:${PostgresServer.port}/postgres, schema $schema"
            JavaCaller.describe(PostgresServer.url, PostgresServer.dataSource, schema) shouldBe "$name and $name"
            JavaCaller.migrations(PostgresServer.dataSource, schema) shouldHaveSize PostgresMigrations.LATEST
        }
    })
