/** Payloads that are stored in another form than their JSON: encrypted, for one. */
@NullMarked
package dev.perdure.core.payload;

import org.jspecify.annotations.NullMarked;
