package dev.perdure.core.payload

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RowFormat
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.journal.StoredSignal
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.ImportRows
import dev.perdure.core.spi.PayloadCodec
import dev.perdure.core.spi.PayloadPlace
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.fullRow
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.storeContract
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.lang.reflect.Modifier

private const val MARKER = "s3cr3t"

/** A codec that is made of two functions. */
internal class TwoWays(
    private val name: String = "two-ways",
    private val there: (String) -> String,
    private val back: (String) -> String = { it },
) : PayloadCodec {
    override fun name() = name

    override fun encode(
        text: String,
        place: PayloadPlace,
    ) = there(text)

    override fun decode(
        encoded: String,
        place: PayloadPlace,
    ) = back(encoded)
}

class EncodedStoreSpec :
    FunSpec({
        val aes = AesGcmCodec.of("k1", key(1))

        include(storeContract({ EncodedStore.of(MemoryStore(), aes) }))

        test("it passes on every method of a store, those with a body of their own too") {
            val methods = Store::class.java.methods.filter { !Modifier.isStatic(it.modifiers) }
            methods
                .filter {
                    EncodedStore::class.java.getMethod(it.name, *it.parameterTypes).declaringClass ==
                        Store::class.java
                }.shouldBeEmpty()
        }

        test("each text of a record is either known to be stored plain, or encoded: a new column cannot be forgotten") {
            val plain =
                mapOf(
                    Row::class.java to
                        listOf("path", "parentPath", "branch", "kind", "joinPolicy", "conditionResult", "branchTaken"),
                    RunRecord::class.java to listOf("id", "workflow", "fingerprint", "parent"),
                    RunUpdate::class.java to emptyList(),
                    SignalRecord::class.java to listOf("name", "dedupKey"),
                    ScheduleRecord::class.java to listOf("name", "workflow", "spec"),
                )
            val records =
                listOf(
                    fullRow(1).recoded { _, _ -> MARKER },
                    run("r").with(update()).recoded { _, _ -> MARKER },
                    update().recoded { _, _ -> MARKER },
                    signal(key = "k").recoded { MARKER },
                    StoreRecords.schedule("s").recoded { MARKER },
                )
            records.forEach { record ->
                val texts = record.javaClass.recordComponents.filter { it.type == String::class.java }
                texts.filter { it.accessor.invoke(record) != MARKER }.map { it.name } shouldContainExactlyInAnyOrder
                    plain.getValue(record.javaClass)
            }
        }

        test("no payload reaches the store below, and each comes back") {
            val below = MemoryStore()
            val store = EncodedStore.of(below, aes)
            val lease = store.acquire(StoreRecords.engine("e"))
            val secret = "\"$MARKER\""
            val row = fullRow(1).recoded { _, _ -> secret }
            val sent = signal(payload = secret)
            store.commit(
                lease,
                listOf(
                    Write.StartRun(run("r", input = secret)),
                    append("r", row, update = update(secret)),
                    Write.Signal("r", sent, 10),
                    Write.ImportRun(run("i", input = secret), listOf(row), listOf(StoredSignal.waiting(sent.at(1)))),
                    Write.SaveSchedule(StoreRecords.schedule("s", input = secret)),
                ),
            )
            val texts =
                listOf("r", "i").flatMap { id ->
                    val found = below.find(id).get()
                    listOf(found.input(), found.output(), found.error(), found.context()) +
                        below.journal(id).flatMap { listOf(it.output(), it.changes(), it.error(), it.detail()) } +
                        below.storedSignals(id).map { it.signal().payload() }
                } + below.schedules().map { it.input() }
            texts.filterNotNull().size shouldBe 16
            texts.filterNotNull().forEach { it shouldContain "perdure:aes-gcm:k1:" }
            texts.filterNotNull().forEach { it shouldNotContain MARKER }
            store.journal("r").single() shouldBe row
            store.find("r").get().context() shouldBe secret
            store.signals("r").single().payload() shouldBe secret
            store.schedules().single().input() shouldBe secret
        }

        test("the checksum of an encoded row covers what is stored; a row that was damaged before stays damaged") {
            val below = MemoryStore()
            val store = EncodedStore.of(below, aes)
            val lease = store.acquire(StoreRecords.engine("e"))
            val row = ImportRows.valid.first()
            store.commit(
                lease,
                listOf(Write.StartRun(run("r"), listOf(row)), Write.StartRun(run("q"), listOf(fullRow(1)))),
            )
            RowFormat.toEntry("r", store.journal("r").single()) shouldBe RowFormat.toEntry("r", row)
            shouldThrow<PerdureException> { RowFormat.toEntry("r", below.journal("r").single()) }.code() shouldBe
                ErrorCode.UNREADABLE_PAYLOAD
            listOf(store, below).forEach {
                shouldThrow<PerdureException> { RowFormat.toEntry("q", it.journal("q").single()) }.code() shouldBe
                    ErrorCode.CORRUPT_ROW
            }
        }

        test("a schedule moves on although its input is encoded differently each time, but not where it was replaced") {
            val store = EncodedStore.of(MemoryStore(), aes)
            val lease = store.acquire(StoreRecords.engine("e"))
            val schedule = StoreRecords.schedule("s", nextAt = 5)
            store.commit(lease, listOf(Write.SaveSchedule(schedule)))
            store.commit(lease, listOf(Write.MoveSchedule(StoreRecords.schedule("s", nextAt = 9, lastAt = 5), 5)))
            store.schedules().single().nextAt() shouldBe 9
            val stale = StoreRecords.schedule("s", input = "{\"other\":1}", nextAt = 12, lastAt = 9)
            store.commit(lease, listOf(Write.MoveSchedule(stale, 9)))
            store.schedules().single().nextAt() shouldBe 9
        }

        test("what cannot be decoded hinders no read, is told apart from a value, and is written again as it was") {
            val below = MemoryStore()
            val writer = EncodedStore.of(below, aes)
            val lease = writer.acquire(StoreRecords.engine("e"))
            writer.commit(lease, listOf(Write.StartRun(run("r", input = "\"$MARKER\""))))
            val stored = below.find("r").get().input()
            val blind = EncodedStore.of(below, AesGcmCodec.of("k2", key(2)))
            val seen = blind.list(RunQuery.all()).single()
            seen.input() shouldContain "key \"k1\" is not known here"
            blind.commit(
                lease,
                listOf(
                    Write.ImportRun(
                        seen
                            .recoded {
                                _,
                                text,
                                ->
                                text
                            }.copyAs("s"),
                        listOf(),
                        listOf(),
                    ),
                ),
            )
            below.find("s").get().input() shouldBe stored
        }

        test("what was stored plain is readable with a codec, unless that refuses it") {
            val below = MemoryStore()
            val lease = below.acquire(StoreRecords.engine("e"))
            below.commit(lease, listOf(Write.StartRun(run("r", input = "7"))))
            EncodedStore
                .of(below, aes)
                .find("r")
                .get()
                .input() shouldBe "7"
            val strict = EncodedStore.of(below, aes.refusingPlain())
            strict.find("r").get().input() shouldContain "it was stored without a payload codec"
        }

        test(
            "a codec that fails, or gives what no database keeps, is like a store out of reach, and shows no payload",
        ) {
            listOf(TwoWays(there = { error("cannot encode $it") }), TwoWays(there = { "\u0000" })).forEach { codec ->
                val store = EncodedStore.of(MemoryStore(), codec)
                val lease = store.acquire(StoreRecords.engine("e"))
                val failed =
                    shouldThrow<StoreException> {
                        store.commit(lease, listOf(Write.StartRun(run("r", input = "\"$MARKER\""))))
                    }
                failed.code() shouldBe ErrorCode.STORE_UNAVAILABLE
                failed.isTransient shouldBe true
                failed.message shouldContain "payload codec \"two-ways\" could not encode runs.input of \"r\""
                failed.message shouldNotContain MARKER
                store.find("r").isEmpty shouldBe true
            }
        }

        test("of a codec that fails to decode, only the type of the failure is told") {
            val below = MemoryStore()
            val lease = below.acquire(StoreRecords.engine("e"))
            val codec = TwoWays(there = { it }, back = { error("cannot decode $it") })
            EncodedStore.of(below, codec).commit(lease, listOf(Write.StartRun(run("r", input = "\"$MARKER\""))))
            val text =
                EncodedStore
                    .of(below, codec)
                    .find("r")
                    .get()
                    .input()
            text.lines().first() shouldBe "perdure!payload codec \"two-ways\" threw java.lang.IllegalStateException"
        }

        test("another codec than the one that encoded says which that was") {
            val below = MemoryStore()
            val lease = below.acquire(StoreRecords.engine("e"))
            EncodedStore.of(below, aes).commit(lease, listOf(Write.StartRun(run("r"))))
            val text =
                EncodedStore
                    .of(below, TwoWays(there = { it }))
                    .find("r")
                    .get()
                    .input()
            text.lines().first() shouldContain "payload codec \"aes-gcm\" encoded it"
        }

        test("a codec with an odd name is refused") {
            listOf("", "Upper", "with space", "colon:", "x".repeat(41)).forEach { name ->
                shouldThrow<PerdureException> {
                    EncodedStore.of(MemoryStore(), TwoWays(name, there = { it }))
                }.code() shouldBe ErrorCode.INVALID_NAME
            }
        }
    })

private fun update(text: String = "1") = RunUpdate(RunStatus.RUNNING, text, text, text, 1, 2, 3L, null)

private fun RunRecord.copyAs(id: String) =
    RunRecord(
        id,
        generation(),
        workflow(),
        version(),
        fingerprint(),
        status(),
        input(),
        output(),
        error(),
        context(),
        contextSeq(),
        createdAt(),
        updatedAt(),
        finishedAt(),
        deadlineAt(),
        parent(),
        wakeAt(),
    )
