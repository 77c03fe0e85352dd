package dev.perdure.samples.onboarding

import dev.perdure.core.definition.Workflow

/** The onboarding as one language writes it; all around it is shared. */
interface OnboardingProgram {
    /** The language, for the output. */
    fun language(): String

    /** What the child JVM is started with. */
    fun mainClass(): String

    fun workflow(office: Office): Workflow<*, *>

    /** The input of an employee's run. */
    fun input(employee: Employee): Any
}
