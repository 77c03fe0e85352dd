package dev.perdure.samples.workflows

import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.engine
import dev.perdure.core.spi.Store
import dev.perdure.samples.console.NewEmployee
import dev.perdure.samples.console.employeeOnboarding
import dev.perdure.samples.onboarding.EffectsLedger
import dev.perdure.samples.onboarding.Employee
import dev.perdure.samples.onboarding.Office
import dev.perdure.samples.onboarding.java.JavaOnboarding
import dev.perdure.samples.onboarding.onboarding
import dev.perdure.storage.SqliteStore
import java.io.FileOutputStream
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.milliseconds

/** A workflow of the samples, with something to do. */
internal class Sample(
    val workflow: Workflow<*, *>,
    val input: Any,
)

/** All workflows of the samples, at such a speed that a kill hits them at work. Those that use an office write to [effects]. */
internal fun samples(effects: EffectsLedger): Map<String, Sample> {
    val services = Services(2.milliseconds)
    val office = Office(effects, speed = 20.0)
    val employee = Employee("E0001", "Zoë O'Brien", "zoe@example.com", "Ops", "2026-01-01", "13 inch")
    val hire = JavaOnboarding.NewHire("E0001", "Zoë O'Brien", "zoe@example.com", "13 inch")
    return mapOf(
        "onboard_user" to Sample(onboardUser(services), NewUser("Zoë O'Brien", "zoe@example.com")),
        "dashboard_data" to Sample(dashboardData(services), "acme"),
        "notify_all" to Sample(notifyAll(services), "zoe@example.com"),
        "console" to Sample(employeeOnboarding(1_000.0), NewEmployee("Zoë")),
        "kotlin" to Sample(onboarding(office), employee),
        "java" to Sample(JavaOnboarding().workflow(office), hire),
    )
}

/** Counts the calls of a store, reads too, and tells [onCall] of each before and after it is carried out. */
internal class CountedStore(
    private val target: Store,
    private val onCall: (number: Int, isDone: Boolean) -> Unit = { _, _ -> },
) {
    val calls = AtomicInteger()
    val store: Store =
        Proxy.newProxyInstance(Store::class.java.classLoader, arrayOf(Store::class.java)) { _, method, given ->
            val number = calls.incrementAndGet()
            onCall(number, false)
            try {
                method.invoke(target, *given.orEmpty()).also { onCall(number, true) }
            } catch (thrown: InvocationTargetException) {
                throw thrown.targetException
            }
        } as Store
}

/**
 * A process that works on runs of a sample until it is killed: `<store> <directory> <sample> <runs> <call> <moment>`. When
 * the store is called for the n-th time, the caller is held, `before` the call or `after` it, and "held" is printed. That is
 * printed, too, when all is done; at the moment `exit`, the process then ends. What the engine tells of steps and runs is
 * written to `told` in the directory, and printed.
 */
internal object KilledSamples {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val (file, directory, name, runs, call) = arguments
        val place = Path.of(directory)
        val sample = samples(EffectsLedger.open(place.resolve("effects"), 1)).getValue(name)
        val isAfter = arguments[5] == "after"
        val counted =
            CountedStore(SqliteStore.open(Path.of(file))) { number, isDone ->
                if (number == call.toInt() && isDone == isAfter) hold()
            }
        val told = FileOutputStream(place.resolve("told").toFile(), true)
        val engine = counted.store.engine(sample.workflow) { listener(Telling(told)) }
        val started = (0 until runs.toInt()).map { engine.startAsync(sample.workflow.name(), "r$it", sample.input) }
        started.forEach { it.join().outcome().join() }
        if (arguments[5] == "exit") exitProcess(0)
        hold()
    }

    private fun hold(): Nothing {
        println("held")
        while (true) CountDownLatch(1).await()
    }

    /** Writes down what was told: each line is one write, and survives the process. */
    private class Telling(
        private val out: FileOutputStream,
    ) : EngineListener {
        override fun onEvent(event: EngineEvent) {
            when (event) {
                is EngineEvent.RunStarted -> tell("run ${event.runId()}")
                is EngineEvent.StepStarted -> tell("start ${event.runId()} ${event.path()}")
                is EngineEvent.StepCompleted -> tell("step ${event.runId()} ${event.path()}")
                is EngineEvent.RunEnded -> tell("end ${event.runId()}")
                else -> Unit
            }
        }

        private fun tell(line: String) {
            out.write("$line\n".toByteArray())
            println(line)
        }
    }
}
