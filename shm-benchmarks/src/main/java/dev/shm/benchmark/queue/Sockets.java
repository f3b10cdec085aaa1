package dev.shm.benchmark.queue;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * A Unix domain socket, or TCP over loopback: messages with their length in front, over blocking channels. Senders copy into a buffer
 * of 64 KiB, and write it after each message, as a queue delivers it; or, batched, only when it is full: the stream at its best, in
 * which a message may stay with its sender for as long as no other follows. Receivers read what is there, and get what does not fit
 * into their buffer as it comes.
 */
final class Sockets implements Transport {

    private static final int BUFFER_BYTES = 64 << 10;
    private static final int HEADER_BYTES = Integer.BYTES;

    private final boolean tcp;
    private final boolean batched;

    Sockets(boolean tcp, boolean batched) {
        this.tcp = tcp;
        this.batched = batched;
    }

    @Override
    public String name() {
        return (tcp ? "tcp" : "uds") + (batched ? "-batched" : "");
    }

    @Override
    public boolean can(Scenario scenario, int bytes) {
        return switch (scenario) {
            case ONE_TO_ONE -> !batched || bytes < BUFFER_BYTES;
            case ROUND_TRIP, WAKE_UP, IDLE -> !batched;
            case MANY_TO_ONE, TWO_TO_TWO, FAN_OUT -> false;
        };
    }

    @Override
    public List<Waiting> waits() {
        return List.of(Waiting.BLOCK);
    }

    @Override
    public Receiver receiver(Place place) throws IOException {
        ServerSocketChannel server;
        if (tcp) {
            server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Path port = Files.writeString(
                    place.file("port.new"), Integer.toString(((InetSocketAddress) server.getLocalAddress()).getPort()));
            Files.move(port, place.file("port"), StandardCopyOption.ATOMIC_MOVE);
        } else {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                    .bind(UnixDomainSocketAddress.of(place.file("socket")));
        }
        return new SocketReceiver(server);
    }

    @Override
    public Sender sender(Place place) throws IOException {
        SocketAddress address = tcp
                ? new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), Integer.parseInt(Files.readString(place.file("port"))))
                : UnixDomainSocketAddress.of(place.file("socket"));
        SocketChannel channel = SocketChannel.open(address);
        if (tcp) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        return new SocketSender(channel, batched);
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.nativeOrder());
    }

    private static final class SocketSender implements Sender {

        private final SocketChannel channel;
        private final boolean batched;
        private final ByteBuffer buffer = buffer();

        SocketSender(SocketChannel channel, boolean batched) {
            this.channel = channel;
            this.batched = batched;
        }

        @Override
        public boolean offer(long sequence, byte[] payload) {
            if (buffer.remaining() < HEADER_BYTES + payload.length) {
                flush();
            }
            buffer.putInt(payload.length).putLong(sequence);
            for (int at = Long.BYTES; at < payload.length; ) {
                int part = Math.min(buffer.remaining(), payload.length - at);
                buffer.put(payload, at, part);
                at += part;
                if (at < payload.length) {
                    flush();
                }
            }
            if (!batched) {
                flush();
            }
            return true;
        }

        @Override
        public void flush() {
            buffer.flip();
            try {
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            buffer.clear();
        }
    }

    private static final class SocketReceiver implements Receiver, Message {

        private final ServerSocketChannel server;
        private final ByteBuffer buffer = buffer().flip();
        private SocketChannel channel;
        private int length;
        private ByteBuffer whole = ByteBuffer.allocate(0);
        private boolean streaming;
        private boolean assembled;

        SocketReceiver(ServerSocketChannel server) {
            this.server = server;
        }

        @Override
        public int poll(Handler handler, int limit) {
            try {
                if (channel == null) {
                    channel = server.accept();
                }
                fill(HEADER_BYTES + Long.BYTES);
                int messages = 0;
                do {
                    length = buffer.getInt(buffer.position());
                    if (HEADER_BYTES + length > BUFFER_BYTES) {
                        buffer.position(buffer.position() + HEADER_BYTES);
                        streamTo(handler);
                    } else {
                        if (messages > 0 && buffer.remaining() < HEADER_BYTES + length) {
                            break;
                        }
                        fill(HEADER_BYTES + length);
                        int next = buffer.position() + HEADER_BYTES + length;
                        buffer.position(buffer.position() + HEADER_BYTES);
                        assembled = false;
                        handler.onMessage(this);
                        buffer.position(next);
                    }
                    messages++;
                } while (messages < limit && buffer.remaining() >= HEADER_BYTES + Long.BYTES);
                return messages;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** A channel blocks anyway. */
        @Override
        public int receive(Handler handler, int limit, Waiting waiting) {
            return poll(handler, limit);
        }

        private void streamTo(Handler handler) {
            assembled = false;
            streaming = true;
            handler.onMessage(this);
            if (streaming) {
                assemble();
            }
        }

        private void assemble() {
            if (whole.capacity() < length) {
                whole = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
            }
            take(whole.array());
            assembled = true;
        }

        /** Takes a message that is longer than the buffer, part by part. */
        private void take(byte[] destination) {
            streaming = false;
            try {
                for (int at = 0; at < length; ) {
                    if (!buffer.hasRemaining()) {
                        fill(1);
                    }
                    int part = Math.min(buffer.remaining(), length - at);
                    buffer.get(destination, at, part);
                    at += part;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Waits until there are so many bytes in the buffer. */
        private void fill(int bytes) throws IOException {
            if (buffer.remaining() >= bytes) {
                return;
            }
            buffer.compact();
            while (buffer.position() < bytes) {
                if (channel.read(buffer) < 0) {
                    throw new EOFException();
                }
            }
            buffer.flip();
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public long getLong(int offset) {
            if (streaming && offset > 0) {
                assemble();
            }
            return assembled ? whole.getLong(offset) : buffer.getLong(buffer.position() + offset);
        }

        @Override
        public void copyTo(byte[] destination) {
            if (streaming) {
                take(destination);
            } else if (assembled) {
                System.arraycopy(whole.array(), 0, destination, 0, length);
            } else {
                buffer.get(buffer.position(), destination, 0, length);
            }
        }
    }
}
