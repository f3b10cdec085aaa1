package dev.shm.tool;

import dev.shm.error.SegmentFormatException;
import dev.shm.error.SegmentInUseException;
import dev.shm.error.SegmentVersionException;
import dev.shm.error.SharedMemoryException;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** The command line: {@code java -jar shm-core-<version>-cli.jar --help}. */
public final class Main {

    /** All is well. */
    static final int GOOD = 0;
    /** A segment has problems, or is in use and was not removed. */
    static final int BAD = 1;
    /** The command line makes no sense. */
    static final int USAGE = 2;
    /** A segment or directory cannot be opened. */
    static final int CANNOT_OPEN = 3;

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        int code = run(args, System.out, System.err);
        System.out.flush();
        System.exit(code);
    }

    /** Runs one command. Returns its exit code. */
    static int run(String[] args, PrintStream out, PrintStream err) {
        Arguments arguments;
        try {
            arguments = Arguments.parse(args);
        } catch (UsageException e) {
            err.println("shm: " + Text.clean(String.valueOf(e.getMessage())));
            err.print(Arguments.USAGE);
            return USAGE;
        }
        try {
            return run(arguments, out);
        } catch (SegmentInUseException e) {
            return say(err, e.getMessage(), BAD);
        } catch (SegmentFormatException | SegmentVersionException e) {
            boolean forced = arguments.command() != Arguments.Command.RM || arguments.force();
            String hint = forced ? "" : " rm " + arguments.name() + " --force does that if no living process uses it.";
            return say(err, e.getMessage() + hint, CANNOT_OPEN);
        } catch (SharedMemoryException e) {
            return say(err, e.getMessage(), CANNOT_OPEN);
        } catch (InternalError e) {
            return say(err, "a file was truncated while it was looked at. Remove it with rm --force.", CANNOT_OPEN);
        }
    }

    private static int run(Arguments arguments, PrintStream out) {
        return switch (arguments.command()) {
            case HELP -> {
                out.print(Arguments.USAGE);
                yield GOOD;
            }
            case VERSION -> {
                out.println("shm " + version());
                yield GOOD;
            }
            case LS -> ListCommand.run(arguments, out);
            case STAT -> StatCommand.run(arguments, out);
            case PEERS -> PeersCommand.run(arguments, out);
            case VERIFY -> VerifyCommand.run(arguments, out);
            case RM -> RemoveCommand.run(arguments, out);
        };
    }

    private static int say(PrintStream err, @Nullable String message, int code) {
        err.println("shm: " + Text.clean(String.valueOf(message)));
        return code;
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }
}
