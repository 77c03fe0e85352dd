package dev.perdure.dsl

import java.lang.reflect.GenericArrayType
import java.lang.reflect.ParameterizedType
import java.lang.reflect.Type
import java.lang.reflect.WildcardType
import kotlin.reflect.KClass
import kotlin.reflect.KType

/** A type as the graph shows it: simple names of boxed JVM classes, the same that the Java codec gives. */
internal fun typeName(type: KType): String {
    val classifier = type.classifier as? KClass<*> ?: return OBJECT
    val raw = classifier.javaObjectType
    if (classifier == Unit::class || raw.isArray) {
        return typeName(raw)
    }
    return named(raw, type.arguments.map { it.type?.let(::typeName) ?: OBJECT })
}

/** As above, for a Java type. */
internal fun typeName(type: Type): String =
    when (type) {
        Unit::class.java -> "Void"
        is Class<*> -> type.kotlin.javaObjectType.simpleName
        is ParameterizedType -> named(type.rawType as Class<*>, type.actualTypeArguments.map(::typeName))
        is WildcardType -> typeName(type.upperBounds.first())
        is GenericArrayType -> typeName(type.genericComponentType) + "[]"
        else -> OBJECT
    }

private fun named(
    raw: Class<*>,
    arguments: List<String>,
): String = if (arguments.isEmpty()) raw.simpleName else arguments.joinToString(", ", "${raw.simpleName}<", ">")

private const val OBJECT = "Object"
