package dev.perdure.core;

/** Stable names of what can go wrong; a message may be reworded, a code is not. */
public enum ErrorCode {
    /** A workflow cannot be built as it was described. */
    INVALID_DEFINITION,
    /** A name or id breaks the rule of {@link Names}. */
    INVALID_NAME,
    /** An argument of a call cannot be meant. */
    INVALID_ARGUMENT,
    /** No workflow with this name and version is registered with the engine. */
    UNKNOWN_WORKFLOW,
    /** The store has no run with this id. */
    UNKNOWN_RUN,
    /** The run id is taken by a run of another workflow or with another input. */
    RUN_CONFLICT,
    /** The text of a definition differs from the one that a live run of its name and version follows. */
    DEFINITION_CONFLICT,
    /** The call does not fit the run's status. */
    WRONG_STATUS,
    /** The run ended FAILED. */
    RUN_FAILED,
    /** The run ended CANCELLED. */
    RUN_CANCELLED,
    /** The run's journal does not fit the registered definition. */
    INCOMPATIBLE,
    /** A stored row is damaged. */
    CORRUPT_ROW,
    /** A value cannot be turned into plain data. */
    NOT_ENCODABLE,
    /** Stored data cannot be turned into the type that the code asks for. */
    NOT_DECODABLE,
    /** A stored payload was encoded by a payload codec, and cannot be decoded: no codec, no key, or it was changed. */
    UNREADABLE_PAYLOAD,
    /** A value is larger or nested deeper than allowed. */
    LIMIT_EXCEEDED,
    /** A value was read that is not there: a failed branch's output, a missing context key. */
    NO_VALUE,
    /** A context operation does not fit the key's present value. */
    CONTEXT_TYPE,
    /** Branches wrote different values to one key under a strict merge. */
    MERGE_CONFLICT,
    /** Something that workflow code asked for failed. */
    STEP_FAILED,
    /** A parallel block failed because of its branches. */
    BLOCK_FAILED,
    /** One or more items of a loop failed. */
    LOOP_FAILED,
    /** What a loop is to go over is not a list. */
    INVALID_ITEMS,
    /** A decision or choice named a node that it cannot go to. */
    INVALID_TARGET,
    /** A child run failed, was cancelled, or could not be started. */
    CHILD_FAILED,
    /** A compensation failed: what its step did is not undone. */
    COMPENSATION_FAILED,
    /** A request for an answer was answered before. */
    ALREADY_ANSWERED,
    /** A callback token that was never given out, or is not of this run. */
    INVALID_TOKEN,
    /** The store has no schedule with this name. */
    UNKNOWN_SCHEDULE,
    /** A step or run took longer than its timeout. */
    TIMED_OUT,
    /** An {@code atMostOnce} step was interrupted and is not run again. */
    STEP_INTERRUPTED,
    /** A step was interrupted so often that it is not started any more. */
    INTERRUPTED_TOO_OFTEN,
    /** The store is held by another engine. */
    STORE_IN_USE,
    /** The store cannot be opened, read or written: missing rights, damaged, full. */
    STORE_UNAVAILABLE,
    /** The store's schema is newer than this version of Perdure. */
    STORE_TOO_NEW,
    /** An archive did not take runs that were to be deleted. */
    ARCHIVE_FAILED,
    /** The engine lost its lease; another one owns its runs. */
    OWNERSHIP_LOST,
    /** The engine is closed. */
    ENGINE_CLOSED,
    /** A defect of Perdure itself. */
    INTERNAL
}
