package dev.shm.integration.support;

import java.util.Objects;

/**
 * What travels in place of a payload when a request could not be handled, so that who asked need not wait for the time to be up. The
 * outbound gateway makes an exception of it.
 *
 * @param reason what is known of it, for people
 */
public record ShmRemoteFailure(String reason) {

    /** With a reason. */
    public ShmRemoteFailure {
        Objects.requireNonNull(reason);
    }
}
