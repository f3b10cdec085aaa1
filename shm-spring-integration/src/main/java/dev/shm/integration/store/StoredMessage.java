package dev.shm.integration.store;

import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import org.springframework.messaging.Message;

/**
 * A message, and when it was stored.
 *
 * @param storedAt in milliseconds
 * @param message the message
 */
record StoredMessage(long storedAt, Message<?> message) {

    /** Eight bytes in front of what another codec writes. */
    record Bytes(Codec<Message<?>> messages) implements Codec<StoredMessage> {

        @Override
        public String name() {
            return "stored:1:" + messages.name();
        }

        @Override
        public int size(StoredMessage value) {
            int size = messages.size(value.message());
            return size < 0 ? UNKNOWN_SIZE : Math.addExact(size, Long.BYTES);
        }

        @Override
        public void encode(StoredMessage value, ByteBuffer target) {
            int start = target.position();
            boolean written = false;
            try {
                if (target.remaining() < Long.BYTES) {
                    throw new BufferOverflowException();
                }
                target.putLong(value.storedAt());
                messages.encode(value.message(), target);
                written = true;
            } finally {
                if (!written) {
                    target.position(start);
                }
            }
        }

        @Override
        public StoredMessage decode(ByteBuffer source) {
            int start = source.position();
            if (source.remaining() < Long.BYTES) {
                throw new CodecException("a stored message of " + source.remaining() + " bytes is damaged. Remove it.");
            }
            boolean read = false;
            try {
                StoredMessage stored = new StoredMessage(source.getLong(), messages.decode(source));
                read = true;
                return stored;
            } finally {
                if (!read) {
                    source.position(start);
                }
            }
        }
    }
}
