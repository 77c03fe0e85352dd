/** What tests of workflows need: a clock that only moves when it is told to. */
@NullMarked
package dev.perdure.core.testing;

import org.jspecify.annotations.NullMarked;
