/** What Perdure needs from outside: a store for runs and journals, scopes to run bodies in, a clock with timers. */
@NullMarked
package dev.perdure.core.spi;

import org.jspecify.annotations.NullMarked;
