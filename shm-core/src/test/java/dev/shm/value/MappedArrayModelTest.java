package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random calls by two openings of one file, looked at by a third that only reads and as the bytes of the file, against rows of bits. */
class MappedArrayModelTest {

    private static TestDirectory directory;

    enum Call {
        SET_LONG,
        SET_DOUBLE,
        FILL_ROW,
        FILL_COLUMN,
        FILL_SLICE,
        FILL_BOX,
        COPY_INTO_ROW,
        COPY_INTO_TRANSPOSED,
        RESIZE,
        SHRINK,
        REFRESH
    }

    /** A call; places are in thousandths. */
    record Step(Call call, int by, int row, int column, int value, int count) {}

    @BeforeContainer
    static void open() {
        directory = TestDirectory.create();
    }

    @AfterContainer
    static void close() {
        directory.close();
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> places = Arbitraries.integers().between(0, 999);
        return Combinators.combine(
                        Arbitraries.of(Call.values()),
                        Arbitraries.integers().between(0, 1),
                        places,
                        places,
                        Arbitraries.integers().between(0, 100),
                        Arbitraries.integers().between(0, 4))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    @Property(tries = 150)
    void shouldHaveTheElementsAndNothingElse(
            @ForAll ElementType type,
            @ForAll @IntRange(min = 1, max = 5) int columns,
            @ForAll("steps") List<Step> steps)
            throws IOException {
        Path file = directory.path().resolve("array");
        try (MappedArray one = MappedArray.create(file, type, 2, columns);
                MappedArray other = MappedArray.open(file, type, 2, columns);
                MappedArray reader = MappedArray.openReadOnly(file, type, 2, columns)) {
            Model model = new Model(type, columns, List.of(one, other), reader);
            for (Step step : steps) {
                model.apply(step);
                model.check(file, step);
            }
        } finally {
            Files.delete(file);
        }
    }

    /** What is expected. */
    private static final class Model {

        private final ElementType type;
        private final int columns;
        private final List<MappedArray> writers;
        private final MappedArray reader;
        private final List<long[]> rows = new ArrayList<>();

        Model(ElementType type, int columns, List<MappedArray> writers, MappedArray reader) {
            this.type = type;
            this.columns = columns;
            this.writers = writers;
            this.reader = reader;
            grow(2);
        }

        private void grow(int count) {
            while (rows.size() < count) {
                rows.add(new long[columns]);
            }
        }

        private double value(int number) {
            return switch (type) {
                case BOOLEAN -> number & 1;
                case FLOAT16, FLOAT32, FLOAT64 -> number / 2.0;
                default -> number;
            };
        }

        void apply(Step step) throws IOException {
            MappedArray array = writers.get(step.by());
            int known = (int) array.shape()[0];
            int row = step.row() * known / 1000;
            int column = step.column() * columns / 1000;
            double value = value(step.value());
            long bits = type.encode(value);
            switch (step.call()) {
                case SET_LONG -> {
                    array.setLong(row, column, (long) value);
                    rows.get(row)[column] = type.encode((long) value);
                }
                case SET_DOUBLE -> {
                    array.setDouble(new long[] {row, column}, value);
                    rows.get(row)[column] = bits;
                }
                case FILL_ROW -> {
                    array.view().at(row).fill(value);
                    fill(row, row + 1, 1, 0, columns, bits);
                }
                case FILL_COLUMN -> {
                    array.view().select(1, column).fill(value);
                    fill(0, known, 1, column, column + 1, bits);
                }
                case FILL_SLICE -> {
                    int every = 1 + step.count();
                    array.view().slice(0, row, known, every).fill(value);
                    fill(row, known, every, 0, columns, bits);
                }
                case FILL_BOX -> {
                    array.view()
                            .slice(0, row, known, 1)
                            .slice(1, 0, column, 1)
                            .transpose()
                            .fill(value);
                    fill(row, known, 1, 0, column, bits);
                }
                case COPY_INTO_ROW -> {
                    NdArray.Builder source = NdArray.builder(type, columns);
                    for (int i = 0; i < columns; i++) {
                        source.setDouble(i, value(step.value() + i));
                        rows.get(row)[i] = type.encode(value(step.value() + i));
                    }
                    array.view().at(row).copyFrom(source.build());
                }
                case COPY_INTO_TRANSPOSED -> {
                    NdArray.Builder source = NdArray.builder(type, columns, known);
                    for (int i = 0; i < columns * known; i++) {
                        double each = value((step.value() + i) % 101);
                        source.setDouble(i, each);
                        rows.get(i % known)[i / known] = type.encode(each);
                    }
                    array.view().transpose().copyFrom(source.build());
                }
                case RESIZE -> {
                    int wanted = rows.size() + step.count();
                    array.resize(wanted);
                    grow(wanted);
                    assertThat(array.shape()).containsExactly(wanted, columns);
                }
                case SHRINK -> {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> array.resize(rows.size() - 1))
                            .withMessageContaining("cannot become shorter");
                    assertThat(array.shape()).containsExactly(known, columns);
                }
                case REFRESH -> {
                    assertThat(array.refresh()).isEqualTo(known < rows.size());
                    assertThat(array.shape()).containsExactly(rows.size(), columns);
                    assertThat(array.refresh()).isFalse();
                }
            }
        }

        private void fill(int from, int to, int every, int fromColumn, int toColumn, long bits) {
            for (int row = from; row < to; row += every) {
                for (int column = fromColumn; column < toColumn; column++) {
                    rows.get(row)[column] = bits;
                }
            }
        }

        void check(Path file, Step step) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(rows.size() * columns * type.bytes() + 8)
                    .order(ByteOrder.LITTLE_ENDIAN);
            int at = 0;
            for (long[] row : rows) {
                for (long element : row) {
                    bytes.putLong(at, element);
                    at += type.bytes();
                }
            }
            byte[] expected = new byte[at];
            bytes.get(0, expected);
            assertThat(Files.readAllBytes(file)).isEqualTo(expected);

            reader.refresh();
            NdArray all = reader.toNdArray();
            assertThat(all.shape()).containsExactly(rows.size(), columns);
            assertThat(all.toBytes()).isEqualTo(expected);
            int row = step.row() * rows.size() / 1000;
            int column = step.column() * columns / 1000;
            long element = rows.get(row)[column];
            assertThat(reader.getDouble(row, column)).isEqualTo(type.toDouble(element));
            assertThat(reader.getLong(row, column)).isEqualTo(type.toLong(element));
            assertThat(reader.view().transpose().getDouble(column, row)).isEqualTo(type.toDouble(element));
            assertThat(reader.view().reshape((long) rows.size() * columns).getDouble((long) row * columns + column))
                    .isEqualTo(type.toDouble(element));
            assertThatThrownBy(() -> reader.setLong(row, column, 0)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> reader.getDouble(rows.size(), column))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
