package dev.shm.sample.launcher;

import java.util.ArrayList;
import java.util.List;

/**
 * What the launcher is told.
 *
 * @param workers how many workers to start
 * @param port where the gateway is to listen, 0 for any port
 * @param portWanted whether it must be that port
 * @param forAll what each process is told, such as {@code --shm.directory=...}
 */
record Options(int workers, int port, boolean portWanted, List<String> forAll) {

    static final int DEFAULT_PORT = 8080;
    private static final int MOST_WORKERS = 32;
    private static final int MOST_PORT = 65_535;

    static final String USAGE = """
            java -jar sample-app.jar [--workers=2] [--port=8080] [--<property>=<value>...]
                starts a gateway, workers and a ticker, each a process of its own; properties are passed to all of them
            java -jar sample-app.jar gateway|worker|ticker [--<property>=<value>...]
                is one more of these""";

    /** @throws IllegalArgumentException if there is something else among the arguments */
    static Options parse(List<String> arguments) {
        int workers = 2;
        int port = DEFAULT_PORT;
        boolean portWanted = false;
        List<String> forAll = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.startsWith("--workers=")) {
                workers = number(argument, 1, MOST_WORKERS);
            } else if (argument.startsWith("--port=")) {
                port = number(argument, 0, MOST_PORT);
                portWanted = port != 0;
            } else if (argument.startsWith("--server.port=")) {
                throw new IllegalArgumentException("the launcher has '--port=<number>' for the gateway's port");
            } else if (argument.startsWith("--") && argument.indexOf('=') > 2) {
                forAll.add(argument);
            } else {
                throw new IllegalArgumentException("'" + argument + "' is no role and no property");
            }
        }
        return new Options(workers, port, portWanted, List.copyOf(forAll));
    }

    /** The value of a property that all get. */
    String property(String name, String otherwise) {
        String prefix = "--" + name + "=";
        return forAll.stream()
                .filter(argument -> argument.startsWith(prefix))
                .map(argument -> argument.substring(prefix.length()))
                .reduce(otherwise, (first, last) -> last);
    }

    private static int number(String argument, int least, int most) {
        String name = argument.substring(0, argument.indexOf('='));
        String value = argument.substring(argument.indexOf('=') + 1);
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException("'" + name + "' is a number from " + least + " to " + most + ": " + value);
    }
}
