package jp.onshimock.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jp.onshimock.client.Json;

/**
 * For tests: onshi-mock as a process or a service that is already there. Every world is a universe of its own, so tests
 * run in parallel on one onshi-mock.
 *
 * <pre>{@code
 * try (var mock = OnshiMock.start(); var world = mock.world()) {
 *     world.client().qualification(person);
 *     world.verify(Map.of("exactly", Map.of("count", 1, "match", Map.of("card", "employee-valid"))));
 * }
 * }</pre>
 *
 * With Testcontainers, or whatever starts your containers:
 *
 * <pre>{@code
 * var container = new GenericContainer<>(OnshiMock.IMAGE)
 *         .withExposedPorts(OnshiMock.SERVICE, OnshiMock.UNREGISTERED, OnshiMock.ADMIN)
 *         .waitingFor(Wait.forHttp(OnshiMock.READY).forPort(OnshiMock.ADMIN));
 * container.start();
 * var mock = OnshiMock.ofContainer(container.getHost(), container::getMappedPort);
 * }</pre>
 */
public final class OnshiMock implements AutoCloseable {
    /** Name of the image. */
    public static final String IMAGE = "onshi-mock";
    /** Port of the registered line. */
    public static final int SERVICE = 8443;
    /** Port of the line that is refused. */
    public static final int UNREGISTERED = 8444;
    /** Admin port. */
    public static final int ADMIN = 8080;
    /** Path on the admin port that answers 200 once everything listens. */
    public static final String READY = "/readyz";

    private static final Pattern ADMIN_WORD = Pattern.compile("admin=(\\S+)");

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI admin;
    private final URI service;
    private final String token;
    private Process process;
    private Path folder;

    private OnshiMock(URI admin, URI service, String token) {
        this.admin = admin;
        this.service = service;
        this.token = token;
    }

    /**
     * One that is already there.
     *
     * @param service its address from here, where that isn't the one it knows; else null
     * @param token of the admin port; null if it needs none
     */
    public static OnshiMock connect(URI admin, URI service, String token) throws InterruptedException {
        var mock = new OnshiMock(admin, service, token);
        mock.call("GET", READY, null);
        return mock;
    }

    /** One in a started container, over the ports that it was given outside. */
    public static OnshiMock ofContainer(String host, IntUnaryOperator mappedPort) throws InterruptedException {
        var admin = URI.create("http://" + host + ":" + mappedPort.applyAsInt(ADMIN));
        return connect(admin, URI.create("https://" + host + ":" + mappedPort.applyAsInt(SERVICE)), null);
    }

    /** Starts the program that {@code $ONSHI_MOCK} names, else {@code onshi-mock} from the path. */
    public static OnshiMock start(String... arguments) throws IOException, InterruptedException {
        String program = System.getenv().getOrDefault("ONSHI_MOCK", "onshi-mock");
        Path folder = Files.createTempDirectory("onshi-mock-");
        var command = new ArrayList<>(List.of(program, "--no-terminal"));
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("--service-port", "0", "--admin-port", "0", "--log-level", "warn"));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        // Told once, when every port listens; without it the process has ended and said why on stderr.
        BufferedReader output = process.inputReader();
        String ready = output.readLine();
        Matcher word = ADMIN_WORD.matcher(ready == null ? "" : ready);
        if (!word.find()) {
            int status = process.waitFor();
            delete(folder);
            throw new IllegalStateException(program + " ended with status " + status);
        }
        var mock = new OnshiMock(URI.create(word.group(1)), null, null);
        mock.process = process;
        mock.folder = folder;
        return mock;
    }

    /** Address of the admin port. */
    public URI admin() {
        return admin;
    }

    /** Makes a world, with an institution, line and certificate that are ready. */
    public World world() throws IOException, InterruptedException {
        return world(Map.of());
    }

    /**
     * The same; {@code creation} may have {@code name}, {@code institution}, {@code clock}, {@code packs},
     * {@code scenario} (YAML), {@code dialect}, {@code seed} and {@code client_key}.
     */
    public World world(Map<String, ?> creation) throws IOException, InterruptedException {
        return new World(this, (Map<?, ?>) call("POST", "/api/v1/worlds", creation), service);
    }

    /** Ends the process, if it was started here. */
    @Override
    public void close() {
        if (process == null) {
            return;
        }
        process.destroy();
        process.onExit().join();
        process = null;
        delete(folder);
    }

    /** A call of the admin API. {@code body} is sent as JSON, or as YAML if it is a text; null sends none. */
    Object call(String method, String path, Object body) throws InterruptedException {
        boolean yaml = body instanceof String;
        String text = yaml ? (String) body : Json.write(body);
        var request = HttpRequest.newBuilder(URI.create(admin.toString().replaceFirst("/$", "") + path))
                .timeout(Duration.ofMinutes(6))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(text));
        if (body != null) {
            request.header("Content-Type", yaml ? "application/yaml" : "application/json");
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            var response = http.send(request.build(), BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                String what = method + " " + path + ": HTTP " + response.statusCode();
                throw new IllegalStateException(what + ": " + response.body());
            }
            return response.body().matches("(?s)[\\[{].*") ? Json.read(response.body()) : null;
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    static void delete(Path folder) {
        try (var paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
