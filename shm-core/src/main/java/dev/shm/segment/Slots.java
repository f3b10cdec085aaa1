package dev.shm.segment;

import dev.shm.memory.Memory;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and writes process slots. Who may write which word when is said in {@link SlotLayout}. */
public final class Slots {

    private final Memory memory;
    private final SegmentLayout layout;

    public Slots(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    public int count() {
        return layout.slotCount();
    }

    /** The slot's word; pairs with the release stores of {@link #join}, {@link #zombie} and {@link #free}. */
    public long word(int slot) {
        return memory.getLongAcquire(layout.slot(slot) + SlotLayout.WORD);
    }

    public boolean isFree(int slot) {
        return SlotLayout.state(word(slot)) == SlotLayout.FREE;
    }

    /** Copies a slot that is in use; null if it is free. */
    public @Nullable Peer peer(int slot) {
        for (; ; ) {
            long word = word(slot);
            if (SlotLayout.state(word) == SlotLayout.FREE) {
                return null;
            }
            long base = layout.slot(slot);
            Peer peer = new Peer(
                    slot,
                    word,
                    new ProcessIdentity(
                            memory.getLong(base + SlotLayout.PID),
                            memory.getLong(base + SlotLayout.NAMESPACE),
                            memory.getLong(base + SlotLayout.START_TICKS),
                            memory.getLong(base + SlotLayout.BOOT_ID)),
                    memory.getInt(base + SlotLayout.ROLE),
                    text(base + SlotLayout.NAME, memory.getInt(base + SlotLayout.NAME_LENGTH), SlotLayout.NAME_BYTES),
                    memory.getLong(base + SlotLayout.JOINED_MILLIS),
                    memory.getLong(base + SlotLayout.HEARTBEAT));
            memory.acquireFence();
            if (SlotLayout.generation(word(slot)) == SlotLayout.generation(word)) {
                return peer;
            }
        }
    }

    /** Copies all slots in use. */
    public List<Peer> peers() {
        List<Peer> peers = new ArrayList<>();
        for (int slot = 0; slot < count(); slot++) {
            Peer peer = peer(slot);
            if (peer != null) {
                peers.add(peer);
            }
        }
        return peers;
    }

    /**
     * Takes a free slot. Caller holds the slot's file lock, taken before this looks at the word, so that a death at any point
     * leaves either a free slot or one that can be reaped.
     *
     * @return the generation, or -1 if the slot is not free
     */
    public int join(int slot, ProcessIdentity process, int role, String application, long nowMillis) {
        long base = layout.slot(slot);
        long word = word(slot);
        if (SlotLayout.state(word) != SlotLayout.FREE) {
            return -1;
        }
        int generation = SlotLayout.generation(word);
        memory.putLong(base + SlotLayout.PID, process.pid());
        memory.putLong(base + SlotLayout.NAMESPACE, process.namespace());
        memory.putLong(base + SlotLayout.START_TICKS, process.startTicks());
        memory.putLong(base + SlotLayout.BOOT_ID, process.bootId());
        memory.putLong(base + SlotLayout.HEARTBEAT, System.nanoTime());
        memory.putInt(base + SlotLayout.ROLE, role);
        byte[] text = cut(application, SlotLayout.NAME_BYTES);
        memory.putInt(base + SlotLayout.NAME_LENGTH, text.length);
        memory.putBytes(base + SlotLayout.NAME, text, 0, text.length);
        memory.putLong(base + SlotLayout.JOINED_MILLIS, nowMillis);
        memory.putLongRelease(base + SlotLayout.WORD, SlotLayout.word(SlotLayout.JOINING, generation));
        return generation;
    }

    /** The joining process has rung up its doorbell: from now on it counts as a peer. Caller owns the slot. */
    public void live(int slot, int generation) {
        memory.putLongRelease(layout.slot(slot) + SlotLayout.WORD, SlotLayout.word(SlotLayout.LIVE, generation));
        memory.getAndAddLong(SegmentLayout.PEER_EPOCH, 1);
    }

    /** Every lock that the slot's owner held is free from here on. Caller holds the slot's file lock. */
    void zombie(int slot) {
        memory.putLongRelease(
                layout.slot(slot) + SlotLayout.WORD, SlotLayout.word(SlotLayout.ZOMBIE, generation(slot)));
    }

    /** Gives the slot back for the next generation. Caller holds the slot's file lock and has reaped everything. */
    void free(int slot, int how) {
        int generation = generation(slot);
        long base = layout.slot(slot);
        memory.putLong(base + SlotLayout.LAST_END, (long) generation << 8 | how);
        memory.putLongRelease(base + SlotLayout.WORD, SlotLayout.word(SlotLayout.FREE, generation + 1));
        memory.getAndAddLong(SegmentLayout.PEER_EPOCH, 1);
    }

    private int generation(int slot) {
        return SlotLayout.generation(word(slot));
    }

    /** Whether the attachment that ended last in this slot was of that generation and died. */
    public boolean died(int slot, int generation) {
        return memory.getLong(layout.slot(slot) + SlotLayout.LAST_END) == ((long) generation << 8 | SlotLayout.DIED);
    }

    /** Rises whenever a slot is taken or given back. */
    public long epoch() {
        return memory.getLongAcquire(SegmentLayout.PEER_EPOCH);
    }

    /** Tells others, for display only, that this process does its housekeeping. Caller owns the slot. */
    public void beat(int slot, long nanoTime) {
        memory.putLongRelease(layout.slot(slot) + SlotLayout.HEARTBEAT, nanoTime);
    }

    private String text(long address, int length, int limit) {
        byte[] bytes = new byte[Math.max(0, Math.min(length, limit))];
        memory.getBytes(address, bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** As many whole characters as fit. */
    static byte[] cut(String text, int limit) {
        ByteBuffer bytes = ByteBuffer.allocate(limit);
        StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE)
                .encode(CharBuffer.wrap(text), bytes, true);
        byte[] cut = new byte[bytes.position()];
        bytes.flip().get(cut);
        return cut;
    }
}
