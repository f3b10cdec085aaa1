package dev.shm.sample.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a test asks a gateway. */
public final class Desk {

    private static final JsonMapper json = JsonMapper.shared();

    private final HttpClient client = HttpClient.newHttpClient();
    private final String url;

    public Desk(String url) {
        this.url = url;
    }

    public HttpResponse<String> send(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    public JsonNode get(String path) {
        HttpResponse<String> answer = send("GET", path, "");
        if (answer.statusCode() != 200) {
            throw new AssertionError(path + " answers " + answer.statusCode() + ": " + answer.body());
        }
        return json.readTree(answer.body());
    }

    /** Sends that many orders. */
    public JsonNode order(int count) {
        HttpResponse<String> answer = send("POST", "/api/orders/random?count=" + count, "");
        if (answer.statusCode() != 202) {
            throw new AssertionError("orders are answered with " + answer.statusCode() + ": " + answer.body());
        }
        return json.readTree(answer.body());
    }

    public int account(String name) {
        return get("/api/desk").path("account").path(name).asInt();
    }

    /** The process of that pid, as the gateway sees it. */
    public JsonNode process(long pid) {
        for (JsonNode process : get("/api/desk").path("processes")) {
            if (process.path("pid").asLong() == pid) {
                return process;
            }
        }
        return json.createObjectNode();
    }

    public List<Long> running(String role) {
        List<Long> pids = new ArrayList<>();
        for (JsonNode process : get("/api/desk").path("processes")) {
            if (process.path("role").asString().equals(role)
                    && process.path("state").asString().equals("running")) {
                pids.add(process.path("pid").asLong());
            }
        }
        return pids;
    }
}
