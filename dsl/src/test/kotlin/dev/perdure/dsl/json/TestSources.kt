package dev.perdure.dsl.json

import dev.perdure.core.Json
import dev.perdure.dsl.json.Reference.Source

/** The sources that the condition table of the format has, as JSON by what a reference writes before its parts. */
internal fun sources(vararg values: Pair<String, String>): Sources {
    val plain = values.associate { (name, json) -> name to Json.read(json) }
    return Sources { source ->
        val name =
            when (source) {
                Source.Input -> "workflow.input"
                is Source.Output -> "${source.step}.output"
                is Source.Loop -> "loop.${source.variable.name.lowercase()}"
            }
        check(name in plain) { "$name was asked for, but is not there" }
        plain[name]
    }
}
