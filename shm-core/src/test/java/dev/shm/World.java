package dev.shm;

import dev.shm.heap.Heap;
import dev.shm.heap.HeapRepair;
import dev.shm.heap.HeapScan;
import dev.shm.heap.HeapStatistics;
import dev.shm.heap.Journal;
import dev.shm.heap.JournalReplay;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.memory.TracingMemory;
import dev.shm.segment.Attachment;
import dev.shm.segment.Liveness;
import dev.shm.segment.ProcessIdentity;
import dev.shm.segment.Reaper;
import dev.shm.segment.SegmentHeader;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.SlotLayout;
import dev.shm.segment.Slots;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A segment in plain memory with several processes on it, any of which a test can kill after any of its stores. */
public final class World {

    static final int VICTIM = 0;
    static final int SURVIVOR = 1;
    static final int SECOND_SURVIVOR = 2;

    private static final int SLOTS = 4;
    /** Of the last world that {@link #again} made: fresh memory costs more than most schedules. */
    private static @Nullable Memory used;

    private static final ProcessIdentity SOMEBODY = new ProcessIdentity(1, 1, 1, 1);

    final SegmentLayout layout;
    final Memory memory;
    private final Set<Integer> dead = new TreeSet<>();
    private final Set<Integer> beingReaped = new TreeSet<>();

    private World(Memory memory) {
        this.layout = SegmentLayout.of(memory.size(), SLOTS, 2, 16);
        this.memory = memory;
        Heap.initialise(memory, layout);
        SegmentHeader.write(memory, layout, new UUID(1, 2), 42, 1, 0);
        for (int slot = VICTIM; slot <= SECOND_SURVIVOR; slot++) {
            join(slot);
        }
    }

    static World ofBytes(long bytes) {
        return new World(freshMemory(bytes));
    }

    /**
     * A new world where the last one was that this made, which nobody may look at any more: for the thousands that live one after
     * another for one schedule each.
     */
    static World again(long bytes) {
        Memory memory = used;
        if (memory == null || memory.size() != bytes) {
            memory = freshMemory(bytes);
            used = memory;
        } else {
            memory.clear(0, bytes);
        }
        return new World(memory);
    }

    private static Memory freshMemory(long bytes) {
        return MappedMemory.of(ByteBuffer.allocateDirect(Math.toIntExact(bytes)));
    }

    /** All bytes as they are now. */
    byte[] image() {
        byte[] image = new byte[Math.toIntExact(memory.size())];
        memory.getBytes(0, image, 0, image.length);
        return image;
    }

    /** Puts back all bytes, and brings everybody back to life. */
    void restore(byte[] image) {
        memory.putBytes(0, image, 0, image.length);
        dead.clear();
    }

    void kill(int slot) {
        dead.add(slot);
    }

    /** Another process takes the slot of one that was killed and reaped. */
    void revive(int slot) {
        dead.remove(slot);
        join(slot);
    }

    private void join(int slot) {
        Slots slots = new Slots(memory, layout);
        slots.live(slot, slots.join(slot, SOMEBODY, SlotLayout.ROLE_PEER, "process " + slot, 0));
    }

    HeapStatistics count() {
        return new HeapScan(memory, layout).deep();
    }

    List<String> problems() {
        return Verification.verify(memory, layout);
    }

    /** A process that owns a slot, seen from inside. */
    Process process(int slot) {
        return new Process(slot);
    }

    /** One process: its view of the memory, and all floors upon it. */
    final class Process {

        final TracingMemory memory = new TracingMemory(World.this.memory);
        final Slots slots = new Slots(memory, layout);
        final Attachment attachment;
        final Heap heap;
        final Journal journal;
        final NamedObjects objects;
        private final Reaper reaper;

        private final Liveness liveness = new Liveness() {
            @Override
            public boolean reapIfDead(int slot) {
                // What the kernel's lock on the slot's file does: one reaper at a time, and the next one if that dies.
                if (!dead.contains(slot) || !beingReaped.add(slot)) {
                    return false;
                }
                try {
                    return reaper.reap(slot, SlotLayout.DIED);
                } finally {
                    beingReaped.remove(slot);
                }
            }

            @Override
            public int reapAllDead() {
                int reaped = 0;
                for (int slot : dead) {
                    reaped += reapIfDead(slot) ? 1 : 0;
                }
                return reaped;
            }
        };

        private Process(int slot) {
            attachment = new Attachment(
                    memory, layout, "world", slot, SlotLayout.generation(World.this.memory.getLong(layout.slot(slot))));
            heap = new Heap(attachment, () -> liveness.reapAllDead() > 0);
            journal = new Journal(attachment, heap);
            objects = new NamedObjects(attachment, heap, journal, slots, liveness);
            reaper = new Reaper(
                    memory,
                    slots,
                    List.of(new JournalReplay(memory, layout).reaper()),
                    List.of(
                            NamedObjects.leaver(memory, layout),
                            new HeapRepair(memory, layout).reaper(),
                            NamedObjects.reaper(memory, layout)));
        }

        /** Another process of the same world. */
        Process other(int slot) {
            return World.this.process(slot);
        }

        /** Gives back what the dead held, as the housekeeping does. */
        void reap() {
            liveness.reapAllDead();
            objects.collectDestroyed();
        }

        /** Is dead from now on, for all who look. */
        void die() {
            memory.kill();
            World.this.kill(attachment.slot());
        }

        /** Leaves the segment as closing does. */
        void leave() {
            reaper.reap(attachment.slot(), SlotLayout.LEFT);
        }

        /** Takes a free slot as opening does. */
        int join(int slot) {
            int generation = slots.join(slot, SOMEBODY, SlotLayout.ROLE_PEER, "late comer", 0);
            slots.live(slot, generation);
            return generation;
        }
    }
}
