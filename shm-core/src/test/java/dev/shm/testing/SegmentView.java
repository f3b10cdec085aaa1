package dev.shm.testing;

import dev.shm.SharedMemory;
import dev.shm.memory.MappedMemory;
import dev.shm.segment.Peer;
import dev.shm.segment.SegmentHeader;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.Slots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** A segment seen from outside, through a mapping of its own that can only be read: every slot, in every state. */
public final class SegmentView {

    private final Slots slots;

    private SegmentView(Slots slots) {
        this.slots = slots;
    }

    public static SegmentView of(SharedMemory memory) {
        return of(memory.path());
    }

    public static SegmentView of(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            SegmentLayout layout = SegmentHeader.check(channel, file);
            return new SegmentView(new Slots(MappedMemory.mapReadOnly(channel, layout.segmentBytes()), layout));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Slots that are not free. */
    public List<Peer> occupied() {
        return slots.peers();
    }

    /** The word of each slot, free or not. */
    public List<Long> slotWords() {
        return IntStream.range(0, slots.count()).mapToObj(slots::word).toList();
    }

    public boolean isFree(int slot) {
        return slots.isFree(slot);
    }

    /** Whether the process has a slot, in whatever state. */
    public boolean holds(long pid) {
        return occupied().stream().anyMatch(peer -> peer.process().pid() == pid);
    }
}
