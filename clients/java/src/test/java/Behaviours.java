import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import jp.onshimock.client.Client;
import jp.onshimock.client.Encoding;
import jp.onshimock.client.Folders;
import jp.onshimock.client.Identity;
import jp.onshimock.client.Message;
import jp.onshimock.client.OnshiException;
import jp.onshimock.client.Person;
import jp.onshimock.client.Request;
import jp.onshimock.client.WebApi;
import jp.onshimock.testing.OnshiMock;

/**
 * Plays every behaviour against the service that the environment names, and prints a line of JSON for each. The list
 * and the ground are described in tests/tests/clients of the repository.
 */
class Behaviours {
    interface Play {
        void run() throws Exception;
    }

    private static final String INSTITUTION = env("ONSHI_INSTITUTION");
    private static final String FIRST = env("ONSHI_MONTHS").split("-")[0];
    private static final String LAST = env("ONSHI_MONTHS").split("-")[1];
    private static final String VALIDITY = "MessageBody/QualificationValidity";
    private static final String FOUND = "MessageBody/ResultList/ResultOfQualificationConfirmation/";
    private static final Person TARO = new Person("06139992", "１２３", "４５６", "00", "19800101");
    private static final Person HANAKO = new Person("06139992", "１２３", "１００１", "01", "19820202");

    private static final Person SORA = new Person("06139992", "９９", "７７７", "00", "19900101");
    private static final String SCENARIO = """
            pack: sora
            about: {ja: 見本, en: Sample}
            patients:
              - card: sora
                title: {ja: 見本, en: Sample}
                name: 見本　空
                kana: ﾐﾎﾝ ｿﾗ
                sex: "1"
                born: 1990-01-01
                insurance:
                  - {insurer: "06139992", insurer-name: 見本健康保険組合, symbol: ９９, number: ７７７, branch: "00",
                     relation: "1", from: 2020-04-01}
                expect: {validity: "1"}
            """;

    public static void main(String[] arguments) {
        plays().forEach((name, play) -> {
            String result = "\"outcome\":\"passed\"";
            try {
                play.run();
            } catch (Throwable error) {
                error.printStackTrace();
                String detail = error.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ");
                result = "\"outcome\":\"failed\",\"detail\":\"" + detail + "\"";
            }
            byte[] line = ("{\"behaviour\":\"" + name + "\"," + result + "}\n").getBytes(StandardCharsets.UTF_8);
            System.out.write(line, 0, line.length);
            System.out.flush();
        });
        // HttpClient's threads would keep the process for a while.
        System.exit(0);
    }

