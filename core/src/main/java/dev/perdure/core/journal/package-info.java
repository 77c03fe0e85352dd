/** What a run leaves behind: changes to its context, the entries of its journal, and the rows these are stored as. */
@NullMarked
package dev.perdure.core.journal;

import org.jspecify.annotations.NullMarked;
