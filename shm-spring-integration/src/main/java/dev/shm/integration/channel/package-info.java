/** Message channels that are queues and topics in shared memory: what one process sends, a subscriber of another receives. */
@NullMarked
package dev.shm.integration.channel;

import org.jspecify.annotations.NullMarked;
