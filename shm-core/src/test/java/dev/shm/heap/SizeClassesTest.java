package dev.shm.heap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.segment.SegmentLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizeClassesTest {

    @ParameterizedTest
    @CsvSource({"4096, 16", "4096, 200", "4096, 16000", "8192, 65000", "131072, 40000", "16777216, 65270"})
    void everySizeGetsTheSmallestClassThatFits(long pageBytes, int pageCount) {
        SizeClasses classes = SizeClasses.of(pageBytes, pageCount);
        int smallest = 0;
        for (int bytes = 16; bytes <= classes.largest(); bytes++) {
            if (bytes > classes.blockBytes(smallest)) {
                smallest++;
            }
            if (classes.classOf(bytes) != smallest || classes.blockBytes(smallest) < bytes) {
                assertThat(classes.classOf(bytes))
                        .as("class of %d bytes", bytes)
                        .isEqualTo(smallest);
                assertThat(classes.blockBytes(smallest)).isGreaterThanOrEqualTo(bytes);
            }
        }
        assertThat(smallest).isEqualTo(classes.count() - 1);
        assertThat(classes.largest()).isEqualTo(classes.blockBytes(smallest));
    }

    @ParameterizedTest
    @CsvSource({"4096, 200", "4096, 16000", "8192, 65000", "131072, 40000", "16777216, 65270"})
    void atMostAFifthOfABlockIsUnusedAndLittleOfASlab(long pageBytes, int pageCount) {
        SizeClasses classes = SizeClasses.of(pageBytes, pageCount);
        assertThat(classes.count()).isLessThan(SegmentLayout.BITMAPS);
        for (int i = 0; i < classes.count(); i++) {
            int least = i == 0 ? 16 : classes.blockBytes(i - 1) + 1;
            int size = classes.blockBytes(i);
            assertThat(size % 16).as("alignment of class %d", i).isZero();
            if (size > 128) {
                assertThat(size - least).as("waste in class of %d", size).isLessThanOrEqualTo(size / 5);
            } else {
                assertThat(size - least).as("waste in class of %d", size).isLessThanOrEqualTo(16);
            }
            long slabBytes = classes.pages(i) * pageBytes;
            long used = (long) classes.blocks(i) * size;
            assertThat(classes.blocks(i)).isPositive();
            assertThat(used).isLessThanOrEqualTo(slabBytes);
            assertThat(slabBytes - used).as("left over in slab of %d", size).isLessThanOrEqualTo(slabBytes / 5);
            assertThat(slabBytes).isLessThanOrEqualTo(Math.max(pageBytes, pageCount * pageBytes / 4));
        }
    }

    @ParameterizedTest
    @CsvSource({"4096, 200", "8192, 65000", "131072, 40000"})
    void onlyTheStartOfABlockIsABlock(long pageBytes, int pageCount) {
        SizeClasses classes = SizeClasses.of(pageBytes, pageCount);
        for (int i = 0; i < classes.count(); i++) {
            long slabBytes = classes.pages(i) * pageBytes;
            int size = classes.blockBytes(i);
            int step = slabBytes > 1 << 20 ? 16 : 1;
            for (long offset = 0; offset < slabBytes; offset += step) {
                boolean starts = offset % size == 0 && offset / size < classes.blocks(i);
                int expected = starts ? (int) (offset / size) : -1;
                if (classes.blockAt(i, offset) != expected) {
                    assertThat(classes.blockAt(i, offset))
                            .as("block at offset %d of slab of %d", offset, size)
                            .isEqualTo(expected);
                }
            }
        }
    }
}
