/** The words that every layer shares: paths, statuses, plain data and its text, value types, failures and errors. */
@NullMarked
package dev.perdure.core;

import org.jspecify.annotations.NullMarked;