    private static Map<String, Play> plays() {
        var plays = new LinkedHashMap<String, Play>();
        plays.put("pem", () -> findsTaro(client("ONSHI_SERVICE")));
        plays.put("pkcs12", () -> {
            var identity = Identity.fromPkcs12(home("terminal.p12"), "onshi-mock");
            findsTaro(new Client(new Client.Settings(uri("ONSHI_SERVICE"), INSTITUTION, identity, home("ca.pem"))));
        });
        plays.put("shift-jis", () -> {
            var asking = client("ONSHI_SERVICE_SJIS", Encoding.SHIFT_JIS, Duration.ofSeconds(30));
            findsTaro(asking);
            same(asking.qualification(TARO).text("MessageHeader/CharacterCodeIdentifier"), "1");
        });
        plays.put("vectors", Behaviours::vectors);
        plays.put("answers", Behaviours::answers);
        plays.put("folders", () -> {
            var request = Request.qualification(INSTITUTION, TARO, Request.today(), "java");
            Message answer = new Folders(Path.of(env("ONSHI_EXCHANGE"))).ask(request, "java_1");
            same(answer.text(VALIDITY), "1");
            same(answer.text("MessageHeader/ArbitraryFileIdentifier"), "java");
        });
        plays.put("folders-refused", () -> {
            var folders = new Folders(Path.of(env("ONSHI_EXCHANGE")));
            raises(OnshiException.BadRequest.class, () -> folders.exchange("OQSsiquc01", "java_2", "<XmlMsg>".getBytes()));
        });
        plays.put("bulk", () -> {
            var asking = client("ONSHI_SERVICE");
            String reception = asking.submit(List.of(TARO, HANAKO));
            Message answer = asking.fetch(reception, Duration.ofSeconds(60), Duration.ofMillis(200));
            List<Message> units = answer.all("MessageBody/BulkConfirmUnit");
            same(units.stream().map(unit -> unit.text("QualificationValidity")).toList(), List.of("1", "1"));
        });
        plays.put("not-ready", () -> {
            var asking = client("ONSHI_SERVICE");
            String reception = asking.submit(List.of(TARO));
            var error = raises(OnshiException.NotReady.class,
                    () -> asking.fetch(reception, Duration.ZERO, Duration.ofSeconds(1)));
            same(error.reception(), reception);
        });
        plays.put("reference-number", () -> {
            client("ONSHI_SERVICE").registerReferenceNumber(TARO, "0000000042");
            same(client("ONSHI_SERVICE").qualification(TARO).text(FOUND + "ReferenceNumber"), "0000000042");
        });
        plays.put("drugs", () -> {
            Message answer = client("ONSHI_SERVICE").drugs(TARO, FIRST, LAST);
            same(answer.all("MessageBody/MeTrMonthInf").isEmpty(), false);
        });
        plays.put("drugs-pdf", () -> isPdf(client("ONSHI_SERVICE").drugsPdf(TARO, FIRST, LAST)));
        plays.put("checkups", () -> {
            Message answer = client("ONSHI_SERVICE").checkups(TARO);
            same(answer.all("MessageBody/SpecificHealthCheckupInfo").isEmpty(), false);
            isPdf(client("ONSHI_SERVICE").checkupsPdf(TARO));
        });
        plays.put("no-consent", () -> {
            var asking = client("ONSHI_SERVICE");
            raises(OnshiException.NoConsent.class, () -> asking.drugs(HANAKO, FIRST, LAST));
            raises(OnshiException.NoConsent.class, () -> asking.checkupsPdf(HANAKO));
        });
        plays.put("web-api", () -> {
            var session = new WebApi(client("ONSHI_SERVICE"), env("ONSHI_USER"), env("ONSHI_PASSWORD"));
            var body = (Map<?, ?>) session.search(TARO).get("MessageBody");
            same(body.get("QualificationValidity"), "1");
        });
        plays.put("web-api-refused", () -> raises(OnshiException.LoginRefused.class,
                () -> new WebApi(client("ONSHI_SERVICE"), env("ONSHI_USER"), "wrong")));
        plays.put("line-refused", () -> same("G102", raises(OnshiException.LineRefused.class,
                () -> client("ONSHI_UNREGISTERED").qualification(TARO)).label()));
        plays.put("certificate-refused", () -> same("C101", raises(OnshiException.CertificateRefused.class,
                () -> nobody("ONSHI_SERVICE").qualification(TARO)).label()));
        plays.put("handshake-refused", () -> raises(OnshiException.CertificateRefused.class,
                () -> nobody("ONSHI_STRICT").qualification(TARO)));
        plays.put("bad-request", () -> same("X913", raises(OnshiException.BadRequest.class,
                () -> client("ONSHI_SERVICE").send("OQSsiquc01", "<XmlMsg>".getBytes())).label()));
        plays.put("rejected", () -> {
            var other = new Client(new Client.Settings(uri("ONSHI_SERVICE"), "1349999910", pem(), home("ca.pem")));
            same(raises(OnshiException.Rejected.class, () -> other.qualification(TARO)).code(), "OQSX9005E");
        });
        plays.put("service-down", () -> {
            same(3, raises(OnshiException.ServiceDown.class,
                    () -> client("ONSHI_DOWN").qualification(TARO)).attempts());
            // Where nobody listens, Java's exception has no message.
            URI nowhere;
            try (var socket = new ServerSocket(0)) {
                nowhere = URI.create("https://localhost:" + socket.getLocalPort());
            }
            var alone = new Client(new Client.Settings(nowhere, INSTITUTION, pem(), home("ca.pem")));
            var message = raises(OnshiException.ServiceDown.class, () -> alone.qualification(TARO)).getMessage();
            same(message.contains("ConnectException") && !message.contains("null"), true);
        });
        plays.put("service-back", () -> findsTaro(client("ONSHI_FLAKY")));
        plays.put("busy", () -> {
            var shiro = new Person("31139991", "国見１", "１００４", "00", "19850808");
            same(client("ONSHI_SERVICE").qualification(shiro).text(VALIDITY), "1");
        });
        plays.put("time-out", () -> raises(OnshiException.TimedOut.class,
                () -> client("ONSHI_SILENT", Encoding.UTF_8, Duration.ofMillis(500)).qualification(TARO)));
        plays.put("untrusted", () -> {
            var wary = new Client(new Client.Settings(uri("ONSHI_SERVICE"), INSTITUTION, pem(), home("other-ca.pem")));
            raises(OnshiException.Untrusted.class, () -> wary.qualification(TARO));
        });
        plays.put("real-service", () -> {
            for (String address : List.of(
                    "https://hweb.oqs.onshikaku.org",
                    "https://HWEB.OQS-ST.ONSHIKAKU.ORG.:8443/",
                    "http://localhost")) {
                boolean taken = true;
                try {
                    new Client(new Client.Settings(URI.create(address), INSTITUTION, pem(), home("ca.pem")));
                } catch (IllegalArgumentException refused) {
                    taken = false;
                }
                same(taken, false);
            }
        });
        plays.put("test-world", () -> {
            try (var mock = OnshiMock.start(); var one = mock.world()) {
                try (var other = OnshiMock.connect(mock.admin(), null, null).world()) {
                    findsTaro(one.client());
                    var account = one.accounts().get("web-api");
                    new WebApi(one.client(), account.id(), account.password());
                    var nobody = new Client(new Client.Settings(one.service(), one.institution(), null, one.ca()));
                    raises(OnshiException.CertificateRefused.class, () -> nobody.qualification(TARO));
                    same(other.exchanges(), List.of());
                }
            }
        });
        plays.put("test-container", () -> {
            try (var mock = OnshiMock.start(); var known = mock.world()) {
                var outside = Map.of(OnshiMock.ADMIN, mock.admin(), OnshiMock.SERVICE, known.service());
                var contained = OnshiMock.ofContainer("localhost", port -> outside.get(port).getPort());
                try (var world = contained.world()) {
                    same(world.service().getHost(), "localhost");
                    findsTaro(world.client());
                }
            }
        });
        plays.put("test-scenario", () -> {
            try (var mock = OnshiMock.start(); var world = mock.world()) {
                same(world.client().qualification(SORA).text(VALIDITY), "4");
                world.loadScenario("sora", SCENARIO);
                same(world.client().qualification(SORA).text(VALIDITY), "1");
            }
        });
        plays.put("test-clock", () -> {
            var frozen = Map.of("clock", Map.of("frozen", "2027-04-01T09:00:00+09:00"));
            try (var mock = OnshiMock.start(); var world = mock.world(frozen)) {
                findsTaro(world.client());
                // Four years: a certificate lasts three years and three months.
                world.advance("35064h");
                raises(OnshiException.CertificateRefused.class, () -> world.client().qualification(TARO));
            }
        });
        plays.put("test-verify", () -> {
            try (var mock = OnshiMock.start(); var world = mock.world()) {
                findsTaro(world.client());
                var taro = Map.of("message", "OQSsiquc01", "card", "employee-valid");
                same(((Map<?, ?>) world.waitFor(taro, 1, 10).get(0)).get("card"), "employee-valid");
                world.verify(Map.of("exactly", Map.of("count", 1, "match", taro)));
                world.verify(Map.of("never", Map.of("match", Map.of("message", "YZKsiquc01"))));
                fails(() -> world.verify(Map.of("never", Map.of("match", taro))));
                fails(() -> world.waitFor(taro, 2, 0.1));
            }
        });
        plays.put("test-reset", () -> {
            try (var mock = OnshiMock.start()) {
                var world = mock.world();
                Client asking = world.client();
                asking.registerReferenceNumber(TARO, "0000000042");
                world.reset();
                same(asking.qualification(TARO).text(FOUND + "ReferenceNumber"), null);
                world.close();
                raises(OnshiException.CertificateRefused.class, () -> asking.qualification(TARO));
            }
        });
        return plays;
    }

