package dev.perdure.core.engine

import java.util.function.LongConsumer

/** Made-up workflows, driven by hand, resumed from what crashes leave. */
class SimulatedTrial : LongConsumer {
    override fun accept(seed: Long) {
        CrashHarness(seed).check(STATES)
    }

    private companion object {
        const val STATES = 50
    }
}

/** Made-up workflow code on engines that crash. */
class CodeTrial : LongConsumer {
    override fun accept(seed: Long) {
        RandomCode(JavaCodeAuthoring, seed).check()
    }
}

/** Made-up workflows on engines that crash. */
class LiveTrial : LongConsumer {
    override fun accept(seed: Long) {
        LiveHarness(seed).check()
    }
}
