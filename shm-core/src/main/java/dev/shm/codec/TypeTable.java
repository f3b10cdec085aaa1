package dev.shm.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Registration;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.esotericsoftware.kryo.util.DefaultClassResolver;
import com.esotericsoftware.kryo.util.IdentityObjectIntMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a message says of which class a value is, and which constant of an enum. What is built in has a number of its own. A class of
 * the user gets the next free number when it is met first in a message, and there its {@link TypeId} follows; from then on the number
 * is enough. So no message depends on what else its writer had registered. Constants of the user's enums are numbered in the same way,
 * apart from the classes, and there the name follows.
 *
 * <pre>
 * class:     varint: 0 null | 2 ... 97 built in | 98 + n     n = classes before it: TypeId, 8 bytes, little-endian
 * constant:  varint: 0 null | 1 + n                          n = constants before it: varint bytes, UTF-8
 * </pre>
 *
 * <p>Belongs to one instance of Kryo, which calls {@link #reset} after each message, whether it failed or not. Nothing is
 * allocated on the way.
 */
final class TypeTable extends DefaultClassResolver {

    /** Written for the first class of the user in a message. Kryo adds 2 to every id. */
    static final int FIRST_SLOT = BuiltInTypes.FIRST_USER_ID + 2;

    /** Kryo's mark of a class that is given by its name. */
    private static final int BY_NAME = 1;

    private static final int USUAL_SLOTS = 8;
    /** Room for more than so many is given back after a message. */
    private static final int KEPT_CONSTANTS = 256;

    private final KryoSchema schema;
    /** In the order of the schema's ids. */
    private final UserType.Place[] places;

    private UserType.@Nullable Place[] slots = new UserType.@Nullable Place[USUAL_SLOTS];
    private int used;
    private final IdentityObjectIntMap<Enum<?>> constantsWritten = new IdentityObjectIntMap<>();
    private List<Enum<?>> constantsRead = new ArrayList<>();

    TypeTable(KryoSchema schema) {
        this.schema = schema;
        this.places = new UserType.Place[schema.userTypes().size()];
    }

    static TypeTable of(Kryo kryo) {
        return (TypeTable) kryo.getClassResolver();
    }

    /** Makes the user's types known, in the order of their ids. */
    void registerUserTypes() {
        for (int i = 0; i < places.length; i++) {
            places[i] = new UserType.Place(schema.userTypes().get(i), BuiltInTypes.FIRST_USER_ID + i);
            kryo.register(places[i]);
        }
    }

    // ------------------------------------------------------------------------------------------ classes

    @Override
    @SuppressWarnings("rawtypes")
    public @Nullable Registration writeClass(Output output, @Nullable Class type) {
        if (type == null) {
            output.writeByte(Kryo.NULL);
            return null;
        }
        Registration registration = kryo.getRegistration(type);
        if (!(registration instanceof UserType.Place place)) {
            output.writeVarInt(registration.getId() + 2, true);
        } else if (place.hasSlot()) {
            output.writeVarInt(FIRST_SLOT + place.slot(), true);
        } else {
            output.writeVarInt(FIRST_SLOT + used, true);
            output.writeLong(place.id);
            number(place);
        }
        return registration;
    }

    @Override
    public @Nullable Registration readClass(Input input) {
        int number = input.readVarInt(true);
        if (number == Kryo.NULL) {
            return null;
        }
        if (number == BY_NAME) {
            throw new KryoException("A class is given by its name, which this codec never writes");
        }
        if (number >= 0 && number < FIRST_SLOT) {
            Registration registration = idToRegistration.get(number - 2);
            if (registration == null) {
                throw new KryoException("There is no built-in class " + number + " in this version of the library");
            }
            return registration;
        }
        int slot = number - FIRST_SLOT;
        if (slot >= 0 && slot < used) {
            return slots[slot];
        }
        if (slot != used) {
            throw new KryoException("A class is given by the number " + Integer.toUnsignedString(number) + ", where "
                    + used + " were named before");
        }
        UserType.Place place = find(input.readLong());
        if (place.hasSlot()) {
            throw new KryoException(place.getType().getName() + " is named twice");
        }
        number(place);
        return place;
    }

    private UserType.Place find(long id) {
        int index = schema.indexOf(id);
        if (index < 0) {
            throw schema.notKnown(id);
        }
        return places[index];
    }

    private void number(UserType.Place place) {
        if (used == slots.length) {
            slots = Arrays.copyOf(slots, 2 * used);
        }
        place.give(used);
        slots[used++] = place;
    }

    // ------------------------------------------------------------------------------------------ constants

    void writeConstant(Output output, @Nullable Enum<?> constant, ConstantSerializer names) {
        if (constant == null) {
            output.writeByte(Kryo.NULL);
            return;
        }
        int slot = constantsWritten.get(constant, -1);
        if (slot >= 0) {
            output.writeVarInt(slot + 1, true);
            return;
        }
        output.writeVarInt(constantsWritten.size + 1, true);
        names.writeName(output, constant);
        constantsWritten.put(constant, constantsWritten.size);
    }

    @Nullable
    Enum<?> readConstant(BufferInput input, ConstantSerializer names) {
        int number = input.readVarInt(true);
        if (number == Kryo.NULL) {
            return null;
        }
        int slot = number - 1;
        if (slot == constantsRead.size()) {
            Enum<?> constant = names.readName(input);
            constantsRead.add(constant);
            return constant;
        }
        if (slot < 0 || slot > constantsRead.size()) {
            throw new KryoException("A constant is given by the number " + Integer.toUnsignedString(number) + ", where "
                    + constantsRead.size() + " were named before");
        }
        return names.own(constantsRead.get(slot));
    }

    // ------------------------------------------------------------------------------------------

    @Override
    public void reset() {
        super.reset();
        for (int i = 0; i < used; i++) {
            UserType.Place place = slots[i];
            if (place != null) {
                place.forget();
                slots[i] = null;
            }
        }
        used = 0;
        constantsWritten.clear(KEPT_CONSTANTS);
        if (constantsRead.size() > KEPT_CONSTANTS) {
            constantsRead = new ArrayList<>();
        } else {
            constantsRead.clear();
        }
    }
}
