package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.shm.HeapAccess;
import dev.shm.ObjectFigures;
import dev.shm.SegmentView;
import dev.shm.SharedMemory;
import dev.shm.error.CodecException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.SharedMemoryException;
import dev.shm.heap.BlockLayout;
import dev.shm.memory.Memory;
import dev.shm.testing.TestDirectory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where the bytes of a bean are, and what comes of damaged ones. */
class BeanFormatTest {

    enum Colour {
        RED,
        GREEN
    }

    interface Fields {
        int getA();

        void setA(int a);

        Colour getColour();

        void setColour(Colour colour);

        @MaxBytes(9)
        String getName();

        void setName(String name);

        String getText();

        void setText(String text);
    }

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory memory;
    private Memory bytes;
    private SharedBean<Fields> bean;
    private long payload;

    @BeforeEach
    void open() {
        memory = directory.segment("desk").create();
        bytes = HeapAccess.memory(memory);
        bean = memory.create("bean", SharedBean.of(Fields.class));
        payload = bean.store().handle().payload();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void theBytesStayWhereTheyAre() {
        assertThat(List.of(
                        BeanLayout.LOCK,
                        BeanLayout.STATE,
                        BeanLayout.LOG_COUNT,
                        BeanLayout.WORDS,
                        BeanLayout.SCHEMA_BYTES,
                        BeanLayout.FIELDS))
                .containsExactly(0, 8, 16, 24, 28, 32);
        assertThat(List.of(BeanLayout.INDEX, BeanLayout.BEFORE, BeanLayout.AFTER, BeanLayout.ENTRY_BYTES))
                .containsExactly(0, 8, 16, 24);
        assertThat(List.of(BeanLayout.APPLYING, BeanLayout.UPDATING)).containsExactly(1L, 2L);
        assertThat(BeanLayout.word(3)).isEqualTo(56);
        assertThat(BeanLayout.entry(3, 2)).isEqualTo(32 + 24 + 48);
        assertThat(BeanLayout.schema(3)).isEqualTo(32 + 24 + 72);
        assertThat(BeanLayout.bytes(3, 7)).isEqualTo(135);
        assertThat(BeanLayout.settled(0b1011)).isEqualTo(0b1100);
    }

    @Test
    void wordsAreAsTheGuideSays() {
        bean.get().setA(-2);
        bean.get().setColour(Colour.GREEN);
        bean.get().setName("012345678");
        bean.get().setText("text");
        assertThat(bytes.getInt(payload + 24)).isEqualTo(6);
        assertThat(bytes.getLong(payload + 32)).isEqualTo(-2);
        assertThat(bytes.getLong(payload + 40)).isEqualTo(2);
        assertThat(bytes.getLong(payload + 48)).isEqualTo(10);
        assertThat(bytes.getLong(payload + 56)).isEqualTo(0x3736353433323130L);
        assertThat(bytes.getLong(payload + 64)).isEqualTo(0x38);
        byte[] text = new byte[4];
        bytes.getBytes(BlockLayout.payload(bytes.getLong(payload + 72)), text, 0, 4);
        assertThat(text).isEqualTo(new byte[] {'t', 'e', 'x', 't'});
        byte[] schema = new byte[bytes.getInt(payload + 28)];
        bytes.getBytes(payload + 32 + 6 * 8 + 6 * 24, schema, 0, schema.length);
        assertThat(new String(schema, StandardCharsets.UTF_8))
                .isEqualTo("a 1 int\ncolour 1 enum dev.shm.value.BeanFormatTest$Colour(RED,GREEN)\nname 3 String<=9\n"
                        + "text b String\n");
    }

    @Test
    void aDamagedFieldIsAnErrorForThatFieldAlone() {
        bean.get().setA(5);
        bytes.putLong(payload + 40, 3);
        bytes.putLong(payload + 48, 11);
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> bean.get().getColour())
                .withMessageContaining("'colour'")
                .withMessageContaining("'bean'");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> bean.get().getName())
                .withMessageContaining("'name'");
        assertThat(bean.get().getA()).isEqualTo(5);
        bean.get().setColour(Colour.RED);
        bean.get().setName("x");
        assertThat(bean.toString()).contains("colour=RED", "name=x");
    }

    @Test
    void aFieldWithoutItsBlockIsAnErrorAndVerifyNamesIt() {
        bean.get().setText("text");
        bytes.putLong(payload + 72, bytes.getLong(payload + 72) + (1L << 40));
        assertThatExceptionOfType(SegmentFormatException.class)
                .isThrownBy(() -> bean.get().getText());
        assertThat(memory.verify())
                .anyMatch(problem -> problem.contains("the field 'text' has a block that is not live"));
        bean.get().setText("another");
        assertThat(bean.get().getText()).isEqualTo("another");
        assertThat(memory.verify()).isEmpty();
    }

    @Test
    void aLogOfImpossibleLengthIsAnError() {
        bytes.putLong(payload + 16, 7);
        assertThatExceptionOfType(SegmentFormatException.class)
                .isThrownBy(() -> bean.update(fields -> fields.setA(1)))
                .withMessageContaining("7 entries");
        assertThat(memory.verify()).anyMatch(problem -> problem.contains("7 entries"));
        bytes.putLong(payload + 16, 0);
        bean.update(fields -> fields.setA(1));
        assertThat(bean.get().getA()).isEqualTo(1);
    }

    @Test
    void damagedBeansAreErrorsAndNeverMore() {
        bean.get().setText("text");
        int length = bytes.getInt(payload - BlockLayout.HEADER_BYTES + BlockLayout.LENGTH);
        byte[] whole = new byte[length];
        bytes.getBytes(payload, whole, 0, length);
        Random random = new Random(5);
        int errors = 0;
        for (int i = 0; i < 3_000; i++) {
            byte[] damaged = whole.clone();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                // The lock stays free: a process that may be anybody is waited for.
                damaged[8 + random.nextInt(length - 8)] = (byte) (random.nextBoolean() ? random.nextInt() : 255);
            }
            bytes.putBytes(payload, damaged, 0, length);
            try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
                view.verify();
                assertThat(view.figures())
                        .hasSize(1)
                        .allMatch((ObjectFigures figures) -> figures.kind().equals("bean"));
            }
            try (SharedBean<Fields> opened = memory.open("bean", SharedBean.of(Fields.class))) {
                opened.get().getText();
                opened.get().getName();
                opened.get().getColour();
                assertThat(opened.toString()).isNotEmpty();
            } catch (SharedMemoryException e) {
                errors++;
            }
            bytes.putBytes(payload, whole, 0, length);
        }
        assertThat(errors).isPositive();
        assertThat(bean.get().getText()).isEqualTo("text");
    }
}
