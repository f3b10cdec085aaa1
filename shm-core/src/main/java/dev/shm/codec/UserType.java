package dev.shm.codec;

import com.esotericsoftware.kryo.Registration;
import com.esotericsoftware.kryo.Serializer;
import java.util.List;

/**
 * A class that is not built in. Immutable.
 *
 * @param id see {@link TypeId}
 * @param inside names of the other classes of which values may lie in those of this one without being named in a message, so that
 *     another version of them is another version of this one
 */
record UserType(Class<?> type, Serializer<?> serializer, long id, List<String> inside) {

    /** The place of such a class in one instance of Kryo. */
    static final class Place extends Registration {

        private static final int NONE = -1;

        final long id;
        /** The number that it was given in the message at hand. */
        private int slot = NONE;

        Place(UserType user, int localId) {
            super(user.type, user.serializer, localId);
            this.id = user.id;
        }

        boolean hasSlot() {
            return slot != NONE;
        }

        int slot() {
            return slot;
        }

        void give(int number) {
            slot = number;
        }

        void forget() {
            slot = NONE;
        }
    }
}
