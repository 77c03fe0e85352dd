/** When workflows are started without being asked: fixed delays and cron expressions. */
@NullMarked
package dev.perdure.core.schedule;

import org.jspecify.annotations.NullMarked;
