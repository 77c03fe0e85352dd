package dev.perdure.core.architecture

import com.tngtech.archunit.base.DescribedPredicate
import com.tngtech.archunit.core.domain.JavaAccess
import com.tngtech.archunit.core.domain.JavaClass
import com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage
import com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage
import com.tngtech.archunit.core.domain.JavaClasses
import com.tngtech.archunit.core.importer.ClassFileImporter
import com.tngtech.archunit.lang.ArchRule
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import java.time.Clock
import java.time.Instant
import java.util.concurrent.ConcurrentHashMap

private const val CORE = "dev.perdure.core"

/** For each package, those of core that it may use besides itself. */
private val allowed =
    mapOf(
        CORE to emptyList(),
        "$CORE.journal" to listOf(CORE),
        "$CORE.definition" to listOf("$CORE.journal", CORE),
        "$CORE.machine" to listOf("$CORE.definition", "$CORE.journal", CORE),
        "$CORE.spi" to listOf("$CORE.definition", "$CORE.journal", CORE),
        "$CORE.payload" to listOf("$CORE.spi", "$CORE.journal", CORE),
        "$CORE.schedule" to listOf(CORE),
        "$CORE.engine" to
            listOf(
                "$CORE.insight",
                "$CORE.machine",
                "$CORE.payload",
                "$CORE.spi",
                "$CORE.definition",
                "$CORE.schedule",
                "$CORE.journal",
                CORE,
            ),
        "$CORE.insight" to listOf("$CORE.machine", "$CORE.spi", "$CORE.definition", "$CORE.journal", CORE),
        "$CORE.graph" to listOf("$CORE.definition", "$CORE.journal", CORE),
        "$CORE.transfer" to listOf("$CORE.spi", "$CORE.journal", CORE),
        "$CORE.memory" to listOf("$CORE.spi", "$CORE.journal", CORE),
        "$CORE.jackson" to listOf(CORE),
        "$CORE.testing" to
            listOf(
                "$CORE.engine",
                "$CORE.insight",
                "$CORE.memory",
                "$CORE.machine",
                "$CORE.spi",
                "$CORE.definition",
                "$CORE.schedule",
                "$CORE.journal",
                CORE,
            ),
    )

