package dev.perdure.core.api

import java.lang.reflect.AnnotatedElement
import java.lang.reflect.Constructor
import java.lang.reflect.Executable
import java.lang.reflect.Field
import java.lang.reflect.GenericArrayType
import java.lang.reflect.GenericDeclaration
import java.lang.reflect.Member
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.lang.reflect.ParameterizedType
import java.lang.reflect.Type
import java.lang.reflect.TypeVariable
import java.lang.reflect.WildcardType
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.invariantSeparatorsPathString
import kotlin.reflect.KVisibility
import kotlin.reflect.jvm.kotlinFunction

/**
 * All public and protected signatures of a module's main classes as sorted text, so that a change of the API is a
 * visible difference. Kotlin's internal members and synthetic ones are left out. The text is the same on every JDK.
 */
public object ApiDump {
    /** The text for the classes in [classes], the folder that a module's main code is compiled into. */
    public fun of(classes: Path): String =
        Files.walk(classes).use { files ->
            files
                .filter { it.extension == "class" }
                .map {
                    classes
                        .relativize(it)
                        .invariantSeparatorsPathString
                        .removeSuffix(".class")
                        .replace('/', '.')
                }.filter { !it.endsWith("package-info") && it != "module-info" }
                .sorted()
                .toList()
                .map { Class.forName(it, false, ApiDump::class.java.classLoader) }
                .filter(::isApi)
                .joinToString("\n", transform = ::describe)
        }

    /**
     * Compares the classes in `target/classes` with the [file] that is kept under version control.
     *
     * `-Dperdure.api.update=true` writes the file anew, and returns null then.
     *
     * @return what is different and what to do about it; null for nothing
     */
    public fun difference(
        file: Path,
        classes: Path = Path.of("target", "classes"),
    ): String? {
        val found = of(classes)
        if (System.getProperty("perdure.api.update") == "true") {
            file.toAbsolutePath().parent.let(Files::createDirectories)
            Files.writeString(file, found)
            return null
        }
        val expected = if (Files.exists(file)) Files.readString(file) else ""
        if (found == expected) {
            return null
        }
        val gone = lines(expected) - lines(found)
        val added = lines(found) - lines(expected)
        return "the public API is not that of $file; if the change is meant, write it anew with " +
            "-Dperdure.api.update=true\n" +
            (gone.map { "- $it" } + added.map { "+ $it" }).joinToString("\n")
    }

    /** Each line with the class that it belongs to. */
    private fun lines(text: String): Set<String> {
        var owner = ""
        return text
            .lines()
            .filter { it.isNotBlank() && it != "}" }
            .map { line ->
                if (line.startsWith("    ")) {
                    "$owner: ${line.trim()}"
                } else {
                    line.also {
                        owner =
                            line.removeSuffix(" {")
                    }
                }
            }.toSet()
    }

    private fun isApi(type: Class<*>): Boolean =
        generateSequence(type) { it.enclosingClass }.all { isVisible(it.modifiers) && !isInternal(it) } &&
            !type.isSynthetic &&
            !type.isAnonymousClass &&
            !type.isLocalClass

