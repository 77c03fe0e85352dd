/** The snippets of the README. */
@NullMarked
package dev.perdure.samples.readme;

import org.jspecify.annotations.NullMarked;
