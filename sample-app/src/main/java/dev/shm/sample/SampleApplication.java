package dev.shm.sample;

import dev.shm.sample.launcher.Launcher;
import dev.shm.sample.launcher.ParentWatch;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * The sample. {@code java -jar sample-app.jar} starts a gateway, two workers and a ticker; {@code java -jar sample-app.jar worker} is one
 * worker, which joins those that run. A role is a profile of that name.
 */
@SpringBootApplication
public class SampleApplication {

    static final Set<String> ROLES = Set.of("gateway", "worker", "ticker");

    public static void main(String[] args) {
        ParentWatch.startIfLaunched();
        Optional<String> role = role(args);
        if (role.isEmpty()) {
            System.exit(Launcher.run(List.of(args)));
        }
        SpringApplication application = new SpringApplication(SampleApplication.class);
        application.setAdditionalProfiles(role.get());
        application.run(args);
    }

    /** The role that is named among the arguments. Without one, this is the launcher. */
    static Optional<String> role(String[] args) {
        return Arrays.stream(args).filter(ROLES::contains).findFirst();
    }
}
