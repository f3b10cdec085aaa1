package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.codec.Codecs;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.queue.Claim;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.TestDirectory;
import dev.shm.value.ArrayView;
import dev.shm.value.FloatElements;
import dev.shm.value.LongElements;
import dev.shm.value.MappedArray;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedVector;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The lines of docs/arrays.md. */
class ArraysTutorialTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @Test
    void arraysOfFixedShape() {
        try (SharedMemory memory = directory.segment("desk").size(8 << 20).create()) {
            SharedArray table = memory.openOrCreate("table", SharedArray.of(ElementType.FLOAT32, 1_000, 64));
            table.setDouble(3, 17, 0.5);
            double one = table.getDouble(3, 17);

            FloatElements floats = table.asFloats();
            floats.set(3 * 64 + 18, 0.25f);

            ArrayView row = table.at(3);
            FloatBuffer direct = row.asFloatBuffer();
            ArrayView corner = table.slice(0, 10).slice(1, 0, 64, 2);
            NdArray copy = corner.toNdArray();

            SharedArray counters = memory.openOrCreate("counters", SharedArray.of(ElementType.INT64, 16));
            LongElements hits = counters.asLongs();
            hits.getAndAdd(7, 1);

            assertThat(one).isEqualTo(0.5);
            assertThat(direct.get(17)).isEqualTo(0.5f);
            assertThat(direct.get(18)).isEqualTo(0.25f);
            assertThat(copy.shape()).containsExactly(10, 32);
            assertThat(copy.getDouble(3, 9)).isEqualTo(0.25);
            assertThat(hits.get(7)).isEqualTo(1);
        }
    }

    @Test
    void vectors() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedVector prices = memory.openOrCreate("prices", SharedVector.of(ElementType.INT32));
            prices.append(100);
            prices.extend(101, 99, 104);
            prices.insert(0, 98);
            long last = prices.popLong();
            NdArray all = prices.toNdArray();

            assertThat(last).isEqualTo(104);
            assertThat(all.toLongArray()).containsExactly(98, 100, 101, 99);
        }
    }

    @Test
    void messages() throws InterruptedException {
        float[] pixels = new float[640 * 480];
        BlockingQueue<Double> seen = new LinkedBlockingQueue<>();
        try (SharedMemory memory = directory.segment("desk").size(16 << 20).create()) {
            SharedQueue<NdArray> frames = memory.openOrCreate("frames", SharedQueue.of(Codecs.ndArrays()));
            frames.put(NdArray.of(pixels, 480, 640).withTimestamp(Instant.now()).withIndex(1));
            NdArray frame = frames.take();

            int[] shape = {480, 640};
            try (Claim claim = frames.tryClaim(NdArray.messageBytes(ElementType.FLOAT32, shape))) {
                if (claim != null) {
                    NdArray.write(claim.buffer(), ElementType.FLOAT32, Instant.now(), 2, shape)
                            .asFloatBuffer()
                            .put(pixels);
                    claim.commit();
                }
            }
            frames.drain(message -> seen.add(NdArray.inPlace(message.buffer()).getDouble(10, 20)), 100);

            assertThat(frame.shape()).containsExactly(480, 640);
            assertThat(seen).containsExactly(0.0);
        }
    }

    @Test
    void files() throws IOException {
        Path file = directory.file("weights.f32");
        try (MappedArray weights = MappedArray.create(file, ElementType.FLOAT32, 512, 512)) {
            weights.setDouble(0, 0, 1);
        }
        try (MappedArray weights = MappedArray.openReadOnly(file, ElementType.FLOAT32, 512, 512)) {
            assertThat(weights.getDouble(0, 0)).isEqualTo(1);
        }
    }
}
