/**
 * What tests of workflows need, with any test framework and without a database: an engine whose clock skips every wait and
 * whose world is scripted, a test against every crash, and a clock that only moves when it is told to.
 */
@NullMarked
package dev.perdure.core.testing;

import org.jspecify.annotations.NullMarked;
