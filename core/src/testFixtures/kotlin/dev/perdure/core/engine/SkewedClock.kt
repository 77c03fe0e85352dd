package dev.perdure.core.engine

import java.time.Clock
import java.time.Duration

/** Opens the engine as on a machine whose clock is wrong by [skew]. */
fun EngineBuilder.onMachineOff(skew: Duration): EngineBuilder = machineClock(Clock.offset(Clock.systemUTC(), skew))
