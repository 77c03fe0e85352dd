package dev.perdure.core.definition;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.journal.Payload;

/** What a run answers its code. Everything but {@link Refused} and {@link Gone} is durable when it is given. */
public sealed interface Answer {
    /** It is done. */
    record Done(Path path, Payload output) implements Answer {}

    /** It failed, and is not tried again. */
    record Failed(Path path, Failure failure) implements Answer {}

    /** It was cancelled, with the run, with its block, or because the code gave it up. */
    record Cancelled(Path path) implements Answer {}

    /** A block or branch is there, under this path. */
    record Opened(Path path) implements Answer {}

    /** It cannot be asked for here; nothing is recorded. */
    record Refused(Path path, ErrorCode code, String why) implements Answer {}

    /** The run was let out of memory, or its engine closes: the code is run again from its begin when the run goes on. */
    record Gone() implements Answer {}
}
