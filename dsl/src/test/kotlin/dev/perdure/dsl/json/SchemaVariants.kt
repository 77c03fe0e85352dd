package dev.perdure.dsl.json

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.node.ArrayNode
import com.fasterxml.jackson.databind.node.JsonNodeFactory
import com.fasterxml.jackson.databind.node.ObjectNode

/** What fields are set to: kinds of values, and both sides of each boundary that the format has. */
private val VALUES =
    "null true [] {} [5] [\"p1\"] [\"p1\",\"p1\"] {\"steps\":[]} {\"steps\":[\"y1\"]}".split(" ") +
        "-1 0 0.0005 0.001 0.5 1 1.0 1.001 1.5 2 3 1000 1001 1e3 10000 10001 1e400".split(" ") +
        "1000000000 1000000001 315360000 315360001 315360000000 315360000001".split(" ") +
        texts("", " ", "\u2028", "\u3000", "\u00a0", "\u202e", "x", "\\u0000", "x".repeat(200), "x".repeat(201)) +
        texts("agent", "sleep", "validate", "any", "n_of_m", "continue", "cancel", "parallel", "fail_fast", "true") +
        texts("p1", "1", " ".repeat(1_999) + "1", "1" + " ".repeat(2_000), "perdure:x") +
        texts("\${workflow.input.x}", "a \${workflow.input}", "\${")

private fun texts(vararg texts: String): List<String> = texts.map { "\"$it\"" }

private val KEYS = listOf("", " ", "x", "a\u0000b", "x".repeat(200), "x".repeat(201), "timeout_seconds", "retry")

/**
 * Changes one thing of [file] at a time, everywhere, and calls [look] each time with what that is: a field or item is
 * another value, is not there, or has another name. Afterwards [file] is as it was.
 */
internal fun variantsOf(
    file: JsonNode,
    look: (String) -> Unit,
) = variantsOf(file, JsonPath.ROOT, look)

private fun variantsOf(
    node: JsonNode,
    path: JsonPath,
    look: (String) -> Unit,
) {
    when (node) {
        is ObjectNode -> {
            fieldVariants(node, path, look)
        }

        is ArrayNode -> {
            itemVariants(node, path, look)
        }

        else -> {}
    }
}

private fun fieldVariants(
    node: ObjectNode,
    path: JsonPath,
    look: (String) -> Unit,
) {
    val fields = node.properties().map { it.key to it.value }
    for ((name, value) in fields) {
        val here = path / name
        for (other in VALUES) {
            node.set<JsonNode>(name, WorkflowSchema.parse(other))
            look("$here = $other")
        }
        for (key in KEYS.filter { it !in fields.map { field -> field.first } }) {
            node.remove(name)
            node.set<JsonNode>(key, value)
            look("$here is called $key")
            node.remove(key)
        }
        look("no $here")
        node.removeAll()
        fields.forEach { (field, before) -> node.set<JsonNode>(field, before) }
        variantsOf(value, here, look)
    }
    node.put("surplus", 1)
    look("$path with a field too many")
    node.remove("surplus")
}

private fun itemVariants(
    node: ArrayNode,
    path: JsonPath,
    look: (String) -> Unit,
) {
    for (at in 0 until node.size()) {
        val value = node[at]
        for (other in VALUES) {
            node.set(at, WorkflowSchema.parse(other))
            look("${path[at]} = $other")
        }
        node.remove(at)
        look("no ${path[at]}")
        node.insert(at, value)
        variantsOf(value, path[at], look)
    }
}

/** Gives [node] each default that [definition] says and it does not have; how many those were. */
internal fun fillIn(
    node: ObjectNode,
    definition: JsonNode,
): Int =
    definition["properties"].properties().sumOf { (name, property) ->
        val target = resolved(property)
        val default = property["default"] ?: target["default"]
        val inner = node[name] ?: JsonNodeFactory.instance.objectNode().takeIf { name == "retry" }
        when {
            inner is ObjectNode && target.has("properties") -> {
                node.set<JsonNode>(name, inner)
                fillIn(inner, target)
            }

            default != null && !node.has(name) -> {
                node.set<JsonNode>(name, default)
                1
            }

            else -> {
                0
            }
        }
    }

/** The fields of [definition], and those inside it, that say nothing about themselves. */
internal fun undescribed(
    path: String,
    definition: JsonNode,
): List<String> {
    val properties = definition["properties"]?.properties().orEmpty()
    val own =
        properties
            .filter { (_, property) ->
                property.isObject &&
                    !(property.has("description") || resolved(property).has("description"))
            }.map { "$path/${it.key}" }
    val inner = properties.flatMap { (name, property) -> undescribed("$path/$name", property) }
    val items = definition["additionalProperties"]?.let { undescribed("$path/*", it) }.orEmpty()
    val named = definition["\$defs"]?.properties().orEmpty().flatMap { (name, one) -> undescribed("$path/$name", one) }
    return own + inner + items + named
}

private fun resolved(property: JsonNode): JsonNode =
    property["\$ref"]?.let { WorkflowSchema.node.at(it.asText().removePrefix("#")) } ?: property