    private static void fails(Play action) throws Exception {
        try {
            action.run();
        } catch (AssertionError expected) {
            return;
        }
        throw new IllegalStateException("this should have failed");
    }

    private static void vectors() throws Exception {
        for (Path file : files("ONSHI_VECTORS")) {
            holds(file, client("ONSHI_SERVICE").send("OQSsiquc01", Files.readAllBytes(file)).body());
        }
    }

    private static void answers() throws Exception {
        for (Path file : files("ONSHI_ANSWERS")) {
            holds(file, Files.readAllBytes(file));
        }
    }

    private static List<Path> files(String folder) throws Exception {
        try (var listed = Files.list(Path.of(env(folder)))) {
            List<Path> found = listed.filter(file -> file.toString().endsWith(".xml")).toList();
            same(found.isEmpty(), false);
            return found;
        }
    }

    /** The answer holds what is expected beside the file. */
    private static void holds(Path file, byte[] data) throws Exception {
        Message answer = Message.decode(data);
        for (String line : Files.readAllLines(Path.of(file.toString().replaceFirst("xml$", "expected")))) {
            String[] expected = line.split("=", 2);
            same(file + " " + answer.text(expected[0]), file + " " + expected[1]);
        }
    }

    private static void findsTaro(Client asking) throws Exception {
        Message answer = asking.qualification(TARO);
        same(List.of(answer.text(VALIDITY), answer.text(FOUND + "Name")), List.of("1", "見本　太郎"));
    }

