package dev.perdure.samples.readme

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.dsl.await
import dev.perdure.dsl.engine
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import dev.perdure.storage.SqliteStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.future.await
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.io.path.exists
import kotlin.io.path.readLines
import kotlin.io.path.readText

private val root: Path = Path.of("..").toAbsolutePath().normalize()
private val readme = root.resolve("README.md").readText()
private val snippet = Regex("<!-- (\\S+)#(\\S+) -->\n```(?:kotlin|java)\n(.*?)\n```", RegexOption.DOT_MATCHES_ALL)
private val code = Regex("^```(kotlin|java)$", RegexOption.MULTILINE)
private val link = Regex("]\\(([^)#:]+)\\)")

/** What stands between `// region name` and `// endregion` in a file, without its indentation. */
private fun region(
    file: String,
    name: String,
): String =
    root
        .resolve(file)
        .readLines()
        .dropWhile { it.trim() != "// region $name" }
        .drop(1)
        .takeWhile { it.trim() != "// endregion" }
        .joinToString("\n")
        .trimIndent()

class ReadmeSpec :
    FunSpec({
        test("each piece of code in the README is a region of a sample, word by word") {
            val found = snippet.findAll(readme).toList()
            found.size shouldBe code.findAll(readme).count()
            for ((file, name, text) in found.map { it.destructured }) {
                text shouldBe region(file, name)
            }
        }
        test("each piece of code in the pages about testing is a region of a sample, word by word") {
            val page = root.resolve("core/docs/testing.md").readText()
            val found = snippet.findAll(page).toList()
            found.size shouldBe code.findAll(page).count()
            found.shouldNotBeEmpty()
            for ((file, name, text) in found.map { it.destructured }) text shouldBe region(file, name)
        }
        test("each piece of code in the page about queues is a region of a sample, word by word") {
            val page = root.resolve("core/docs/queues.md").readText()
            val found = snippet.findAll(page).toList()
            found.size shouldBe code.findAll(page).count()
            found.shouldNotBeEmpty()
            for ((file, name, text) in found.map { it.destructured }) text shouldBe region(file, name)
        }
        test("the first Kotlin and the first Java fit on a screen") {
            for (name in listOf("readme-kotlin", "readme-java")) {
                val found = snippet.findAll(readme).single { it.groupValues[2] == name }
                found.groupValues[3].lines().count { it.isNotBlank() } shouldBeLessThanOrEqual 20
            }
        }
        test("each link into the project leads to a file") {
            val targets = link.findAll(readme).map { it.groupValues[1] }.toList()
            targets.shouldNotBeEmpty()
            targets.filterNot { root.resolve(it).exists() }.shouldBeEmpty()
        }
        test("the README's Kotlin does what it says") {
            val store = tempdir().toPath().resolve("app.db")
            val welcome = Welcome("user of Ada", "mail to user of Ada", "workspace of user of Ada")
            onboardAda(store) shouldBe welcome
            onboardAda(store) shouldBe welcome
        }
        test("the README's workflow code does what it says, in both languages") {
            val store = tempdir().toPath().resolve("app.db")
            repeat(2) {
                SqliteStore.open(store).engine(delivery).use { engine ->
                    engine.start(delivery, listOf("a", "b"), id = "order-1").await<String>() shouldBe
                        "shipped 2 with label and invoice for paid"
                    JavaReadme.report(engine, "report-1") shouldBe "4 users, 3 orders"
                }
            }
        }
        test("the README's claim waits for its answer, over engines, and is paid or undone") {
            val store = tempdir().toPath().resolve("app.db")
            val asked = CountDownLatch(1)
            SqliteStore.open(store).engine(claims).use { engine ->
                engine.listen { if (it is EngineEvent.WaitStarted) asked.countDown() }
                engine.start(claims, 300, id = "claim-7")
                asked.await(10, TimeUnit.SECONDS) shouldBe true
            }
            SqliteStore.open(store).engine(claims).use { engine ->
                payAll(engine)
                engine.find("claim-7").get().await<String>() shouldBe "paid 300"
                val refused = engine.start(claims, 5, id = "claim-8")
                refused.cancel("withdrawn").await() shouldBe true
                refused.join().status() shouldBe RunStatus.CANCELLED
            }
        }
        test("the README's queue does what it says") {
            val store = tempdir().toPath().resolve("app.db")
            sendTwo(store) shouldBe listOf("mail to Ada", "mail to Grace")
            JavaReadme.sendOnce(store, "customer-3", "Ada") shouldBe "mail to Ada"
        }
        test("the README's Java does what it says") {
            val store = tempdir().toPath().resolve("app.db")
            JavaReadme.approve(store, "order-123", JavaReadme.Order("book", 2)) shouldBe
                "2 book for order-123/reserve, fraud 4, credit 98"
        }
    })
