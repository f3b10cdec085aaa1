package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** The bytes of queues and topics: processes with different versions of the library must agree on them. */
class FormatTest {

    @Test
    void shouldKeepFieldsOfTheObjectWhereTheyAre() {
        assertThat(QueueLayout.FLAGS).isZero();
        assertThat(QueueLayout.RINGS).isEqualTo(4);
        assertThat(QueueLayout.RING_BYTES).isEqualTo(8);
        assertThat(QueueLayout.DEAD_BYTES).isEqualTo(16);
        assertThat(QueueLayout.MAX_DELIVERIES).isEqualTo(24);
        assertThat(QueueLayout.VISIBILITY_NANOS).isEqualTo(32);
        assertThat(QueueLayout.EVICT_NANOS).isEqualTo(40);
        assertThat(QueueLayout.PROCESSES).isEqualTo(48);
        assertThat(QueueLayout.CURSORS).isEqualTo(52);
        assertThat(QueueLayout.SLEEPING_RECEIVERS).isEqualTo(128);
        assertThat(QueueLayout.SLEEPING_SENDERS).isEqualTo(256);
        assertThat(QueueLayout.PRODUCER).isEqualTo(384);
        assertThat(QueueLayout.PENDING_REFERENCE).isEqualTo(392);
        assertThat(QueueLayout.PENDING_POSITION).isEqualTo(400);
        assertThat(QueueLayout.LOCK).isEqualTo(448);
        assertThat(QueueLayout.FIRST_CURSOR).isEqualTo(512);
        assertThat(QueueLayout.CURSOR_BYTES).isEqualTo(256);
        assertThat(QueueLayout.POSITION).isZero();
        assertThat(QueueLayout.TAKEN).isEqualTo(8);
        assertThat(QueueLayout.STATE).isEqualTo(128);
        assertThat(QueueLayout.LOST).isEqualTo(136);
        assertThat(QueueLayout.REDELIVERY).isEqualTo(144);
        assertThat(QueueLayout.NAME).isEqualTo(152);
        assertThat(QueueLayout.HEAD).isZero();
        assertThat(QueueLayout.TAIL).isEqualTo(128);
        assertThat(QueueLayout.RETURNS).isEqualTo(256);
        assertThat(QueueLayout.HIGH_WATER).isEqualTo(264);
        assertThat(QueueLayout.RING_HEADER_BYTES).isEqualTo(384);
        assertThat(QueueLayout.COUNTER_BYTES).isEqualTo(64);
        assertThat(QueueLayout.HEAD_SHIFT).isEqualTo(8);
    }

    @Test
    void shouldKeepRingsWhereTheyAre() {
        Geometry plain = new Geometry(0, 2, 1 << 16, 1 << 16, 3, 0, 0, 4, 0);
        assertThat(plain.ringOffset(0)).isEqualTo(512 + 4 * 128);
        assertThat(plain.counterOffset(3)).isEqualTo(512 + 3 * 128);
        assertThat(plain.deadCounterOffset(3)).isEqualTo(512 + 3 * 128 + 64);
        assertThat(plain.dataOffset(0)).isEqualTo(384 + 1024 * 8);
        assertThat(plain.ringOffset(1)).isEqualTo(1024 + 384 + 8192 + 65536);
        assertThat(plain.totalBytes()).isEqualTo(1024 + 3 * (384 + 8192 + 65536));
        Geometry leased = new Geometry(0, 1, 1 << 16, 0, 0, 1, 0, 4, 0);
        assertThat(leased.dataOffset(0)).isEqualTo(384 + 2 * 1024 * 8);
        Geometry dense = new Geometry(QueueLayout.DENSE | QueueLayout.BY_CURSOR, 1, 1 << 16, 0, 0, 0, 0, 4, 1);
        assertThat(dense.ringOffset(0)).isEqualTo(512 + 256 + 4 * 64);
        assertThat(dense.dataOffset(0)).isEqualTo(384);
    }

    @Test
    void shouldKeepStatesAndFlags() {
        assertThat(ControlWord.word(1, 2, 3, 4, true, ControlWord.TAKEN)).isEqualTo(0x0000_0010_0020_C04CL);
        assertThat(new int[] {
                    ControlWord.CLAIMED,
                    ControlWord.COMMITTED,
                    ControlWord.SKIPPED,
                    ControlWord.TAKEN,
                    ControlWord.DONE,
                    ControlWord.FREEING
                })
                .containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(RecordLayout.word(5, 6, RecordLayout.STAMPED | RecordLayout.BY_REFERENCE))
                .isEqualTo(0x0000_0306_0000_0005L);
        assertThat(new int[] {
                    RecordLayout.STAMPED, RecordLayout.BY_REFERENCE, RecordLayout.PADDING, RecordLayout.ACKNOWLEDGED
                })
                .containsExactly(1, 2, 4, 8);
        assertThat(RecordLayout.bytes(RecordLayout.STAMPED, 3, 9)).isEqualTo(8 + 8 + 8 + 16);
        assertThat(Tenancy.word(3, 5, Tenancy.PRESENT)).isEqualTo(5L << 16 | 2 << 10 | 3);
        assertThat(new int[] {Tenancy.ARRIVING, Tenancy.PRESENT, Tenancy.AWAY, Tenancy.EVICTED, Tenancy.PLACING})
                .containsExactly(1, 2, 3, 4, 5);
    }

