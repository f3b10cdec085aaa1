package dev.shm.testing;

import dev.shm.OnCreatorLost;
import dev.shm.OnStale;
import dev.shm.PeerInfo;
import dev.shm.Role;
import dev.shm.SegmentListener;
import dev.shm.Shared;
import dev.shm.SharedMemory;
import dev.shm.SharedType;
import dev.shm.error.SharedMemoryException;
import dev.shm.queue.SharedQueue;
import dev.shm.value.SharedLong;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A process that does with a segment what it is told. Each attachment that it has is an instance of this class, perhaps from a
 * class loader of its own. Driven by {@link PeerChild}.
 */
public final class PeerProcess implements Function<String, String> {

    private static final Duration LONG = Duration.ofSeconds(90);

    private SharedMemory memory;
    private Shared<Map<String, Object>> shared;

    /** Reads lines {@code <attachment> <command> <arguments>}, and answers each. Ends when its input does. */
    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        Map<String, Function<String, String>> attachments = new HashMap<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", 2);
            Function<String, String> attachment = attachments.get(words[0]);
            if (attachment == null) {
                attachment = words[0].startsWith(PeerChild.ISOLATED) ? isolated() : new PeerProcess();
                attachments.put(words[0], attachment);
            }
            System.out.println(PeerChild.ANSWER + attachment.apply(words[1]));
        }
        Runtime.getRuntime().halt(0);
    }

    @SuppressWarnings("unchecked")
    private static Function<String, String> isolated() throws ReflectiveOperationException, MalformedURLException {
        List<URL> path = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            path.add(Path.of(entry).toUri().toURL());
        }
        URLClassLoader loader = new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        return (Function<String, String>)
                loader.loadClass(PeerProcess.class.getName()).getConstructor().newInstance();
    }

    @Override
    public String apply(String command) {
        String[] words = command.split(" ");
        try {
            return switch (words[0]) {
                case "open" -> open(words);
                case "close" -> {
                    memory.close();
                    yield "closed";
                }
                case "count" ->
                    "" + memory.openOrCreate("hits", SharedLong.type()).incrementAndGet();
                case "reap" -> "" + memory.reap();
                case "slot" -> "" + memory.self().slot();
                case "peers" -> "" + memory.peers().size();
                case "uuid" -> memory.uuid().toString();
                case "lock" -> {
                    memory.openOrCreate("lock", LockObject.type()).lock().lock(LONG);
                    yield "locked";
                }
                case "unlock" -> {
                    memory.openOrCreate("lock", LockObject.type()).lock().unlock();
                    yield "unlocked";
                }
                case "share" -> {
                    shared = memory.share(words[1], Map.of("list", List.of(words[1])));
                    yield shared.name();
                }
                case "receive" -> {
                    shared = memory.openOrCreate("inbox", inbox(memory)).poll(LONG.toSeconds(), TimeUnit.SECONDS);
                    yield shared.name();
                }
                case "append" -> {
                    list(shared.get().get("list")).add(words[1]);
                    yield "" + shared.get();
                }
                case "put" -> {
                    shared.get().put(words[1], Map.of("inner", List.of(words[1])));
                    yield "" + shared.get();
                }
                case "destroy" -> "" + shared.destroy();
                case "release" -> {
                    shared.close();
                    yield "released";
                }
                case "share-forever" -> shareForever(Integer.parseInt(words[1]));
                default -> throw new IllegalArgumentException(command);
            };
        } catch (SharedMemoryException e) {
            return e.getClass().getSimpleName() + " " + e.getMessage();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A queue of maps that are shared. */
    public static SharedType<SharedQueue<Shared<Map<String, Object>>>> inbox(SharedMemory memory) {
        return SharedQueue.of(memory.<Map<String, Object>>sharedCodec()).capacityBytes(64 << 10);
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object collection) {
        return (List<Object>) collection;
    }

    /** Shares graphs of so many collections, changes them, and destroys them, until it is killed. */
    private String shareForever(int collections) {
        List<Map<String, List<Integer>>> graph = new ArrayList<>();
        for (int i = 0; i < collections; i++) {
            graph.add(Map.of("a list of one number", List.of(i)));
        }
        System.out.println(PeerChild.EVENT + "sharing");
        for (; ; ) {
            try (Shared<List<Map<String, List<Integer>>>> one = memory.share(graph)) {
                one.get().add(Map.of("more", List.of(1)));
                one.get().remove(0);
                one.destroy();
            }
        }
    }

    private String open(String[] words) {
        SharedMemory.Builder segment = SharedMemory.named(words[1]).listener(new Loud());
        for (int i = 3; i < words.length; i++) {
            String[] option = words[i].split("=", 2);
            switch (option[0]) {
                case "directory" -> segment.directory(Path.of(option[1]));
                case "role" -> segment.role(Role.valueOf(option[1]));
                case "size" -> segment.size(Long.parseLong(option[1]));
                case "stale" -> segment.onStale(OnStale.valueOf(option[1]));
                case "lost" -> segment.onCreatorLost(OnCreatorLost.valueOf(option[1]));
                default -> throw new IllegalArgumentException(words[i]);
            }
        }
        System.out.println(PeerChild.EVENT + "opening");
        memory = switch (words[2]) {
            case "create" -> segment.create();
            case "open" -> segment.open();
            default -> segment.openOrCreate();
        };
        return PeerChild.OPENED;
    }

    /** Says all that it hears. */
    private static final class Loud implements SegmentListener {

        private static void say(String event) {
            System.out.println(PeerChild.EVENT + event);
        }

        @Override
        public void peerJoined(SharedMemory memory, PeerInfo peer) {
            say("joined " + peer.pid());
        }

        @Override
        public void peerLeft(SharedMemory memory, PeerInfo peer) {
            say("left " + peer.pid());
        }

        @Override
        public void peerDied(SharedMemory memory, PeerInfo peer) {
            say("died " + peer.pid());
        }

        @Override
        public void creatorLost(SharedMemory memory) {
            say("creator lost");
        }

        @Override
        public void closing(SharedMemory memory) {
            say("closing");
        }

        @Override
        public void ended(SharedMemory memory, RuntimeException reason) {
            say("ended " + reason.getMessage());
        }
    }
}
