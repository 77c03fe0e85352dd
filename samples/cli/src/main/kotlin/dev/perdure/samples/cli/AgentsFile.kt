package dev.perdure.samples.cli

import dev.perdure.core.Json
import dev.perdure.core.Names
import dev.perdure.core.PerdureException
import dev.perdure.dsl.json.Agents
import dev.perdure.dsl.json.HttpOptions
import dev.perdure.dsl.json.agents
import java.net.URI
import java.net.URISyntaxException
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds

/**
 * Reads a file of agents: an object, by name `{"url", "timeout", "headers", "max_answer_bytes"}`, of which only `url`
 * is needed.
 *
 * @throws UsageException with all that is wrong in it; without the values of headers
 */
internal fun readAgents(file: Path): Agents {
    val root = objectIn(file)
    val problems = mutableListOf<String>()
    val endpoints = root.mapNotNull { (name, value) -> endpoint(name, value, problems) }
    val read =
        agents {
            endpoints.forEach { agent ->
                collecting(problems) { http(agent.name, agent.url) { agent.options(this) } }
            }
        }
    if (problems.isNotEmpty()) {
        throw UsageException("the agents in $file cannot be used:" + problems.joinToString("") { "\n  - $it" })
    }
    return read
}

private class HttpEndpoint(val name: String, val url: URI, val options: (HttpOptions) -> HttpOptions)

private fun objectIn(file: Path): Map<String, Any?> {
    val text = readText(file, "agents")
    val root =
        try {
            Json.read(text)
        } catch (malformed: PerdureException) {
            throw UsageException("the agents in $file are no JSON: ${malformed.message}")
        }
    val map =
        root as? Map<*, *>
            ?: throw UsageException("the agents in $file are no object; expected {\"name\": {\"url\": …}}")
    return map.entries.associate { (name, value) -> name as String to value }
}

private fun endpoint(
    name: String,
    value: Any?,
    problems: MutableList<String>,
): HttpEndpoint? {
    val shown = "agent ${Names.quoted(name)}"
    val fields = value as? Map<*, *>
    val url = fields?.get("url") as? String
    if (fields == null || url == null) {
        problems += "$shown: expected an object with a text \"url\""
        return null
    }
    (fields.keys - KNOWN).forEach {
        problems +=
            "$shown: there is no setting ${Names.quoted("$it")}; there is ${KNOWN.joinToString()}"
    }
    val address =
        try {
            URI(url)
        } catch (_: URISyntaxException) {
            problems += "$shown: its url is no address"
            return null
        }
    val timeout = setting<Number>(fields, "timeout", "a number of seconds", shown, problems)
    val most = setting<Long>(fields, "max_answer_bytes", "a whole number", shown, problems)
    val headers = setting<Map<*, *>>(fields, "headers", "an object of texts", shown, problems).orEmpty()
    if (headers.values.any { it !is String }) {
        problems += "$shown: expected texts as values of \"headers\""
        return null
    }
    return HttpEndpoint(name, address) { options ->
        var changed = if (timeout == null) options else options.timeout(timeout.toDouble().seconds)
        changed =
            if (most == null) changed else changed.maxAnswerBytes(most.coerceIn(0, Int.MAX_VALUE.toLong()).toInt())
        headers.entries.fold(changed) { all, (header, text) -> all.header(header as String, text as String) }
    }
}

private inline fun <reified T> setting(
    fields: Map<*, *>,
    name: String,
    expected: String,
    shown: String,
    problems: MutableList<String>,
): T? {
    val value = fields[name]
    if (value != null && value !is T) {
        problems += "$shown: expected $expected as \"$name\""
    }
    return value as? T
}

private fun collecting(
    problems: MutableList<String>,
    block: () -> Unit,
) {
    try {
        block()
    } catch (refused: PerdureException) {
        problems += refused.message.orEmpty()
    }
}

private val KNOWN = listOf("url", "timeout", "headers", "max_answer_bytes")
