/** The codec for Java types on Jackson; the one package that needs jackson-databind. */
@NullMarked
package dev.perdure.core.jackson;

import org.jspecify.annotations.NullMarked;
