package dev.shm.heap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HeapLayoutTest {

    @Test
    void pageWordBitsStayWhereTheyAre() {
        long generation = 1L << 46;
        long claim = PageWord.claimed(0, 0x3FF, 0xABCDEF);
        assertThat(claim).isEqualTo(generation | 0xABCDEFL << 22 | 0x3FFL << 12 | 1);
        long slab = PageWord.committed(claim, PageWord.SLAB, 0xC5, 7);
        assertThat(slab).isEqualTo(generation | 7L << 22 | 0x3FFL << 12 | 0xC5L << 4 | 2);
        assertThat(PageWord.freeing(slab, 2)).isEqualTo(generation | 7L << 22 | 2L << 12 | 4);
        assertThat(PageWord.freed(slab)).isEqualTo(generation);
        assertThat(PageWord.claimed(generation, 1, 0)).isEqualTo(2 * generation | 1L << 12 | 1);
        assertThat(List.of(PageWord.FREE, PageWord.CLAIM, PageWord.SLAB, PageWord.RUN, PageWord.FREEING))
                .containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void pageWordPartsComeBackAsTheyWentIn() {
        long slab = PageWord.committed(PageWord.claimed(0, 1023, 0xFFFFFF), PageWord.SLAB, 255, 0xFFFFFF);
        assertThat(PageWord.state(slab)).isEqualTo(PageWord.SLAB);
        assertThat(PageWord.sizeClass(slab)).isEqualTo(255);
        assertThat(PageWord.owner(slab)).isEqualTo(1023);
        assertThat(PageWord.length(slab)).isEqualTo(0xFFFFFF);
    }

    @Test
    void generationsOfAPageWrapIntoNothingElse() {
        long last = PageWord.freed(-1L);
        assertThat(PageWord.claimed(last, 0, 0)).isEqualTo(PageWord.CLAIM);
    }

    @Test
    void blockHeaderBitsStayWhereTheyAre() {
        assertThat(BlockLayout.HEADER_BYTES).isEqualTo(16);
        assertThat(BlockLayout.LENGTH).isEqualTo(8);
        assertThat(BlockLayout.AUXILIARY).isEqualTo(12);
        assertThat(List.of(
                        BlockLayout.NONE,
                        BlockLayout.FREE,
                        BlockLayout.TENTATIVE,
                        BlockLayout.LIVE,
                        BlockLayout.QUEUED,
                        BlockLayout.RETIRED))
                .containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(BlockLayout.word(0x123456789ABL, 0xFE, 0x3FF, 5))
                .isEqualTo(0x123456789ABL << 21 | 0xFEL << 13 | 0x3FFL << 3 | 5);
    }

    @Test
    void referencesNameOneLifeOfABlock() {
        long tentative = BlockLayout.word(41, 7, 3, BlockLayout.TENTATIVE);
        long reference = BlockLayout.reference(0xFF_FFFF_FFF0L, 42);
        assertThat(reference).isEqualTo(42L << 36 | 0xF_FFFF_FFFFL);
        assertThat(BlockLayout.header(reference)).isEqualTo(0xFF_FFFF_FFF0L);
        assertThat(BlockLayout.payload(reference)).isEqualTo(0x100_0000_0000L);
        long live = BlockLayout.next(tentative, 0, BlockLayout.LIVE);
        long free = BlockLayout.next(live, 0, BlockLayout.FREE);
        assertThat(BlockLayout.names(reference, tentative)).isTrue();
        assertThat(BlockLayout.names(reference, live)).isTrue();
        assertThat(BlockLayout.names(reference, free)).isFalse();
        assertThat(BlockLayout.type(free)).isEqualTo(7);
    }

    @Test
    void stampsWrapIntoNothingElse() {
        long last = BlockLayout.word(-1, 7, 3, BlockLayout.LIVE);
        long next = BlockLayout.next(last, 0, BlockLayout.FREE);
        assertThat(BlockLayout.stamp(next)).isZero();
        assertThat(BlockLayout.type(next)).isEqualTo(7);
        assertThat(BlockLayout.state(next)).isEqualTo(BlockLayout.FREE);
    }

    @Test
    void journalEntriesStayWhereTheyAre() {
        assertThat(JournalLayout.COUNT).isEqualTo(0);
        assertThat(JournalLayout.ENTRIES).isEqualTo(64);
        assertThat(JournalLayout.ENTRY_BYTES).isEqualTo(24);
        assertThat(JournalLayout.CAPACITY).isEqualTo(40);
        assertThat(JournalLayout.TARGET).isEqualTo(0);
        assertThat(JournalLayout.BEFORE).isEqualTo(8);
        assertThat(JournalLayout.AFTER).isEqualTo(16);
        assertThat(JournalLayout.STORE).isEqualTo(1);
        assertThat(JournalLayout.BLOCK).isEqualTo(2);
        assertThat(JournalLayout.target(2, 0xFFF8)).isEqualTo(0x2000_0000_0000_FFF8L);
        assertThat(JournalLayout.kind(0x2000_0000_0000_FFF8L)).isEqualTo(2);
        assertThat(JournalLayout.address(0x2000_0000_0000_FFF8L)).isEqualTo(0xFFF8);
    }
}
