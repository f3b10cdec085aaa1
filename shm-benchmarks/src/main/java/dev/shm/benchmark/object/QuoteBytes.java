package dev.shm.benchmark.object;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.hash.serialization.BytesReader;
import net.openhft.chronicle.hash.serialization.BytesWriter;
import net.openhft.chronicle.wire.SelfDescribingMarshallable;
import org.jspecify.annotations.Nullable;

/** How Chronicle Map is told to write and read a {@link Quote}: with as little around it as it allows. */
public final class QuoteBytes extends SelfDescribingMarshallable implements BytesReader<Quote>, BytesWriter<Quote> {

    @Override
    @SuppressWarnings("rawtypes")
    public Quote read(Bytes in, @Nullable Quote using) {
        return new Quote(in.readUtf8(), in.readDouble(), in.readDouble(), in.readLong());
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void write(Bytes out, Quote quote) {
        out.writeUtf8(quote.symbol());
        out.writeDouble(quote.bid());
        out.writeDouble(quote.ask());
        out.writeLong(quote.at());
    }
}
