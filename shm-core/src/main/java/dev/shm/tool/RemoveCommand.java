package dev.shm.tool;

import dev.shm.segment.Onlooker;
import java.io.PrintStream;

/** {@code rm}: removes a segment that no living process uses. */
final class RemoveCommand {

    private RemoveCommand() {}

    static int run(Arguments arguments, PrintStream out) {
        Onlooker.remove(arguments.directory(), arguments.name(), arguments.force());
        if (arguments.json()) {
            out.println(Json.write(Json.object(
                    "name", arguments.name(), "directory", arguments.directory().toString(), "removed", true)));
        } else {
            out.println("removed '" + arguments.name() + "' from "
                    + Text.clean(arguments.directory().toString()));
        }
        return Main.GOOD;
    }
}
