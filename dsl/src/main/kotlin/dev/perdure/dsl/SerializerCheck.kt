package dev.perdure.dsl

import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.descriptors.PolymorphicKind
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.SerialKind
import kotlinx.serialization.descriptors.StructureKind
import kotlinx.serialization.descriptors.capturedKClass
import kotlinx.serialization.descriptors.elementDescriptors
import kotlinx.serialization.descriptors.getContextualDescriptor
import kotlinx.serialization.descriptors.getPolymorphicDescriptors
import kotlinx.serialization.modules.SerializersModule

/** Finds what a type contains that could never be encoded, before any value exists. Immutable. */
@OptIn(ExperimentalSerializationApi::class)
internal class SerializerCheck(private val module: SerializersModule) {
    /** Why values that `descriptor` describes cannot be encoded; null when they can. */
    fun problem(descriptor: SerialDescriptor): String? = Walk().problem(descriptor, 0)

    private inner class Walk {
        private val seen = HashSet<String>()

        fun problem(
            descriptor: SerialDescriptor,
            depth: Int,
        ): String? =
            when (descriptor.kind) {
                SerialKind.CONTEXTUAL -> contextual(descriptor, depth)
                PolymorphicKind.OPEN -> open(descriptor, depth)
                StructureKind.LIST, StructureKind.MAP -> elements(descriptor, depth)
                else -> if (seen.add(descriptor.toString())) elements(descriptor, depth) else null
            }

        private fun contextual(
            descriptor: SerialDescriptor,
            depth: Int,
        ): String? {
            val registered = module.getContextualDescriptor(descriptor)
            return when {
                // Not asked for by the user: how the library holds the subclasses of a sealed type.
                descriptor.capturedKClass == null -> elements(descriptor, depth)

                registered != null && registered != descriptor -> problem(registered, depth + 1)

                else -> "${descriptor.serialName} has no contextual serializer in the workflow's json"
            }
        }

        private fun open(
            descriptor: SerialDescriptor,
            depth: Int,
        ): String? {
            val subclasses = module.getPolymorphicDescriptors(descriptor)
            return when {
                subclasses.isEmpty() -> {
                    "${descriptor.serialName} is open and has no subclasses registered in the workflow's json; " +
                        "make it sealed, or register them"
                }

                else -> {
                    subclasses.firstNotNullOfOrNull { problem(it, depth + 1) }
                }
            }
        }

        /** A generic type that contains itself with ever longer arguments has no end; values of it are checked as they come. */
        private fun elements(
            descriptor: SerialDescriptor,
            depth: Int,
        ): String? =
            if (depth > MOST) null else descriptor.elementDescriptors.firstNotNullOfOrNull { problem(it, depth + 1) }
    }

    private companion object {
        const val MOST = 50
    }
}