    private fun isVisible(modifiers: Int): Boolean = Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers)

    private fun isInternal(type: Class<*>): Boolean =
        type.isAnnotationPresent(Metadata::class.java) &&
            runCatching { type.kotlin.visibility }.getOrNull() in setOf(KVisibility.INTERNAL, KVisibility.PRIVATE)

    private fun describe(type: Class<*>): String {
        val members =
            type.declaredFields.filter(::isApi).map(::describe) +
                type.declaredConstructors.filter { isApi(it) }.map { describe(it) } +
                type.declaredMethods.filter { isApi(it) && !isOfEveryEnum(it) }.map { describe(it) }
        return members.sorted().joinToString("", header(type) + " {\n", "}\n") { "    $it\n" }
    }

    private fun isApi(member: Member): Boolean =
        isVisible(member.modifiers) && !member.isSynthetic && '$' !in member.name && !isInternal(member)

    private fun isInternal(member: Member): Boolean =
        member.declaringClass.isAnnotationPresent(Metadata::class.java) &&
            when (member) {
                is Method -> {
                    runCatching { member.kotlinFunction?.visibility }.getOrNull() == KVisibility.INTERNAL
                }

                is Constructor<*> -> {
                    runCatching { member.kotlinFunction?.visibility }.getOrNull() ==
                        KVisibility.INTERNAL
                }

                else -> {
                    false
                }
            }

    private fun isOfEveryEnum(method: Method): Boolean =
        method.declaringClass.isEnum &&
            (method.name == "values" || method.name == "valueOf" || method.name == "getEntries")

    private fun header(type: Class<*>): String {
        val kind =
            when {
                type.isAnnotation -> "annotation"
                type.isInterface -> "interface"
                type.isEnum -> "enum"
                type.isRecord -> "record"
                else -> "class"
            }
        val above = listOfNotNull(type.genericSuperclass?.takeIf { isWorthNaming(it, type) }) + type.genericInterfaces
        return words(
            deprecated(type),
            Modifier.toString(type.modifiers and modifiersOf(type)),
            if (type.isSealed) "sealed" else "",
            kind,
            type.name + variables(type),
            if (above.isEmpty()) "" else above.map(::name).sorted().joinToString(", ", ": "),
        )
    }

    private fun modifiersOf(type: Class<*>): Int =
        when {
            type.isInterface -> Modifier.PUBLIC or Modifier.PROTECTED
            type.isEnum || type.isRecord -> Modifier.PUBLIC or Modifier.PROTECTED
            else -> Modifier.PUBLIC or Modifier.PROTECTED or Modifier.FINAL or Modifier.ABSTRACT
        }

    private fun isWorthNaming(
        superclass: Type,
        type: Class<*>,
    ): Boolean = superclass != Any::class.java && !type.isEnum && !type.isRecord

    private fun describe(field: Field): String =
        if (field.isEnumConstant) {
            words(deprecated(field), field.name)
        } else {
            words(deprecated(field), Modifier.toString(field.modifiers and FIELD), name(field.genericType), field.name)
        }

    private fun describe(executable: Executable): String {
        val parameters = executable.genericParameterTypes.joinToString(", ", "(", ")", transform = ::name)
        val own = Modifier.PUBLIC or Modifier.PROTECTED or Modifier.STATIC or Modifier.FINAL or Modifier.ABSTRACT
        val isDefault = executable is Method && executable.isDefault
        return words(
            deprecated(executable),
            Modifier.toString(executable.modifiers and own),
            if (isDefault) "default" else "",
            variables(executable),
            if (executable is Method) name(executable.genericReturnType) else "",
            (if (executable is Method) executable.name else "<init>") + parameters,
            executable.genericExceptionTypes
                .map(
                    ::name,
                ).sorted()
                .joinToString(", ")
                .let { if (it.isEmpty()) "" else "throws $it" },
        )
    }

    private const val FIELD = Modifier.PUBLIC or Modifier.PROTECTED or Modifier.STATIC or Modifier.FINAL

    private fun deprecated(element: AnnotatedElement): String =
        if (element.isAnnotationPresent(java.lang.Deprecated::class.java)) "@Deprecated" else ""

    private fun variables(declaration: GenericDeclaration): String =
        declaration.typeParameters.takeIf { it.isNotEmpty() }?.joinToString(", ", "<", ">") { variable ->
            val bounds = variable.bounds.filter { it != Any::class.java }
            variable.name + if (bounds.isEmpty()) "" else bounds.joinToString(" & ", " extends ", transform = ::name)
        } ?: ""

    /** A type's name; not [Type.getTypeName], whose details differ between JDKs. */
    private fun name(type: Type): String =
        when (type) {
            is Class<*> -> {
                if (type.isArray) name(type.componentType) + "[]" else type.name
            }

            is ParameterizedType -> {
                name(type.rawType) +
                    type.actualTypeArguments.joinToString(", ", "<", ">", transform = ::name)
            }

            is GenericArrayType -> {
                name(type.genericComponentType) + "[]"
            }

            is TypeVariable<*> -> {
                type.name
            }

            is WildcardType -> {
                wildcard(type)
            }

            else -> {
                error("a new kind of type: ${type.javaClass}")
            }
        }

    private fun wildcard(type: WildcardType): String {
        val lower = type.lowerBounds.singleOrNull()
        val upper = type.upperBounds.singleOrNull()?.takeIf { it != Any::class.java }
        return "?" + (lower?.let { " super ${name(it)}" } ?: upper?.let { " extends ${name(it)}" } ?: "")
    }

    private fun words(vararg words: String): String = words.filter { it.isNotEmpty() }.joinToString(" ")
}
