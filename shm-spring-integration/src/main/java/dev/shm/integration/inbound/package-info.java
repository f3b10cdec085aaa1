/** What receives from queues and topics: message-driven, polled, and a gateway that answers. */
@NullMarked
package dev.shm.integration.inbound;

import org.jspecify.annotations.NullMarked;
