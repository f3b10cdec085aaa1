package dev.shm.sample.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Starts a gateway, workers and a ticker as processes of their own, says where to look, and ends them when it is ended. It starts nothing
 * a second time: what becomes of the others when one is killed is what there is to see.
 */
public final class Launcher {

    private static final Duration TO_END = Duration.ofSeconds(20);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private final Options options;
    private final PrintStream out;
    private final List<ChildProcess> children = new ArrayList<>();
    private boolean ending;

    private Launcher(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /** Runs until all that it started have ended; that is the status to end with. */
    public static int run(List<String> arguments) {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            System.out.println(Options.USAGE);
            return 0;
        }
        Options options;
        try {
            options = Options.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
            return 2;
        }
        return new Launcher(options, System.out).run();
    }

    private int run() {
        String address = options.property("server.address", "127.0.0.1");
        int port;
        try {
            port = choosePort(address);
        } catch (IOException e) {
            System.err.println("Port " + options.port() + " of " + address + " cannot be had (" + e.getMessage()
                    + "): give another one, --port=<number>, or none for any that is free.");
            return 2;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "launcher-end"));
        out.println("Starting a gateway, " + options.workers() + (options.workers() == 1 ? " worker" : " workers")
                + " and a ticker, each a JVM of its own. This takes some seconds.");
        try {
            start("gateway", "gateway", List.of("--server.port=" + port));
            for (int i = 1; i <= options.workers(); i++) {
                start("worker " + i, "worker", List.of());
            }
            start("ticker", "ticker", List.of());
        } catch (IOException e) {
            System.err.println("A process cannot be started: " + e.getMessage());
            return 1;
        }
        if (!awaitReady("http://127.0.0.1:" + port)) {
            System.err.println("A process has ended before all were there; what it said stands above.");
            return 1;
        }
        tellWhereToLook(port);
        return awaitEnd();
    }

    private int choosePort(String address) throws IOException {
        try {
            return free(address, options.port());
        } catch (IOException e) {
            if (options.portWanted()) {
                throw e;
            }
            int port = free(address, 0);
            out.println("Port " + options.port() + " is taken; the gateway gets " + port + ".");
            return port;
        }
    }

    private static int free(String address, int port) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), port));
            return socket.getLocalPort();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // It prints a line.
    private void start(String name, String role, List<String> arguments) throws IOException {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(options.forAll());
        synchronized (children) {
            if (!ending) {
                ChildProcess child = ChildProcess.start(name, role, all, out);
                children.add(child);
                child.onExit().thenAccept(process -> ended(child));
            }
        }
    }

    /** Whether all have come, and the gateway answers; false if one has ended instead. */
    private boolean awaitReady(String gateway) {
        HttpClient client = HttpClient.newBuilder()
                .connectTimeout(Duration.ofSeconds(5))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway + "/api/desk"))
                .timeout(Duration.ofSeconds(5))
                .build();
        while (children.stream().allMatch(ChildProcess::isAlive)) {
            String answer = "";
            try {
                answer = client.send(request, HttpResponse.BodyHandlers.ofString())
                        .body();
            } catch (IOException e) {
                // Not yet.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
            String desk = answer;
            if (children.stream().allMatch(child -> isIn(desk, child))) {
                return true;
            }
            sleep(BETWEEN_LOOKS);
        }
        return false;
    }

    private static boolean isIn(String desk, ChildProcess child) {
        return Pattern.compile("\"pid\":" + child.pid() + "\\b").matcher(desk).find();
    }

    private void tellWhereToLook(int port) {
        String url = "http://localhost:" + port;
        StringBuilder text = new StringBuilder();
        text.append('\n');
        line(text, "The page", url);
        line(text, "The segment", "curl -s " + url + "/actuator/shm/desk");
        line(text, "1,000 orders", "curl -s -X POST '" + url + "/api/orders/random?count=1000'");
        for (ChildProcess child : children) {
            if (child.name().startsWith("worker")) {
                line(text, "Kill " + child.name(), "kill -9 " + child.pid());
            }
        }
        line(text, "End all", "Ctrl-C");
        out.println(text);
    }

    private static void line(StringBuilder text, String what, String how) {
        text.append(String.format("  %-14s %s%n", what, how));
    }

    private int awaitEnd() {
        List<ChildProcess> all;
        synchronized (children) {
            all = List.copyOf(children);
        }
        all.forEach(child -> child.onExit().join());
        out.println("All have ended.");
        return 0;
    }

    private void ended(ChildProcess child) {
        synchronized (children) {
            if (!ending) {
                String role = child.name().replaceAll(" .*", "");
                out.println("\n" + child.name() + " (pid " + child.pid() + ") " + child.end()
                        + ". The others go on. For another one: " + commandFor(role) + "\n");
            }
        }
    }

    private String commandFor(String role) {
        List<String> command = new ArrayList<>(List.of("java"));
        command.addAll(ChildProcess.program(System.getProperty("java.class.path")));
        command.add(role);
        command.addAll(options.forAll());
        return String.join(" ", command);
    }

    /** At the end of the JVM, by Ctrl-C or otherwise. */
    private void end() {
        List<ChildProcess> all;
        synchronized (children) {
            ending = true;
            all = List.copyOf(children);
        }
        all.forEach(ChildProcess::terminate);
        long until = System.nanoTime() + TO_END.toNanos();
        for (ChildProcess child : all) {
            child.awaitEnd(Math.max(1, TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())));
        }
        out.println("Ended all that were started here.");
        out.flush();
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
