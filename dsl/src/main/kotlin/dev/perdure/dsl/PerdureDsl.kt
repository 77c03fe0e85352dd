package dev.perdure.dsl

/**
 * Marks the receivers of the DSL: inside of one, what an outer one offers is out of reach unless it is named. So a step
 * inside a step's body does not compile.
 */
@DslMarker
@Target(AnnotationTarget.CLASS, AnnotationTarget.TYPE)
public annotation class PerdureDsl
