package dev.shm;

import dev.shm.segment.SlotLayout;

/** What a process is to a segment. */
public enum Role {
    /**
     * Owns the segment with its equals: the first one makes it, the last one to close removes it. When all of them have
     * died, the next one goes on with what they left.
     */
    PEER(SlotLayout.ROLE_PEER),
    /**
     * Makes the segment and ends it. There is one at a time. When it closes, the segment ends for everybody; when it dies, the
     * others are told and may go on.
     */
    CREATOR(SlotLayout.ROLE_CREATOR),
    /** Waits for a creator, uses what it made, and never makes or removes a segment. */
    CONSUMER(SlotLayout.ROLE_CONSUMER);

    private final int code;

    Role(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Role of(int code) {
        for (Role role : values()) {
            if (role.code == code) {
                return role;
            }
        }
        return PEER;
    }
}
