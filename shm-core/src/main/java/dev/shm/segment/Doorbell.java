package dev.shm.segment;

import dev.shm.error.SegmentAccessException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The doorbells of one attachment: a Unix socket of its own, and a connection to that of each peer. A connection carries the
 * caller's slot once, and then a byte whenever it rings: have a look. What counts besides is its end, which the kernel
 * delivers at the moment a peer dies, whatever killed it. The end of a connection only raises suspicion. Whether the peer is
 * dead is for {@link SlotGuard} to say.
 *
 * <p>All input is handled by whoever has the place at the {@link Ear}. A doorbell that fails costs promptness, nothing else: the regular look at
 * every slot finds the dead too.
 */
final class Doorbell implements AutoCloseable {

    private static final int HELLO_BYTES = 4;
    private static final byte[] RING = {1};

    private final SegmentDirectory directory;
    private final String name;
    private final UUID uuid;
    private final int slot;
    private final ServerSocketChannel server;
    private final Path address;
    private final IntConsumer suspect;
    private final Runnable joined;
    private final Runnable rung;
    private final ConcurrentHashMap<Integer, SocketChannel> calls = new ConcurrentHashMap<>();
    private final Set<SocketChannel> callers = ConcurrentHashMap.newKeySet();

    private Doorbell(
            SegmentDirectory directory,
            String name,
            UUID uuid,
            int slot,
            ServerSocketChannel server,
            Path address,
            IntConsumer suspect,
            Runnable joined,
            Runnable rung) {
        this.directory = directory;
        this.name = name;
        this.uuid = uuid;
        this.slot = slot;
        this.server = server;
        this.address = address;
        this.suspect = suspect;
        this.joined = joined;
        this.rung = rung;
    }

    /**
     * Opens the doorbell of a slot that this process owns.
     *
     * @param suspect told the slot whose connection ended, by whoever listens
     * @param joined told that somebody rang for the first time, by whoever listens
     * @param rung told that somebody rang, by whoever listens
     */
    static Doorbell open(
            SegmentDirectory directory,
            String name,
            UUID uuid,
            int slot,
            IntConsumer suspect,
            Runnable joined,
            Runnable rung) {
        Path address = directory.doorbell(name, uuid, slot);
        ServerSocketChannel server = null;
        try {
            // A predecessor in this slot may have been killed; its socket rings for nobody.
            Files.deleteIfExists(address);
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(address), SegmentLayout.MAX_SLOTS);
            server.configureBlocking(false);
            directory.shareWithGroup(address);
            return new Doorbell(directory, name, uuid, slot, server, address, suspect, joined, rung);
        } catch (IOException e) {
            closeQuietly(server);
            throw new SegmentAccessException("cannot listen at " + address + ": " + SegmentDirectory.reason(e), e);
        }
    }

    void register(Ear ear) throws IOException {
        server.register(ear.selector(), SelectionKey.OP_ACCEPT, (Handler) key -> accept(ear.selector()));
        for (SocketChannel call : calls.values()) {
            watch(ear, call);
        }
        ear.attend();
    }

    private void watch(Ear ear, SocketChannel call) throws IOException {
        call.register(ear.selector(), SelectionKey.OP_READ, (Handler) this::hearOut);
    }

    /** Connects to a peer, so that its death is heard at once. Does nothing if there is a connection already. */
    void call(int peerSlot, Ear ear) {
        if (peerSlot == slot || calls.containsKey(peerSlot)) {
            return;
        }
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(directory.doorbell(name, uuid, peerSlot)))) {
                closeQuietly(channel);
                return;
            }
            ByteBuffer hello = ByteBuffer.allocate(HELLO_BYTES).putInt(slot).flip();
            channel.write(hello);
            calls.put(peerSlot, channel);
            watch(ear, channel);
            ear.attend();
        } catch (IOException e) {
            // Nobody there: a peer that is dead or just leaving, which the look at its slot will tell.
            calls.remove(peerSlot, channel);
            closeQuietly(channel);
        }
    }

    /** Rings at every peer that there is a connection to. One that has not listened for long is not waited for. */
    void ring() {
        ring(WaitRoom.EVERYBODY);
    }

    /** Rings at the peers with those bits, see {@link WaitRoom#bit}; from any thread. */
    void ring(long bits) {
        // The channel would be closed if the thread had an interrupt pending.
        boolean interrupted = Thread.interrupted();
        try {
            calls.forEach((peer, channel) -> {
                if ((bits & WaitRoom.bit(peer)) != 0) {
                    ring(peer, channel);
                }
            });
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void ring(int peer, SocketChannel channel) {
        try {
            // Nothing written means that earlier rings are still unheard, and one is enough.
            channel.write(ByteBuffer.wrap(RING));
        } catch (IOException e) {
            // The peer is gone, or this thread was interrupted just now. Whoever looks after peers calls again.
            calls.remove(peer, channel);
            closeQuietly(channel);
        }
    }

    private void accept(Selector selector) throws IOException {
        try {
            for (SocketChannel caller = server.accept(); caller != null; caller = server.accept()) {
                callers.add(caller);
                caller.configureBlocking(false);
                Caller state = new Caller(caller);
                caller.register(selector, SelectionKey.OP_READ, (Handler) state::hear);
            }
        } catch (ClosedChannelException e) {
            // Closed meanwhile by another thread, which may have missed the last caller.
            callers.forEach(Doorbell::closeQuietly);
        }
    }

    /** One who called us: first its slot arrives, and in the end nothing any more. */
    private final class Caller {
        private final SocketChannel channel;
        private final ByteBuffer hello = ByteBuffer.allocate(HELLO_BYTES);
        private final ByteBuffer rings = ByteBuffer.allocateDirect(64);

        Caller(SocketChannel channel) {
            this.channel = channel;
        }

        void hear(SelectionKey key) {
            boolean greeted = !hello.hasRemaining();
            if (readOrEnd(channel, greeted ? rings.clear() : hello)) {
                if (greeted) {
                    rung.run();
                } else if (!hello.hasRemaining()) {
                    joined.run();
                }
                return;
            }
            key.cancel();
            callers.remove(channel);
            closeQuietly(channel);
            if (!hello.hasRemaining()) {
                suspect.accept(hello.getInt(0));
            }
        }
    }

    /** The connection of one whom we called has ended. */
    private void hearOut(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        if (readOrEnd(channel, ByteBuffer.allocate(64))) {
            return;
        }
        key.cancel();
        closeQuietly(channel);
        calls.entrySet().removeIf(call -> {
            if (call.getValue() == channel) {
                suspect.accept(call.getKey());
                return true;
            }
            return false;
        });
    }

    /** Reads what there is; false at the end of the connection. */
    private static boolean readOrEnd(SocketChannel channel, ByteBuffer into) {
        try {
            return channel.read(into) >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        closeQuietly(server);
        calls.values().forEach(Doorbell::closeQuietly);
        callers.forEach(Doorbell::closeQuietly);
        SegmentDirectory.deleteQuietly(address);
    }

    private static void closeQuietly(@Nullable AutoCloseable channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (Exception e) {
            // The descriptor is gone whatever close says.
        }
    }

    /** What a selection key carries. */
    interface Handler {
        void ready(SelectionKey key) throws IOException;
    }
}
