package dev.perdure.storage

import io.kotest.assertions.throwables.shouldThrowAny
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.string.shouldNotContain
import java.time.Duration

/** Whatever goes wrong with a connection, nobody reads its password. */
class PasswordSpec :
    FunSpec({
        val options = PostgresOptions(user = "nobody", password = SECRET, connectTimeout = Duration.ofSeconds(1))

        mapOf(
            "a server that is not there" to "jdbc:postgresql://localhost:1/none?password=$SECRET",
            "a role that is not there" to null,
            "a URL of another database" to "jdbc:mysql://root:$SECRET@localhost/none",
            "a URL with an odd port" to "jdbc:postgresql://localhost:port/none?password=$SECRET",
            "a URL with a password before the host" to "jdbc:postgresql://root:$SECRET@localhost/none",
            "a URL with an odd option" to "jdbc:postgresql://localhost:1/none?socketTimeout=soon&password=$SECRET",
        ).forEach { (what, url) ->
            test("$what: neither the error nor a log at TRACE shows the password") {
                val lines =
                    logged {
                        val given = url ?: "${PostgresServer.url.substringBefore('?')}?password=$SECRET"
                        val failed =
                            shouldThrowAny { PostgresStore.open(given, PostgresServer.newSchema(), options).close() }
                        failed.stackTraceToString() shouldNotContain SECRET
                    }
                lines.filter { SECRET in it }.shouldBeEmpty()
            }
        }

        test("an open store logs what it does, and no password") {
            val lines =
                logged {
                    val named = PostgresOptions(user = "postgres", password = SECRET)
                    val url = "${PostgresServer.url.substringBefore('?')}?password=$SECRET"
                    PostgresStore.open(url, PostgresServer.newSchema(), named).use {
                        it.toString() shouldNotContain
                            SECRET
                    }
                }
            lines.shouldNotBeEmpty()
            lines.filter { SECRET in it }.shouldBeEmpty()
        }
    })
