package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.engine.CrashingStore
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.Suspensions
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.payload.AesGcmCodec
import dev.perdure.core.payload.EncodedStore
import dev.perdure.core.spi.PayloadCodec
import dev.perdure.core.spi.PayloadPlace
import dev.perdure.core.spi.Purge
import dev.perdure.core.spi.Store
import dev.perdure.core.transfer.LinesArchive
import dev.perdure.core.transfer.RunExport
import dev.perdure.core.transfer.RunImport
import dev.perdure.dsl.client
import dev.perdure.dsl.encodedBy
import dev.perdure.dsl.engine
import dev.perdure.dsl.workflow
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import org.jetbrains.exposed.v1.jdbc.insert
import java.io.StringWriter
import java.time.Duration
import java.time.Instant
import java.util.concurrent.TimeUnit

private fun key(seed: Int) = ByteArray(32) { seed.toByte() }

/** Payloads that are encrypted wherever they are stored. */
class PayloadCodecSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val first = AesGcmCodec.of("k1", key(1))
        val second = AesGcmCodec.of("k2", key(2))
        val n = Ledger()
        val steps =
            workflow<String, String>("steps") {
                val one =
                    step("one") {
                        n.ran("$runId one")
                        put("card", input)
                        "one of $input"
                    }
                step("two") {
                    n.ran("$runId two")
                    one()
                }
                step("three") { "${get<String>("card")} then ${one()}" }
            }

        /** Leaves run [id] behind as if the process had died after its first step was recorded. */
        fun Store.dieAfterOne(
            id: String,
            codec: PayloadCodec?,
        ) {
            val crashing = CrashingStore(this, true, CrashingStore.at("one"))
            crashing.engine(steps) { if (codec != null) payloadCodec(codec) }.use {
                it.startAsync("steps", id, SECRET)
                crashing.awaitCrash()
            }
        }

        eachPlace(
            directory,
            "nothing of any payload or failure is stored, and the run ends as it would without",
        ) { place ->
            val secrets = Secrets()
            place.open().engine(secrets.everything, secrets.child) { payloadCodec(first) }.use { engine ->
                val run = secrets.runAll(engine)
                run.status() shouldBe RunStatus.COMPENSATION_FAILED
                run.record().failure().message() shouldContain SECRET
                run.context()["seen"] shouldBe SECRET
                engine.find("r/child").get().output() shouldBe "$SECRET and $SECRET"
            }
            val content = place.content()
            content shouldNotContain SECRET
            content shouldContain "perdure:aes-gcm:k1:"
        }

        eachPlace(
            directory,
            "without a codec the same payloads are stored as they are: the test above can fail",
        ) { place ->
            val secrets = Secrets()
            place.open().engine(secrets.everything, secrets.child).use { secrets.runAll(it) }
            place.content() shouldContain SECRET
        }

        eachPlace(directory, "a run goes on after its keys were rotated, and writes with the new one") { place ->
            n.clear()
            place.open().dieAfterOne("rotated", first)
            place.open().engine(steps) { payloadCodec(second.reading("k1", key(1))) }.use {
                it.find("rotated").get().output() shouldBe "$SECRET then one of $SECRET"
            }
            n["rotated one"] shouldBe 1
            place.content() shouldContain "perdure:aes-gcm:k2:"
        }

        eachPlace(directory, "a run that began without a codec goes on with one, which encodes what comes") { place ->
            n.clear()
            place.open().dieAfterOne("plain", null)
            place.open().engine(steps) { payloadCodec(first) }.use {
                it.find("plain").get().output() shouldBe "$SECRET then one of $SECRET"
            }
            n["plain one"] shouldBe 1
            place.content() shouldContain "perdure:aes-gcm:k1:"
        }

        mapOf<String, Pair<PayloadCodec?, String>>(
            "that lacks the key" to Pair(second, "key \"k1\" is not known here; known are [k2]"),
            "with another key of that id" to Pair(AesGcmCodec.of("k1", key(3)), "another key called \"k1\""),
            "without a codec" to Pair(null, "payload codec \"aes-gcm\" encoded it, and none was given here"),
        ).forEach { (which, case) ->
            val (codec, reason) = case
            eachPlace(
                directory,
                "an engine $which blocks the run and says why, others go on, and later it does too",
            ) { place ->
                val id = "blocked $which"
                n.clear()
                place.open().dieAfterOne(id, first)
                place.open().engine(steps) { if (codec != null) payloadCodec(codec) }.use { engine ->
                    val blocked = engine.find(id).get().ended()
                    blocked.status() shouldBe RunStatus.BLOCKED
                    blocked.failure().code() shouldBe ErrorCode.UNREADABLE_PAYLOAD
                    blocked.failure().message() shouldContain reason
                    blocked.failure().message() shouldContain id
                    blocked.failure().message() shouldNotContain SECRET
                    engine.start("steps", "other $which", "fine").output() shouldBe "fine then one of fine"
                }
                place.open().engine(steps) { payloadCodec(first.reading("k2", key(2))) }.use {
                    it.find(id).get().output() shouldBe "$SECRET then one of $SECRET"
                }
                n["$id one"] shouldBe 1
            }
        }

        eachPlace(
            directory,
            "where the codec itself comes to know the key, a retry goes on without another engine",
        ) { place ->
            n.clear()
            place.open().dieAfterOne("late", first)
            val late =
                object : PayloadCodec by first {
                    @Volatile
                    var knows: PayloadCodec = second

                    override fun decode(
                        encoded: String,
                        place: PayloadPlace,
                    ) = knows.decode(encoded, place)
                }
            place.open().engine(steps) { payloadCodec(late) }.use { engine ->
                val run = engine.find("late").get()
                run.ended().status() shouldBe RunStatus.BLOCKED
                late.knows = first
                run.retry().get(10, TimeUnit.SECONDS)
                run.output() shouldBe "$SECRET then one of $SECRET"
            }
            n["late one"] shouldBe 1
        }

        eachPlace(directory, "payloads of two runs that somebody exchanged are told from their own") { place ->
            val change = place.execute ?: return@eachPlace
            place
                .open()
                .engine(
                    steps,
                ) { payloadCodec(first) }
                .use { it.start("steps", "swap-2", "other").endsCompleted() }
            place.open().dieAfterOne("swap-1", first)
            change("UPDATE runs SET input = (SELECT input FROM runs WHERE id = 'swap-2') WHERE id = 'swap-1'")
            place.open().engine(steps) { payloadCodec(first) }.use { engine ->
                val blocked = engine.find("swap-1").get().ended()
                blocked.status() shouldBe RunStatus.BLOCKED
                blocked.failure().message() shouldContain "moved from another place"
            }
        }

        eachPlace(directory, "a codec that refuses plain payloads blocks a run that has some") { place ->
            place.open().dieAfterOne("strict", null)
            place.open().engine(steps) { payloadCodec(first.refusingPlain()) }.use { engine ->
                val blocked = engine.find("strict").get().ended()
                blocked.status() shouldBe RunStatus.BLOCKED
                blocked.failure().message() shouldContain "it was stored without a payload codec"
            }
        }

        eachPlace(
            directory,
            "an archive and an import keep payloads as they are stored; an export through the codec is plain",
        ) { place ->
            val archived = StringWriter()
            val plain = StringBuilder()
            place.open().engine(steps) { payloadCodec(first) }.use { engine ->
                engine.start("steps", "old", SECRET).endsCompleted()
            }
            place.open().encodedBy(first).use { RunExport(it, plain::appendLine).write("old") }
            place.open().engine(steps) { payloadCodec(first) }.use {
                it.purge(Purge.endedBefore(Instant.now() + Duration.ofDays(1)), LinesArchive(archived)) shouldBe 1
            }
            plain.toString() shouldContain SECRET
            archived.toString() shouldNotContain SECRET
            val other = MemoryStore()
            RunImport(other).use { it.read(archived.toString().lines().stream()) {} }
            other.engine(steps) { payloadCodec(first) }.use {
                it.find("old").get().output() shouldBe "$SECRET then one of $SECRET"
            }
        }

        eachPlace(directory, "requests of runs that cannot be read hide no other request") { place ->
            val told = Suspensions()
            val signing =
                workflow<String, String>("signing") {
                    approval("sign", choices = listOf("yes")) {
                        ApprovalRequest("Pay $input?", mapOf())
                    }
                    step("end") { "signed" }
                }
            place.open().engine(signing) { payloadCodec(first).listener(told) }.use {
                it.start("signing", "unreadable", SECRET)
                told.await("sign")
            }
            val again = Suspensions()
            place.open().engine(signing) { payloadCodec(second).listener(again) }.use { engine ->
                engine.start("signing", "readable", "9")
                again.await("sign")
                engine.approvals(10, 0).map { it.runId() to it.prompt() } shouldBe listOf("readable" to "Pay 9?")
            }
        }

        directory.atomicPlaces().forEachIndexed { index, newPlace ->
            test("what an atomic step records is encoded too (${listOf("SQLite", "PostgreSQL")[index]})") {
                val place = newPlace()
                val debit =
                    workflow<String, String>("debit") {
                        val done =
                            atomic("debit") {
                                place.effects.insert { it[label] = "debited" }
                                put("card", input)
                                "debited $input"
                            }
                        step("after") { done() }
                    }
                place.open().engine(debit) { payloadCodec(first) }.use {
                    it.start("debit", "r", SECRET).output() shouldBe "debited $SECRET"
                }
                place.durable() shouldBe listOf("debited")
                place.open().use { raw ->
                    val row = raw.journal("r").first()
                    row.output()!! shouldContain "perdure:aes-gcm:k1:"
                    row.changes()!! shouldContain "perdure:aes-gcm:k1:"
                }
            }
        }

        test("a client with the codec starts, signals and reads; one without it is told why it cannot read") {
            val schema = PostgresServer.newSchema()
            val waiting =
                workflow<String, String>("waiting") {
                    val paid = awaitSignal<String>("paid")
                    step("end") { "$input by ${paid()}" }
                }
            PostgresServer.open(schema).engine(waiting) { payloadCodec(first) }.use {
                PostgresServer.open(schema).encodedBy(first).client().use { client ->
                    val run = client.start("waiting", 1, "r", SECRET)
                    run.signal("paid", SECRET).get(10, TimeUnit.SECONDS)
                    run.await() shouldBe "$SECRET by $SECRET"
                }
                PostgresServer.open(schema).client().use { client ->
                    val refused = shouldThrow<PerdureException> { client.find("r").get().await() }
                    refused.code() shouldBe ErrorCode.UNREADABLE_PAYLOAD
                    refused.message shouldContain "aes-gcm"
                }
            }
            val texts =
                PostgresServer.query("SELECT t::text FROM $schema.signals t") +
                    PostgresServer.query("SELECT t::text FROM $schema.runs t")
            texts.size shouldBe 2
            texts.forEach { it!! shouldNotContain SECRET }
        }

        test("a signal that the engine cannot decode blocks the run that it was sent to") {
            val schema = PostgresServer.newSchema()
            val told = Suspensions()
            val waiting = workflow<String, String>("waiting") { awaitSignal<String>("paid") }
            PostgresServer.open(schema).engine(waiting) { payloadCodec(first).listener(told) }.use { engine ->
                val run = engine.start("waiting", "r", "1")
                told.await("paid")
                PostgresServer.open(schema).encodedBy(second).client().use {
                    it
                        .find("r")
                        .get()
                        .signal("paid", SECRET)
                        .get(10, TimeUnit.SECONDS)
                }
                val blocked = run.ended()
                blocked.status() shouldBe RunStatus.BLOCKED
                blocked.failure().message() shouldContain "key \"k2\" is not known here"
            }
            PostgresServer.open(schema).engine(waiting) { payloadCodec(first.reading("k2", key(2))) }.use {
                it.find("r").get().output() shouldBe SECRET
            }
        }

        test("a parent whose child's outcome cannot be read is blocked, and goes on with it once it can") {
            val store = MemoryStore()
            val secrets = Secrets()
            val parent = workflow<String, String>("parent") { call("child", secrets.child) { input } }
            store
                .engine(
                    secrets.child,
                ) { payloadCodec(first) }
                .use { it.start("child", "r/child", "1").endsCompleted() }
            store.engine(parent, secrets.child) { payloadCodec(second) }.use { engine ->
                val blocked = engine.start("parent", "r", "1").ended()
                blocked.status() shouldBe RunStatus.BLOCKED
                blocked.failure().message() shouldContain "key \"k1\" is not known here"
            }
            store.engine(parent, secrets.child) { payloadCodec(second.reading("k1", key(1))) }.use {
                it.find("r").get().output() shouldBe "1 and $SECRET"
            }
        }

        test("a start that finds a run which it cannot read is refused for that, not for another input") {
            val store = MemoryStore()
            val secrets = Secrets()
            store.engine(secrets.child) { payloadCodec(first) }.use { it.start("child", "r", "1").endsCompleted() }
            store.engine(secrets.child) { payloadCodec(second) }.use {
                shouldThrow<PerdureException> { it.start("child", "r", "1") }.code() shouldBe
                    ErrorCode.UNREADABLE_PAYLOAD
            }
        }

        test("an engine's own codec takes the place of the one that its store had") {
            val store = MemoryStore()
            val secrets = Secrets()
            EncodedStore.of(store, second).engine(secrets.child) { payloadCodec(first) }.use {
                it.start("child", "r", "1").endsCompleted()
            }
            store.find("r").get().input() shouldContain "perdure:aes-gcm:k1:"
        }
    })
