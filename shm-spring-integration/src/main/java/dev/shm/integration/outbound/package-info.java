/** What sends to queues and topics: an adapter, and a gateway that waits for a reply. */
@NullMarked
package dev.shm.integration.outbound;

import org.jspecify.annotations.NullMarked;
