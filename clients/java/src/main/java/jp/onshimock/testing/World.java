package jp.onshimock.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jp.onshimock.client.Client;
import jp.onshimock.client.Identity;
import jp.onshimock.client.Json;

/** One isolated universe: institution, people, clock, journal. Closing it deletes it. */
public final class World implements AutoCloseable {
    /**
     * An account of the institution.
     *
     * @param id its user id
     */
    public record Account(String id, String password) {}

    private final OnshiMock mock;
    private final Map<?, ?> created;
    private final URI service;
    private final Path folder;

    World(OnshiMock mock, Map<?, ?> created, URI service) throws IOException {
        this.mock = mock;
        this.created = created;
        this.service = service == null ? URI.create(text("line", "service")) : service;
        // Readable by this user only, as the JDK makes it.
        this.folder = Files.createTempDirectory("onshi-world-");
        Files.writeString(certificate(), text("certificate", "certificate_pem"));
        Files.writeString(key(), text("certificate", "key_pem"));
        Files.writeString(ca(), text("ca_pem"));
    }

    /** Its name. */
    public String name() {
        return text("name");
    }

    /** 医療機関コード. */
    public String institution() {
        return text("institution", "code");
    }

    /** お客さまID of the line. */
    public String customerId() {
        return text("line", "customer_id");
    }

    /** Address of the service over the line. */
    public URI service() {
        return service;
    }

    /** The terminal's certificate with its chain, a PEM file that is there until the world is closed. */
    public Path certificate() {
        return folder.resolve("certificate.pem");
    }

    /** Its key, likewise. */
    public Path key() {
        return folder.resolve("key.pem");
    }

    /** The authority of the service's certificate, likewise. */
    public Path ca() {
        return folder.resolve("ca.pem");
    }

    /** Accounts by role, such as {@code web-api}. */
    public Map<String, Account> accounts() {
        var accounts = new HashMap<String, Account>();
        for (Object each : (List<?>) Json.at(created, "accounts")) {
            var account = new Account((String) Json.at(each, "id"), (String) Json.at(each, "password"));
            accounts.put((String) Json.at(each, "role"), account);
        }
        return accounts;
    }

    /** A client of the institution. */
    public Client client() throws IOException, GeneralSecurityException {
        return new Client(settings());
    }

    /** Its settings, to be changed. */
    public Client.Settings settings() throws IOException, GeneralSecurityException {
        return new Client.Settings(service, institution(), Identity.fromPem(certificate(), key()), ca());
    }

    /** Loads a scenario, or replaces that of this name. A mistake throws with its place. */
    public void loadScenario(String name, String yaml) throws InterruptedException {
        call("PUT", "/scenarios/" + name, yaml);
    }

    /** Moves the world's clock, for example by {@code 25h}. */
    public void advance(String by) throws InterruptedException {
        setClock(Map.of("advance", by));
    }

    /** Any change of the clock, for example {@code Map.of("set", "2027-01-01T00:00:00+09:00")}. */
    public void setClock(Map<String, ?> change) throws InterruptedException {
        call("POST", "/clock", change);
    }

    /**
     * Waits for exchanges, for example with {@code Map.of("card", "employee-valid")}. Fails with those that come nearest
     * if there aren't as many within so many seconds.
     */
    public List<?> waitFor(Map<String, ?> match, int count, double seconds) throws InterruptedException {
        Object found = call("POST", "/exchanges/wait", Map.of("match", match, "count", count, "timeout_seconds", seconds));
        if (!Boolean.TRUE.equals(Json.at(found, "met"))) {
            String nearest = Json.write(Json.at(found, "nearest"));
            throw new AssertionError("too few of " + count + " exchanges with " + match + "; nearest: " + nearest);
        }
        return (List<?>) Json.at(found, "exchanges");
    }

    /**
     * Fails unless one of these holds: {@code at_least} or {@code exactly} ({@code count} and {@code match}),
     * {@code never} ({@code match}), {@code in_order} (a list of matches).
     */
    public void verify(Map<String, ?> expectation) throws InterruptedException {
        Object found = call("POST", "/exchanges/verify", expectation);
        if (!"passed".equals(Json.at(found, "verdict"))) {
            String nearest = Json.write(Json.at(found, "nearest"));
            throw new AssertionError(Json.at(found, "text", "en") + "; nearest: " + nearest);
        }
    }

    /** What the world has seen, newest first. */
    public List<?> exchanges() throws InterruptedException {
        return (List<?>) Json.at(call("GET", "/exchanges", null), "exchanges");
    }

    /** Makes the world again what it was; its certificate stays good. */
    public void reset() throws InterruptedException {
        call("POST", "/reset", null);
    }

    /** Deletes the world. */
    @Override
    public void close() {
        OnshiMock.delete(folder);
        try {
            call("DELETE", "", null);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    private Object call(String method, String path, Object body) throws InterruptedException {
        return mock.call(method, "/api/v1/worlds/" + name() + path, body);
    }

    private String text(String... path) {
        return (String) Json.at(created, path);
    }
}
