package dev.shm.segment;

import dev.shm.error.SegmentFormatException;
import dev.shm.error.SegmentTooNewException;
import dev.shm.error.SegmentTooOldException;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Writes the header of a new segment, and reads that of an existing one only after it has been found good. */
public final class SegmentHeader {

    private static final int CONSTANT_END = SegmentLayout.CHECKSUM;

    private SegmentHeader() {}

    /** Fills in the header of a segment that has no name yet; ends with state READY. */
    public static void write(Memory memory, SegmentLayout layout, UUID uuid, long hashSeed, long bootId, long millis) {
        memory.putLong(SegmentLayout.MAGIC, SegmentLayout.MAGIC_VALUE);
        memory.putInt(SegmentLayout.LAYOUT_MAJOR, SegmentLayout.MAJOR);
        memory.putInt(SegmentLayout.LAYOUT_MINOR, SegmentLayout.MINOR);
        memory.putLong(SegmentLayout.UUID_HIGH, uuid.getMostSignificantBits());
        memory.putLong(SegmentLayout.UUID_LOW, uuid.getLeastSignificantBits());
        memory.putLong(SegmentLayout.HASH_SEED, hashSeed);
        memory.putLong(SegmentLayout.CREATED_MILLIS, millis);
        memory.putLong(SegmentLayout.BOOT_ID, bootId);
        layout.write(memory);
        memory.putInt(SegmentLayout.CHECKSUM, checksum(memory));
        memory.putLongRelease(SegmentLayout.STATE, SegmentState.READY.code());
    }

    /**
     * Reads the header from the file, without mapping it, and checks all of it.
     *
     * @return the layout of a good segment
     * @throws SegmentFormatException if this is no segment, or a damaged one
     * @throws SegmentTooOldException if an older version wrote it
     * @throws SegmentTooNewException if a newer version wrote it
     */
    public static SegmentLayout check(FileChannel file, Path path) throws IOException {
        long fileBytes = file.size();
        if (fileBytes < SegmentLayout.HEADER_BYTES) {
            throw new SegmentFormatException(
                    path + " is not a segment: it has " + fileBytes + " bytes, and the header alone has "
                            + SegmentLayout.HEADER_BYTES + ". Remove it, or choose another name.");
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect(SegmentLayout.HEADER_BYTES);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, bytes.position()) < 0) {
                throw new SegmentFormatException(path + " became shorter while its header was read");
            }
        }
        return check(MappedMemory.of(bytes.flip()), fileBytes, path);
    }

    private static SegmentLayout check(Memory header, long fileBytes, Path path) {
        long magic = header.getLong(SegmentLayout.MAGIC);
        if (magic != SegmentLayout.MAGIC_VALUE) {
            throw new SegmentFormatException(path + " is not a segment: it starts with 0x" + Long.toHexString(magic)
                    + " instead of 0x" + Long.toHexString(SegmentLayout.MAGIC_VALUE)
                    + ". Remove it, or choose another name.");
        }
        int major = header.getInt(SegmentLayout.LAYOUT_MAJOR);
        if (major < SegmentLayout.MAJOR) {
            throw new SegmentTooOldException(path + " has layout " + major + ", and this version reads only layout "
                    + SegmentLayout.MAJOR + ". Stop the processes that use it, remove it, and start this one again.");
        }
        if (major > SegmentLayout.MAJOR) {
            throw new SegmentTooNewException(path + " has layout " + major + ", and this version reads only layout "
                    + SegmentLayout.MAJOR + ". Upgrade this process.");
        }
        if (header.getInt(SegmentLayout.CHECKSUM) != checksum(header)) {
            throw new SegmentFormatException(
                    path + " is a damaged segment: its header does not match its checksum. Remove it.");
        }
        int unknown = header.getInt(SegmentLayout.INCOMPATIBLE_FEATURES) & ~SegmentLayout.KNOWN_INCOMPATIBLE_FEATURES;
        if (unknown != 0) {
            throw new SegmentTooNewException(path + " uses features that this version does not know: 0x"
                    + Integer.toHexString(unknown) + ". Upgrade this process.");
        }
        long segmentBytes = header.getLong(SegmentLayout.SEGMENT_BYTES);
        if (segmentBytes != fileBytes) {
            throw new SegmentFormatException(path + " is a damaged segment: its file has " + fileBytes
                    + " bytes, its header says " + segmentBytes + ". Something truncated or extended it. Remove it.");
        }
        SegmentLayout layout;
        try {
            layout = SegmentLayout.of(
                    segmentBytes,
                    header.getInt(SegmentLayout.SLOT_COUNT),
                    header.getInt(SegmentLayout.LANES_PER_SLOT),
                    header.getInt(SegmentLayout.OBJECT_CAPACITY));
        } catch (IllegalArgumentException e) {
            throw new SegmentFormatException(path + " is a damaged segment: " + e.getMessage() + ". Remove it.", e);
        }
        if (!layout.matches(header)) {
            throw new SegmentFormatException(
                    path + " is a damaged segment: the regions in its header do not add up. Remove it.");
        }
        if (state(header) == SegmentState.UNKNOWN) {
            throw new SegmentFormatException(path + " is a damaged segment: its state is "
                    + header.getLong(SegmentLayout.STATE) + ". Remove it.");
        }
        return layout;
    }

    public static SegmentState state(Memory memory) {
        return SegmentState.of(memory.getLongAcquire(SegmentLayout.STATE));
    }

    public static UUID uuid(Memory memory) {
        return new UUID(memory.getLong(SegmentLayout.UUID_HIGH), memory.getLong(SegmentLayout.UUID_LOW));
    }

    /** Slot of the creator, or -1 in a segment that its peers own together. */
    public static int creatorSlot(Memory memory) {
        return (int) (memory.getLongAcquire(SegmentLayout.CREATOR) & 0xFFFF) - 1;
    }

    /** How many creators this segment has had; 0 in a segment that its peers own together. */
    public static long creatorEpoch(Memory memory) {
        return memory.getLongAcquire(SegmentLayout.CREATOR) >>> 16;
    }

    /** Names the creator: the next epoch begins. Caller holds the role lock. */
    public static void setCreator(Memory memory, int slot) {
        memory.putLongRelease(SegmentLayout.CREATOR, (creatorEpoch(memory) + 1) << 16 | (slot + 1));
    }

    /** Sum of the bytes that never change, taken on a copy: summing mapped bytes would crash the JVM if they were cut off. */
    private static int checksum(Memory memory) {
        byte[] copy = new byte[CONSTANT_END];
        memory.getBytes(0, copy, 0, copy.length);
        CRC32C crc = new CRC32C();
        crc.update(copy, 0, SegmentLayout.STATE);
        crc.update(copy, SegmentLayout.CREATED_MILLIS, CONSTANT_END - SegmentLayout.CREATED_MILLIS);
        return (int) crc.getValue();
    }
}