class ArchitectureSpec :
    FunSpec({
        val main: JavaClasses = ClassFileImporter().importPath(Path.of("target", "classes"))

        fun holds(rule: ArchRule) = rule.check(main)

        test("there is code to look at, in known packages only") {
            main.map { it.packageName }.toSet() shouldBe allowed.keys
        }
        allowed.forEach { (layer, below) ->
            test("$layer uses only what is below it") {
                val forbidden = (allowed.keys - layer - below.toSet()).toTypedArray()
                holds(
                    noClasses()
                        .that(
                            resideInAPackage(layer),
                        ).should()
                        .dependOnClassesThat(resideInAnyPackage(*forbidden)),
                )
            }
        }
        test("packages have no cycles") {
            holds(slices().matching("$CORE.(**)").should().beFreeOfCycles())
        }
        test("nothing needs the codec on Jackson, the pictures, exports or the testing kit") {
            listOf("jackson", "graph", "transfer", "testing").forEach { leaf ->
                holds(
                    noClasses()
                        .that()
                        .resideOutsideOfPackage("$CORE.$leaf")
                        .should()
                        .dependOnClassesThat(resideInAPackage("$CORE.$leaf")),
                )
            }
        }
        test("only the codec on Jackson needs Jackson") {
            holds(
                noClasses()
                    .that()
                    .resideOutsideOfPackage("$CORE.jackson")
                    .should()
                    .dependOnClassesThat(resideInAPackage("com.fasterxml..")),
            )
        }
        test("only one class of schedules needs the library for cron expressions") {
            holds(
                noClasses()
                    .that(describe("not CronTimes") { it.name != "$CORE.schedule.CronTimes" })
                    .should()
                    .dependOnClassesThat(resideInAPackage("com.cronutils..")),
            )
        }
        test("only the codecs of payloads encrypt") {
            holds(
                noClasses()
                    .that()
                    .resideOutsideOfPackage("$CORE.payload")
                    .should()
                    .dependOnClassesThat(resideInAPackage("javax.crypto..")),
            )
        }
        test("core needs the JDK, slf4j, jspecify and, in one package each, Jackson and cron-utils") {
            holds(
                classes()
                    .should()
                    .onlyDependOnClassesThat(
                        resideInAnyPackage(
                            "$CORE..",
                            "java..",
                            "javax.crypto..",
                            "org.slf4j..",
                            "org.jspecify..",
                            "com.fasterxml.jackson..",
                            "com.cronutils..",
                        ).or(describe("primitive") { it.baseComponentType.isPrimitive }),
                    ),
            )
        }
        test("core has no Kotlin, no SQL, no reflection on names and no Java serialization") {
            holds(
                noClasses().should().dependOnClassesThat(
                    resideInAnyPackage("kotlin..", "kotlinx..", "java.sql..", "javax.sql.."),
                ),
            )
            holds(noClasses().should().dependOnClassesThat().haveNameMatching("java\\.io\\.Object(In|Out)putStream"))
            holds(noClasses().should().callMethodWhere(called("java.lang.Class", "forName")))
        }
        test("the machine has no threads, no clock, no randomness and no input or output") {
            val shared = describe("a concurrent map in Values") { it.isEquivalentTo(ConcurrentHashMap::class.java) }
            holds(
                noClasses()
                    .that(resideInAPackage("$CORE.machine").and(describe("not Values") { it.simpleName != "Values" }))
                    .should()
                    .dependOnClassesThat(resideInAPackage("java.util.concurrent..")),
            )
            holds(
                noClasses()
                    .that(resideInAPackage("$CORE.machine"))
                    .should()
                    .dependOnClassesThat(
                        resideInAPackage("java.util.concurrent..").and(DescribedPredicate.not(shared)),
                    ),
            )
            holds(
                noClasses()
                    .that(resideInAPackage("$CORE.machine"))
                    .should()
                    .dependOnClassesThat(
                        resideInAnyPackage("java.io..", "java.nio..", "java.net..", "org.slf4j..")
                            .or(describe("a thread, a clock or randomness") { it.name in outsideWorld }),
                    ),
            )
            holds(
                noClasses().that(resideInAPackage("$CORE.machine")).should().callMethodWhere(
                    called(Instant::class.java.name, "now")
                        .or(called("java.lang.System", "currentTimeMillis"))
                        .or(called("java.lang.System", "nanoTime")),
                ),
            )
        }
        test("nothing asks the wall clock but the system's timekeeper, and nothing sleeps") {
            val elsewhere =
                describe("outside SystemTimekeeper") { !it.name.startsWith("$CORE.engine.SystemTimekeeper") }
            holds(
                noClasses().that(elsewhere).should().callMethodWhere(
                    called("java.lang.System", "currentTimeMillis")
                        .or(
                            DescribedPredicate.describe("now() of java.time") {
                                it.target.name == "now" &&
                                    it.targetOwner.packageName == "java.time"
                            },
                        ).or(
                            DescribedPredicate.describe("a system clock") {
                                it.targetOwner.isEquivalentTo(Clock::class.java) &&
                                    it.target.name.startsWith("system")
                            },
                        ),
                ),
            )
            holds(noClasses().should().callMethodWhere(called("java.lang.Thread", "sleep")))
        }
        test("only the engine and the testing kit start threads") {
            val starters =
                main.filter { type ->
                    type.constructorCallsFromSelf.any {
                        it.targetOwner.name ==
                            "java.lang.Thread"
                    }
                }
            starters.shouldNotBeEmpty()
            starters.forEach { (it.packageName in setOf("$CORE.engine", "$CORE.testing")) shouldBe true }
        }
    })

private val outsideWorld =
    setOf(
        "java.lang.Thread",
        "java.lang.ThreadLocal",
        "java.time.Clock",
        "java.util.Random",
        "java.util.UUID",
        "java.util.Timer",
        "java.security.SecureRandom",
    )

private fun describe(
    words: String,
    claim: (JavaClass) -> Boolean,
): DescribedPredicate<JavaClass> = DescribedPredicate.describe(words) { claim(it) }

private fun called(
    owner: String,
    method: String,
): DescribedPredicate<JavaAccess<*>> =
    DescribedPredicate.describe("$owner.$method") { it.targetOwner.name == owner && it.target.name == method }
