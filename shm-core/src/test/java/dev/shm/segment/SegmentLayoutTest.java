package dev.shm.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout.Region;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SegmentLayoutTest {

    @Test
    void headerFieldsStayWhereTheyAre() {
        assertThat(SegmentLayout.MAGIC).isEqualTo(0);
        assertThat(SegmentLayout.LAYOUT_MAJOR).isEqualTo(8);
        assertThat(SegmentLayout.LAYOUT_MINOR).isEqualTo(12);
        assertThat(SegmentLayout.INCOMPATIBLE_FEATURES).isEqualTo(16);
        assertThat(SegmentLayout.COMPATIBLE_FEATURES).isEqualTo(20);
        assertThat(SegmentLayout.SEGMENT_BYTES).isEqualTo(24);
        assertThat(SegmentLayout.UUID_HIGH).isEqualTo(32);
        assertThat(SegmentLayout.UUID_LOW).isEqualTo(40);
        assertThat(SegmentLayout.HASH_SEED).isEqualTo(48);
        assertThat(SegmentLayout.RESERVED).isEqualTo(56);
        assertThat(SegmentLayout.STATE).isEqualTo(64);
        assertThat(SegmentLayout.CREATOR).isEqualTo(72);
        assertThat(SegmentLayout.CREATED_MILLIS).isEqualTo(80);
        assertThat(SegmentLayout.BOOT_ID).isEqualTo(88);
        assertThat(SegmentLayout.PAGE_SHIFT).isEqualTo(96);
        assertThat(SegmentLayout.SLOT_COUNT).isEqualTo(100);
        assertThat(SegmentLayout.SLOTS).isEqualTo(104);
        assertThat(SegmentLayout.LANES).isEqualTo(112);
        assertThat(SegmentLayout.DIRECTORY).isEqualTo(120);
        assertThat(SegmentLayout.PAGE_MAP).isEqualTo(128);
        assertThat(SegmentLayout.HINTS).isEqualTo(136);
        assertThat(SegmentLayout.HEAP).isEqualTo(144);
        assertThat(SegmentLayout.HEAP_BYTES).isEqualTo(152);
        assertThat(SegmentLayout.LANES_PER_SLOT).isEqualTo(160);
        assertThat(SegmentLayout.OBJECT_CAPACITY).isEqualTo(164);
        assertThat(SegmentLayout.RESERVED_2).isEqualTo(168);
        assertThat(SegmentLayout.CHECKSUM).isEqualTo(184);
        assertThat(SegmentLayout.STAMP_SOURCE).isEqualTo(192);
        assertThat(SegmentLayout.PEER_EPOCH).isEqualTo(256);
        assertThat(SegmentLayout.REAPED).isEqualTo(320);
        assertThat(SegmentLayout.DIRECTORY_LOCK).isEqualTo(384);
        assertThat(SegmentLayout.HEADER_BYTES).isEqualTo(4096);
    }

    @Test
    void constantsOfTheFormatStayWhatTheyAre() {
        assertThat(SegmentLayout.MAGIC_VALUE).isEqualTo(0x474E5250534D4853L);
        assertThat(SegmentLayout.MAJOR).isEqualTo(1);
        assertThat(SegmentLayout.MINOR).isEqualTo(0);
        assertThat(SegmentLayout.KNOWN_INCOMPATIBLE_FEATURES).isZero();
        assertThat(SegmentLayout.LANE_BYTES).isEqualTo(1024);
        assertThat(SegmentLayout.BITMAPS).isEqualTo(64);
        assertThat(SegmentLayout.MAX_SLOTS).isEqualTo(1023);
        assertThat(SegmentLayout.MIN_PAGE_BYTES).isEqualTo(4096);
        assertThat(SegmentLayout.MAX_PAGES).isEqualTo(65536);
        assertThat(SegmentLayout.MAX_SEGMENT_BYTES).isEqualTo(1099511627776L);
    }

    @Test
    void statesStayWhatTheyAre() {
        assertThat(SegmentState.READY.code()).isEqualTo(2);
        assertThat(SegmentState.CLOSING.code()).isEqualTo(3);
        assertThat(SegmentState.CLOSED.code()).isEqualTo(4);
        assertThat(SegmentState.SUPERSEDED.code()).isEqualTo(5);
        assertThat(SegmentState.FAILED.code()).isEqualTo(6);
    }

    @Test
    void slotFieldsStayWhereTheyAre() {
        assertThat(SlotLayout.WORD).isEqualTo(0);
        assertThat(SlotLayout.PID).isEqualTo(8);
        assertThat(SlotLayout.NAMESPACE).isEqualTo(16);
        assertThat(SlotLayout.START_TICKS).isEqualTo(24);
        assertThat(SlotLayout.BOOT_ID).isEqualTo(32);
        assertThat(SlotLayout.HEARTBEAT).isEqualTo(40);
        assertThat(SlotLayout.ROLE).isEqualTo(48);
        assertThat(SlotLayout.LAST_END).isEqualTo(56);
        assertThat(SlotLayout.NAME_LENGTH).isEqualTo(64);
        assertThat(SlotLayout.NAME).isEqualTo(68);
        assertThat(SlotLayout.NAME_BYTES).isEqualTo(60);
        assertThat(SlotLayout.JOINED_MILLIS).isEqualTo(128);
        assertThat(SlotLayout.BYTES).isEqualTo(256);
        assertThat(SlotLayout.word(SlotLayout.ZOMBIE, 5)).isEqualTo(0x503);
        assertThat(SlotLayout.generation(SlotLayout.word(SlotLayout.LIVE, -1))).isEqualTo(-1);
        assertThat(List.of(SlotLayout.FREE, SlotLayout.JOINING, SlotLayout.LIVE, SlotLayout.ZOMBIE))
                .containsExactly(0, 1, 2, 3);
    }

    @Test
    void directoryFieldsStayWhereTheyAre() {
        assertThat(DirectoryLayout.WORD).isEqualTo(0);
        assertThat(DirectoryLayout.HASH).isEqualTo(8);
        assertThat(DirectoryLayout.REFERENCE).isEqualTo(16);
        assertThat(DirectoryLayout.SCHEMA).isEqualTo(24);
        assertThat(DirectoryLayout.KIND).isEqualTo(32);
        assertThat(DirectoryLayout.NAME_LENGTH).isEqualTo(36);
        assertThat(DirectoryLayout.CREATED_MILLIS).isEqualTo(40);
        assertThat(DirectoryLayout.NAME).isEqualTo(48);
        assertThat(DirectoryLayout.NAME_BYTES).isEqualTo(80);
        assertThat(DirectoryLayout.TYPE_LENGTH).isEqualTo(128);
        assertThat(DirectoryLayout.TYPE).isEqualTo(132);
        assertThat(DirectoryLayout.TYPE_BYTES).isEqualTo(92);
        assertThat(DirectoryLayout.OPENERS).isEqualTo(224);
        assertThat(DirectoryLayout.entryBytes(64)).isEqualTo(256);
        assertThat(DirectoryLayout.entryBytes(1023)).isEqualTo(384);
        assertThat(DirectoryLayout.next(0x501, DirectoryLayout.DESTROYED)).isEqualTo(0x602);
    }

    @ParameterizedTest
    @CsvSource({
        "67108864, 64, 4096, 11424",
        "1048576, 8, 4096, 200",
        "5368709120, 64, 131072, 40744",
        "1099511627776, 1023, 16777216, 65270"
    })
    void regionsTileTheSegment(long segmentBytes, int slots, long pageBytes, int leastPages) {
        SegmentLayout layout = SegmentLayout.of(segmentBytes, slots);
        long end = 0;
        for (Region region : layout.regions()) {
            assertThat(region.offset()).as(region.name()).isEqualTo(end);
            end = region.offset() + region.bytes();
        }
        assertThat(end).isEqualTo(segmentBytes);
        assertThat(layout.pageBytes()).isEqualTo(pageBytes);
        assertThat(layout.pageCount()).isBetween(leastPages, SegmentLayout.MAX_PAGES);
    }

    private static final long[][] LAYOUTS = {{64L << 20, 64}, {1L << 20, 8}, {5L << 30, 64}, {1L << 40, 1023}};

    @Test
    void everyTableFitsItsRegionAndIsAligned() {
        for (long[] numbers : LAYOUTS) {
            SegmentLayout layout = SegmentLayout.of(numbers[0], (int) numbers[1]);
            List<Region> regions = layout.regions();
            int pages = layout.pageCount();
            int lastSlot = layout.slotCount() - 1;
            int lastEntry = layout.objectCapacity() - 1;
            assertInside(regions.get(1), layout.slot(0), layout.slot(lastSlot) + SlotLayout.BYTES);
            assertInside(
                    regions.get(2),
                    layout.lane(0, 0),
                    layout.lane(lastSlot, layout.lanesPerSlot() - 1) + SegmentLayout.LANE_BYTES);
            assertInside(
                    regions.get(3),
                    layout.entry(0),
                    layout.entry(lastEntry) + DirectoryLayout.entryBytes(layout.slotCount()));
            assertInside(regions.get(4), layout.pageMap(), layout.pageMap() + 8L * pages);
            assertInside(regions.get(5), layout.bitmap(0), layout.bitmap(SegmentLayout.BITMAPS));
            assertInside(regions.get(6), layout.blockHints(0), layout.blockHints(pages));
            assertInside(regions.get(7), layout.heap(), layout.heap() + layout.heapBytes());
            assertThat(layout.leafWords() * 64).isGreaterThanOrEqualTo(pages);
            assertThat(layout.summaryWords() * 64).isGreaterThanOrEqualTo(layout.leafWords());
            // One bit for each smallest block of a page.
            assertThat((layout.blockHints(1) - layout.blockHints(0)) * 8 * 32).isEqualTo(layout.pageBytes());
            assertThat(regions)
                    .allSatisfy(region -> assertThat(region.offset() % 64).isZero());
        }
    }

    private static void assertInside(Region region, long start, long end) {
        assertThat(start).as(region.name()).isEqualTo(region.offset());
        assertThat(end).as(region.name()).isLessThanOrEqualTo(region.offset() + region.bytes());
    }

    @Test
    void noPageStraddlesAWindow() {
        for (long[] numbers : LAYOUTS) {
            SegmentLayout layout = SegmentLayout.of(numbers[0], (int) numbers[1]);
            for (int page = 0; page < layout.pageCount(); page++) {
                long start = layout.heap() + ((long) page << layout.pageShift());
                long end = start + layout.pageBytes() - 1;
                assertThat(start >>> Memory.WINDOW_SHIFT).isEqualTo(end >>> Memory.WINDOW_SHIFT);
            }
        }
    }

    @Test
    void theSmallestSegmentIsWhatTheMessageSays() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SegmentLayout.of(4096, 8))
                .withMessageContaining("minimum=");
        String message = messageOf(4096);
        long minimum = Long.parseLong(message.replaceAll(".*minimum=(\\d+).*", "$1"));
        assertThat(SegmentLayout.of(minimum, 8).pageCount()).isEqualTo(SegmentLayout.MIN_PAGES);
        assertThat(messageOf(minimum - 4096)).contains("minimum=" + minimum);
    }

    private static String messageOf(long size) {
        try {
            throw new AssertionError("made " + SegmentLayout.of(size, 8));
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }
}
