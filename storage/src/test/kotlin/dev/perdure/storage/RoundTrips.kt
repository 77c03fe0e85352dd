package dev.perdure.storage

import dev.perdure.core.Json
import dev.perdure.core.Plain
import dev.perdure.core.PlainData
import dev.perdure.core.StepStatus
import dev.perdure.core.ValueType
import dev.perdure.core.journal.Row
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreRecords
import dev.perdure.core.spi.Write
import dev.perdure.dsl.KotlinxCodec
import kotlin.random.Random
import kotlin.reflect.typeOf

/**
 * Made-up payloads, the same for the same seed, and where they go and come back from. Each fails for one that is another one
 * then.
 */
internal object RoundTrips {
    /** One in so many is as deep as a payload may be. */
    private const val DEEP = 100
    private const val SHAPES = 3

    /** The columns of a row that payloads are in. */
    private const val PLACES = 4
    private val codec = KotlinxCodec()
    private val anything = type<Any?>()
    private val texts = type<Map<String, List<String?>>>()
    private val numbers = type<List<Pair<Long, Double>>>()

    fun payload(seed: Long): Any? {
        val random = Random(seed)
        return if (random.nextInt(DEEP) > 0) PlainData.value(random, 4) else deep(random)
    }

    private fun deep(random: Random): Any? {
        val levels = random.nextInt(Plain.MAX_DEPTH - 5, Plain.MAX_DEPTH)
        val inside = PlainData.value(random, 0)
        return (1..levels).fold(inside) { inner, _ -> if (random.nextBoolean()) listOf(inner) else mapOf("k" to inner) }
    }

    /** To JSON and back. */
    fun throughText(seed: Long) {
        val value = payload(seed)
        val text = Json.write(value)
        check(text.all { it in ' '..'~' }) { "a text that is not plain ASCII: $text" }
        val read = Json.read(text)
        check(read == value) { "it is read back as another value: $text" }
        check(Json.write(read) == text) { "it is written as another text then: $text" }
        check(Plain.of(read) == read) { "it has another form in plain data: $text" }
    }

    /** To plain data, to JSON and back, as a value of a Kotlin type. */
    fun throughTypes(seed: Long) {
        val random = Random(seed)
        when (random.nextInt(SHAPES)) {
            0 -> through(anything, payload(seed))
            1 -> through(texts, List(3) { text(random) to List(3) { text(random).ifEmpty { null } } }.toMap())
            else -> through(numbers, List(4) { random.nextLong() to Double.fromBits(random.nextLong()) })
        }
    }

    private fun text(random: Random): String = String(CharArray(random.nextInt(9)) { random.nextInt(0x10000).toChar() })

    private fun <T> through(
        type: ValueType<T>,
        value: T,
    ) {
        val text = Json.write(Plain.of(type.encode(value)))
        val decoded = type.decode(Json.read(text))
        check(decoded == value) { "it is decoded as another value: $text" }
        check(Json.write(Plain.of(type.encode(decoded))) == text) { "it is encoded as another text then: $text" }
    }

    /** To a store and back, all of [seeds] in one commit, in each place of a row and a run that payloads are in. */
    fun throughStore(
        store: Store,
        lease: Lease,
        seeds: List<Long>,
    ) {
        val texts = seeds.map { Json.write(payload(it)) }
        val rows = texts.chunked(PLACES).mapIndexed { i, some -> row(i + 1L, some) }
        val id = "r${seeds.first()}"
        store.commit(lease, listOf(Write.StartRun(StoreRecords.run(id, input = texts.first()), rows)))
        val input = store.find(id).orElseThrow().input()
        check(input == texts.first()) { "an input comes back as another text: ${texts.first()}" }
        val found = store.journal(id)
        rows.zip(found).forEach { (row, back) ->
            check(row == back) { "a row comes back as another one: ${textsOf(row)}" }
        }
        check(found.size == rows.size) { "${found.size} of ${rows.size} rows come back" }
        store.commit(lease, listOf(Write.Reset(id)))
    }

    private fun row(
        seq: Long,
        texts: List<String>,
    ) = Row(
        seq,
        "step_$seq",
        null,
        null,
        "step",
        1,
        StepStatus.COMPLETED,
        texts.getOrNull(0),
        texts.getOrNull(1),
        texts.getOrNull(2),
        texts.getOrNull(3),
        null,
        StoreRecords.NOW,
        StoreRecords.NOW,
        null,
        null,
        null,
        null,
        seq.toInt(),
    )

    private fun textsOf(row: Row) = listOf(row.output(), row.changes(), row.error(), row.detail())

    @Suppress("UNCHECKED_CAST")
    private inline fun <reified T> type(): ValueType<T> = codec.typeOf(typeOf<T>()) as ValueType<T>
}
