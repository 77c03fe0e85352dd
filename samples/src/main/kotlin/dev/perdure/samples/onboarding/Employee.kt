package dev.perdure.samples.onboarding

import kotlinx.serialization.Serializable

/** One line of the employees file. */
@Serializable
data class Employee(
    val id: String,
    val name: String,
    val email: String,
    val department: String,
    val startDate: String,
    val laptop: String,
)