    @Property
    void shouldKeepEachFieldOfAControlWordApart(
            @ForAll @LongRange(max = (1L << 28) - 1) long lap,
            @ForAll @IntRange(max = ControlWord.MAX_SPAN) int span,
            @ForAll @IntRange(max = ControlWord.MAX_ATTEMPTS) int attempts,
            @ForAll @IntRange(max = 1023) int owner,
            @ForAll boolean reference,
            @ForAll @IntRange(max = 6) int state) {
        long word = ControlWord.word(lap, span, attempts, owner, reference, state);
        assertThat(ControlWord.age(word, lap)).isZero();
        assertThat(ControlWord.span(word)).isEqualTo(span);
        assertThat(ControlWord.attempts(word)).isEqualTo(attempts);
        assertThat(ControlWord.owner(word)).isEqualTo(owner);
        assertThat(ControlWord.isReference(word)).isEqualTo(reference);
        assertThat(ControlWord.state(word)).isEqualTo(state);
        assertThat(ControlWord.returned(word))
                .isEqualTo(
                        ControlWord.word(lap, span, Math.min(63, attempts + 1), 0, reference, ControlWord.COMMITTED));
        assertThat(ControlWord.withSpan(word, 7))
                .isEqualTo(ControlWord.word(lap, 7, attempts, owner, reference, state));
        assertThat(ControlWord.withReference(word))
                .isEqualTo(ControlWord.word(lap, span, attempts, owner, true, state));
    }

    @Property
    void shouldTellLapsApartWhenTheirBitsWrapAround(
            @ForAll @LongRange(max = 1L << 40) long lap,
            @ForAll @IntRange(min = -(1 << 27), max = (1 << 27) - 1) int ahead) {
        long word = ControlWord.word(lap + ahead, 1, 0, 0, false, ControlWord.DONE);
        assertThat(ControlWord.age(word, lap)).isEqualTo(ahead);
    }

    @Property
    void shouldMeasureLeasesWhenTheClockWrapsAround(
            @ForAll long now,
            @ForAll @LongRange(max = 365L * 24 * 3600 * 1_000_000_000L) long nanos,
            @ForAll @LongRange(max = 1L << 40) long lap,
            @ForAll @IntRange(max = ControlWord.MAX_ATTEMPTS) int attempts) {
        long lease = Lease.begin(lap, attempts, now);
        assertThat(Lease.isFor(lease, lap, attempts)).isTrue();
        assertThat(Lease.isFor(lease, lap + 1, attempts)).isFalse();
        assertThat(Lease.isFor(lease, lap, (attempts + 1) & 63)).isFalse();
        assertThat(Lease.age(lease, now + nanos)).isBetween(nanos - 1024, nanos + 1024);
    }

    @Property
    void shouldKeepEachFieldOfATenancyApart(
            @ForAll @IntRange(max = 1023) int owner,
            @ForAll @IntRange(max = (1 << 30) - 1) int opening,
            @ForAll @IntRange(max = 5) int state) {
        long word = Tenancy.word(owner, opening, state);
        assertThat(Tenancy.owner(word)).isEqualTo(owner);
        assertThat(Tenancy.state(word)).isEqualTo(state);
        assertThat(Tenancy.with(word, Tenancy.EVICTED)).isEqualTo(Tenancy.word(owner, opening, Tenancy.EVICTED));
        assertThat(Tenancy.away(word)).isEqualTo(Tenancy.word(0, opening, Tenancy.AWAY));
    }

    /** Where all records have one length, there are slots where none ever starts; then one of another length comes. */
    @Test
    void shouldFindASlotFreeWhereNothingStartedForMoreLapsThanTheWordCanTell() {
        Geometry geometry = new Geometry(0, 1, 1 << 16, 0, 0, 0, 0, 4, 0);
        for (long laps : new long[] {1L << 27, (1L << 27) + 1, (1L << 28) - 2}) {
            Memory memory = MappedMemory.of(ByteBuffer.allocateDirect(1 << 17));
            geometry.write(memory, 0);
            long ring = geometry.ringOffset(0);
            long position = laps * 1024 + 5;
            memory.putLong(ring + QueueLayout.HEAD, position << QueueLayout.HEAD_SHIFT);
            memory.putLong(ring + QueueLayout.TAIL, position);
            SlotRing slots = new SlotRing(memory, geometry, 0, 0, 1, Competition.RECLAIMER);
            assertThat(slots.take(CompetingInbox.NO_LEASES, false, new SlotRing.Taken()))
                    .isFalse();
            assertThat(slots.hasMessage(CompetingInbox.NO_LEASES)).isFalse();
            assertThat(slots.end()).isEqualTo(position);
            assertThat(slots.claim(3)).isEqualTo(position);
            assertThat(slots.commit(position, 3)).isTrue();
            assertThat(slots.take(CompetingInbox.NO_LEASES, false, new SlotRing.Taken()))
                    .isTrue();
        }
    }
}
