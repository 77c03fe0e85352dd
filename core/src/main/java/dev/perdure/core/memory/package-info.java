/** The store that keeps nothing when the JVM ends: for tests, and for trying things out. */
@NullMarked
package dev.perdure.core.memory;

import org.jspecify.annotations.NullMarked;
