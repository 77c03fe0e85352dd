package dev.perdure.core.definition;

/** A user's code. What it looks like is between the builder that made it and the scope that runs it. */
public interface Body {}
