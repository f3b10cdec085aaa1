package dev.shm.tool;

import dev.shm.segment.SegmentDirectory;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * A command line, understood.
 *
 * @param command what to do
 * @param name name of the segment; empty for a command that needs none
 * @param directory where to look
 * @param json whether to write JSON
 * @param deep whether to look at every block
 * @param force whether to remove what cannot be read
 */
record Arguments(Command command, String name, Path directory, boolean json, boolean deep, boolean force) {

    /** What can be done. */
    enum Command {
        LS(false),
        STAT(true),
        PEERS(true),
        VERIFY(true),
        RM(true),
        HELP(false),
        VERSION(false);

        private final boolean needsName;

        Command(boolean needsName) {
            this.needsName = needsName;
        }
    }

    static final String USAGE = """
            usage: shm COMMAND [NAME] [OPTIONS]

            commands
              ls             list the segments in a directory
              stat NAME      what is in a segment, and how its memory is used
              peers NAME     the processes attached to a segment, alive and dead
              verify NAME    walk through a segment and say what is wrong with it
              rm NAME        remove a segment that no living process uses

            options
              --directory DIR   where segments are; default /dev/shm/shm-<uid>
              --json            write JSON instead of text
              --deep            stat: look at every block instead of the hints
              --force           rm: also remove a file that cannot be read as a segment
              --help            this text
              --version         version of this tool

            exit codes
              0 good   1 problems found, or in use   2 wrong usage   3 cannot be opened
            """;

    static Arguments parse(String... args) throws UsageException {
        List<String> words = new ArrayList<>();
        Path directory = null;
        boolean json = false;
        boolean deep = false;
        boolean force = false;
        for (Iterator<String> rest = Arrays.asList(args).iterator(); rest.hasNext(); ) {
            String word = rest.next();
            String option = word.startsWith("--directory=") ? "--directory" : word;
            switch (option) {
                case "--help", "-h" -> {
                    return alone(Command.HELP);
                }
                case "--version" -> {
                    return alone(Command.VERSION);
                }
                case "--json" -> json = true;
                case "--deep" -> deep = true;
                case "--force" -> force = true;
                case "--directory" -> directory = directory(valueOf(word, rest));
                default -> {
                    if (word.startsWith("-")) {
                        throw new UsageException("there is no option " + word);
                    }
                    words.add(word);
                }
            }
        }
        if (words.isEmpty()) {
            throw new UsageException("no command was given");
        }
        Command command = command(words.get(0));
        if (words.size() > (command.needsName ? 2 : 1)) {
            throw new UsageException("'" + words.get(words.size() - 1) + "' is one word too many for " + words.get(0));
        }
        if (words.size() == 1 && command.needsName) {
            throw new UsageException(words.get(0) + " needs the name of a segment; ls lists them");
        }
        if (deep && command != Command.STAT) {
            throw new UsageException("--deep is for stat");
        }
        if (force && command != Command.RM) {
            throw new UsageException("--force is for rm");
        }
        return new Arguments(
                command,
                command.needsName ? name(words.get(1)) : "",
                directory == null ? SegmentDirectory.defaultPath() : directory,
                json,
                deep,
                force);
    }

    private static Arguments alone(Command command) {
        return new Arguments(command, "", Path.of(""), false, false, false);
    }

    private static Command command(String word) throws UsageException {
        for (Command command : Command.values()) {
            if (command.name().toLowerCase(Locale.ROOT).equals(word)) {
                return command;
            }
        }
        throw new UsageException("there is no command '" + word + "'");
    }

    private static String valueOf(String word, Iterator<String> rest) throws UsageException {
        int equals = word.indexOf('=');
        String value = equals >= 0 ? word.substring(equals + 1) : rest.hasNext() ? rest.next() : "";
        if (value.isEmpty()) {
            throw new UsageException("--directory needs a directory");
        }
        return value;
    }

    private static Path directory(String value) throws UsageException {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new UsageException("'" + value + "' is no path");
        }
    }

    private static String name(String word) throws UsageException {
        try {
            return SegmentDirectory.checkName(word);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }
}
