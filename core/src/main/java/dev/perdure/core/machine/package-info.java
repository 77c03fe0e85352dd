/** The machine: a run's state as a fold of its journal, and what each event adds to it. No threads, no clock, no I/O. */
@NullMarked
package dev.perdure.core.machine;

import org.jspecify.annotations.NullMarked;
