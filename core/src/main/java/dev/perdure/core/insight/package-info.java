/** Looks at recorded runs: what they wait for, what they were like at a node, how two differ, whether new code fits them. */
@NullMarked
package dev.perdure.core.insight;

import org.jspecify.annotations.NullMarked;
