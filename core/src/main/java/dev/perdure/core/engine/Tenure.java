package dev.perdure.core.engine;

import dev.perdure.core.spi.Lease;

/** A time in which the engine owns runs: its lease, and what writes under it. What was taken up in one is void in the next. */
record Tenure(Lease lease, Committer committer) {}
