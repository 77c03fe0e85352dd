package dev.perdure.storage

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.name

/** What turns data into code, as the constant pool of a class that uses it has it. */
private val gadgets =
    listOf(
        "java/io/ObjectInputStream",
        "java/io/ObjectOutputStream",
        "java/beans/XMLDecoder",
        "java/rmi/",
        "javax/naming/",
        "javax/script/",
        "javax/tools/",
        "java/net/URLClassLoader",
        "defineClass",
        "org/yaml/",
        "org/mozilla/javascript",
        "groovy/",
        "org/springframework/expression",
        "ognl/",
        "org/mvel",
        "activateDefaultTyping",
        "enableDefaultTyping",
        "JsonTypeInfo\$Id",
        "PolymorphicTypeValidator",
        "com/thoughtworks/xstream",
        "com/esotericsoftware/kryo",
    )

/** Looks up a class by its name: Class.forName and ClassLoader.loadClass. */
private val byName =
    listOf(
        "(Ljava/lang/String;)Ljava/lang/Class;",
        "(Ljava/lang/String;ZLjava/lang/ClassLoader;)Ljava/lang/Class;",
    )

/** Data is never code: nothing in the library can load a class, run a script or read objects because data says so. */
class NoGadgetsSpec :
    FunSpec({
        fun classes(directory: Path): List<Path> =
            Files.walk(directory).use { files -> files.filter { it.extension == "class" }.toList() }

        fun users(
            directory: Path,
            words: List<String>,
        ): List<String> =
            classes(directory).flatMap { file ->
                val pool = String(Files.readAllBytes(file), Charsets.ISO_8859_1)
                words.filter { it in pool }.map { "${file.name} uses $it" }
            }

        listOf("core", "dsl", "storage").forEach { module ->
            val main = Path.of("..", module, "target", "classes")
            test("no class of $module reads objects, evaluates scripts, or lets data choose a type") {
                classes(main).shouldNotBeEmpty()
                users(main, gadgets).shouldBeEmpty()
            }
            test("no class of $module looks classes up by name, but for whether a driver is there") {
                users(main, byName).filterNot { it.startsWith("PostgresPool\$Companion.class") }.shouldBeEmpty()
            }
        }

        test("the scan finds what it looks for: this class has all of these names in it") {
            val own = Path.of("target", "test-classes")
            val found = users(own, gadgets + byName).filter { it.startsWith("NoGadgetsSpecKt") }
            (gadgets + byName).filter { word -> found.none { it.endsWith(" $word") } }.shouldBeEmpty()
        }
    })
