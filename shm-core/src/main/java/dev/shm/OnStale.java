package dev.shm;

/** What a creator does with a segment of its name whose creator is dead. */
public enum OnStale {
    /** Replaces it by a new one. Processes that still use the old one are told that it has ended. */
    RECREATE,
    /** Takes it over with everything in it. */
    ADOPT,
    /** Refuses, so that somebody can look. */
    FAIL
}
