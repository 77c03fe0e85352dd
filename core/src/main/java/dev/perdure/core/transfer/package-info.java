/** Takes runs out of one store and into another, as lines of JSON. */
@NullMarked
package dev.perdure.core.transfer;

import org.jspecify.annotations.NullMarked;
