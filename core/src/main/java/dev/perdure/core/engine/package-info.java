/** The engine: starts, resumes and ends runs, records what happens to them, and tells those who wait or listen. */
@NullMarked
package dev.perdure.core.engine;

import org.jspecify.annotations.NullMarked;