    private static void isPdf(byte[] data) {
        same(new String(Arrays.copyOf(data, 5), StandardCharsets.ISO_8859_1), "%PDF-");
    }

    private static void same(Object found, Object expected) {
        if (!Objects.equals(found, expected)) {
            throw new AssertionError("expected " + expected + ", got " + found);
        }
    }

    private static <E extends OnshiException> E raises(Class<E> kind, Play action) throws Exception {
        try {
            action.run();
        } catch (OnshiException error) {
            if (error.getClass() == kind) {
                return kind.cast(error);
            }
            throw error;
        }
        throw new AssertionError("expected " + kind.getSimpleName());
    }

    private static Client client(String service) throws Exception {
        return client(service, Encoding.UTF_8, Duration.ofSeconds(30));
    }

    private static Client client(String service, Encoding encoding, Duration timeout) throws Exception {
        return new Client(new Client.Settings(
                uri(service), INSTITUTION, pem(), home("ca.pem"), encoding, timeout, 3, Duration.ofMillis(50)));
    }

    private static Client nobody(String service) throws Exception {
        return new Client(new Client.Settings(uri(service), INSTITUTION, null, home("ca.pem")));
    }

    private static Identity pem() throws Exception {
        return Identity.fromPem(home("certificate.pem"), home("key.pem"));
    }

    private static Path home(String file) {
        return Path.of(env("ONSHI_HOME"), file);
    }

    private static URI uri(String name) {
        return URI.create(env(name));
    }

    private static String env(String name) {
        return Objects.requireNonNull(System.getenv(name), name);
    }
}
