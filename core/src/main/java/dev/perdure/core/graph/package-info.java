/** Workflows as pictures: Mermaid, DOT and JSON, with a run's state on them where that is wanted. */
@NullMarked
package dev.perdure.core.graph;

import org.jspecify.annotations.NullMarked;
