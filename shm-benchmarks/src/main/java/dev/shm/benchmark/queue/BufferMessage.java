package dev.shm.benchmark.queue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A message in one of Agrona's buffers. */
final class BufferMessage implements Message {

    private DirectBuffer buffer = new UnsafeBuffer(0, 0);
    private int index;
    private int length;

    BufferMessage at(DirectBuffer where, int at, int bytes) {
        buffer = where;
        index = at;
        length = bytes;
        return this;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public long getLong(int offset) {
        return buffer.getLong(index + offset);
    }

    @Override
    public void copyTo(byte[] destination) {
        buffer.getBytes(index, destination, 0, length);
    }
}
