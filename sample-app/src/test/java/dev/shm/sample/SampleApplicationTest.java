package dev.shm.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SampleApplicationTest {

    @Test
    void shouldBeTheLauncherWithoutARole() {
        assertThat(SampleApplication.role(new String[] {"--workers=3"})).isEmpty();
        assertThat(SampleApplication.role(new String[] {"worker", "--sample.work=1s"}))
                .contains("worker");
    }

    @Test
    void shouldServeAPageThatNeedsNothingFromElsewhere() throws IOException {
        try (InputStream page = getClass().getResourceAsStream("/static/index.html")) {
            String text = new String(page.readAllBytes(), StandardCharsets.UTF_8);

            assertThat(text.replace("http://www.w3.org/2000/svg", ""))
                    .doesNotContain("http://", "https://", "@import", "src=");
        }
    }
}
