package dev.perdure.dsl.json

import com.fasterxml.jackson.core.JsonProcessingException
import com.fasterxml.jackson.databind.DeserializationFeature
import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.json.JsonMapper
import com.networknt.schema.SchemaLocation
import com.networknt.schema.SchemaRegistry
import com.networknt.schema.SpecificationVersion

/** The schema of workflow files, as an editor uses it. */
internal object WorkflowSchema {
    private val mapper: JsonMapper =
        JsonMapper
            .builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build()
    private val registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)

    val node: JsonNode = parse(textOf("workflow.schema.json"))
    private val schema = registry.getSchema(node)

    private fun textOf(file: String): String =
        checkNotNull(WorkflowFile::class.java.getResource(file)) { "no resource $file" }.readText()

    fun parse(text: String): JsonNode = mapper.readTree(text)

    /** What is wrong with [text] as far as the schema can see; a text that is no JSON is wrong. */
    fun problemsOf(text: String): List<String> =
        try {
            problemsOf(parse(text))
        } catch (malformed: JsonProcessingException) {
            listOf(malformed.message.orEmpty())
        }

    fun problemsOf(file: JsonNode): List<String> = schema.validate(file).map { "${it.instanceLocation}: ${it.message}" }

    /** What is wrong with the schema, by the schema of schemas. */
    fun ownProblems(): List<String> {
        val draft = registry.getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.dialectId))
        return draft.validate(node).map { "${it.instanceLocation}: ${it.message}" }
    }
}
