package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The bytes of lists and deques: processes with different versions of the library must agree on them. */
class ListFormatTest {

    @Test
    void shouldKeepFieldsWhereTheyAre() {
        assertThat(new int[] {
                    ListLayout.VERSION,
                    ListLayout.SIZE,
                    ListLayout.SPINE,
                    ListLayout.LOCK,
                    ListLayout.CHUNKS,
                    ListLayout.STAGED,
                    ListLayout.CONDEMNED,
                    ListLayout.CLEARED,
                    ListLayout.CLEARED_SIZE,
                    ListLayout.CLEARED_CHUNKS,
                    ListLayout.ROOT_BYTES,
                    ListLayout.CHUNK_CELLS
                })
                .containsExactly(0, 8, 16, 64, 72, 80, 88, 96, 104, 112, 120, 512);
        assertThat(new int[] {
                    DequeLayout.VERSION,
                    DequeLayout.HEAD,
                    DequeLayout.TAIL,
                    DequeLayout.RING,
                    DequeLayout.MAX_LENGTH,
                    DequeLayout.SLOT_BYTES,
                    DequeLayout.FLAGS,
                    DequeLayout.LOCK,
                    DequeLayout.STAGED,
                    DequeLayout.CONDEMNED,
                    DequeLayout.CLEARED,
                    DequeLayout.CLEARED_HEAD,
                    DequeLayout.CLEARED_TAIL,
                    DequeLayout.TAKERS,
                    DequeLayout.PUTTERS
                })
                .containsExactly(0, 8, 16, 24, 32, 40, 48, 64, 72, 80, 88, 96, 104, 128, 192);
        assertThat(new int[] {DequeLayout.EVICTING, DequeLayout.FIXED}).containsExactly(1, 2);
        assertThat(new int[] {LedgerLayout.COUNT, LedgerLayout.REFERENCES}).containsExactly(0, 8);
        assertThat(CollectionKinds.LIST.code()).isEqualTo(9);
        assertThat(CollectionKinds.DEQUE.code()).isEqualTo(10);
        assertThat(ListLayout.base(80)).isEqualTo(128);
        assertThat(DequeLayout.base(128)).isEqualTo(128);
    }

    @Test
    void shouldKeepCellsAsTheyAre() {
        assertThat(new int[] {CellLayout.CONTROL, CellLayout.WORD, CellLayout.BYTES, CellLayout.INLINE_BYTES})
                .containsExactly(0, 8, 16, 14);
        assertThat(cell("abc")).isEqualTo("301 636261");
        assertThat(cell("abcdefghijklmn")).isEqualTo("6e6d6c6b6a690e01 6867666564636261");
        assertThat(cell(-2L)).isEqualTo("803 fffffffffffffffe");
        assertThat(cell(null)).isEqualTo("0 0");
        assertThat(cell("abcdefghijklmno")).isEqualTo("fff01 ");
        assertThat(cell(new UUID(1, 2))).isEqualTo("10ff0b ");
        assertThat(CellLayout.control(1, CellLayout.IN_SLOT, 20)).isEqualTo(0x14_FE_01);
        assertThat(DequeLayout.slotBytes(1)).isEqualTo(16);
        assertThat(DequeLayout.slotBytes(9)).isEqualTo(24);
        assertThat(DequeLayout.slot(1000, -1, 10, 24)).isEqualTo(1000 + 9 * 24);
    }

    private static String cell(Object value) {
        Encoded encoded = new Encoded(CellLayout.INLINE_BYTES);
        encoded.encodeNullable(Element.of(Object.class), value, null);
        return Long.toHexString(encoded.control()) + " " + (encoded.isBlock() ? "" : Long.toHexString(encoded.word()));
    }
}
