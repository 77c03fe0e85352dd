/** What a workflow is: an immutable tree of nodes with their policies, the Java builder for it, and its checks. */
@NullMarked
package dev.perdure.core.definition;

import org.jspecify.annotations.NullMarked;
