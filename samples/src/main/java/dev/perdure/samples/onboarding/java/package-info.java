/** The onboarding of employees, written in Java. */
@NullMarked
package dev.perdure.samples.onboarding.java;

import org.jspecify.annotations.NullMarked;
