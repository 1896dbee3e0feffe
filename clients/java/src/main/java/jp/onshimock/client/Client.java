package jp.onshimock.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLException;

/** The service over HTTPS, asked as one terminal. Safe for several threads. */
public final class Client {
    /** The real service and its networks. A test client never calls them. */
    private static final List<String> REAL_DOMAINS = List.of(
            "onshikaku.org", "oqs-pdl.org", "flets-east.jp", "flets-west.jp", "lineauth.mnw", "managedpki.ne.jp");

    /**
     * Where and as whom a client asks.
     *
     * @param service for example {@code https://localhost:8443}
     * @param institution 医療機関コード, 10 digits: the one of the certificate
     * @param identity null presents no certificate
     * @param ca the only authorities that are trusted, a PEM file
     * @param encoding of requests; answers are read as they declare themselves
     * @param timeout of one attempt, until its answer begins
     * @param attempts how often a service that is down is asked
     * @param pause after the first failure; twice as long after each further one
     */
    public record Settings(
            URI service,
            String institution,
            Identity identity,
            Path ca,
            Encoding encoding,
            Duration timeout,
            int attempts,
            Duration pause) {
        /** UTF-8, 30 seconds, 3 attempts, half a second. */
        public Settings(URI service, String institution, Identity identity, Path ca) {
            this(service, institution, identity, ca, Encoding.UTF_8, Duration.ofSeconds(30), 3, Duration.ofMillis(500));
        }
    }

    /** What came back with HTTP 200. */
    public record Reply(String contentType, byte[] body) {}

    private final Settings settings;
    private final HttpClient http;

    public Client(Settings settings) throws IOException, GeneralSecurityException {
        URI service = settings.service();
        if (!"https".equals(service.getScheme()) || service.getHost() == null) {
            throw new IllegalArgumentException(service + ": expected an address such as https://localhost:8443");
        }
        String host = service.getHost().toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        if (REAL_DOMAINS.stream().anyMatch(domain -> host.equals(domain) || host.endsWith("." + domain))) {
            throw new IllegalArgumentException(host + " belongs to the real service, which a test client never calls");
        }
        this.settings = settings;
        this.http = HttpClient.newBuilder()
                .sslContext(Identity.tls(settings.ca(), settings.identity()))
                .connectTimeout(settings.timeout())
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    public String institution() {
        return settings.institution();
    }

    /** 資格確認. {@code MessageBody/QualificationValidity} of the result says whether the person is insured. */
    public Message qualification(Person person) throws OnshiException, InterruptedException {
        return ask(Request.qualification(institution(), person, Request.today(), null));
    }

    /** 照会番号登録. */
    public Message registerReferenceNumber(Person person, String number) throws OnshiException, InterruptedException {
        return ask(Request.referenceNumber(institution(), person, number));
    }

    /** 薬剤情報 of the months {@code first} to {@code last} (yyyyMM). */
    public Message drugs(Person person, String first, String last) throws OnshiException, InterruptedException {
        return ask(Request.drugs(institution(), person, first, last, false));
    }

    /** The same as PDF. */
    public byte[] drugsPdf(Person person, String first, String last) throws OnshiException, InterruptedException {
        return pdf(Request.drugs(institution(), person, first, last, true));
    }

    /** 特定健診情報. */
    public Message checkups(Person person) throws OnshiException, InterruptedException {
        return ask(Request.checkups(institution(), person, false));
    }

    /** The same as PDF. */
    public byte[] checkupsPdf(Person person) throws OnshiException, InterruptedException {
        return pdf(Request.checkups(institution(), person, true));
    }

    /** Begins a bulk job and gives its reception number. */
    public String submit(List<Person> persons) throws OnshiException, InterruptedException {
        return ask(Request.bulk(institution(), persons, Request.today())).text("MessageBody/ReceptionNumber");
    }

    /** The result of a bulk job; asks each {@code poll}, for as long as {@code patience} lasts, then says NotReady. */
    public Message fetch(String reception, Duration patience, Duration poll)
            throws OnshiException, InterruptedException {
        long giveUp = System.nanoTime() + patience.toNanos();
        while (true) {
            Message message = ask(Request.fetch(institution(), reception));
            if (!"2".equals(message.text("MessageHeader/SegmentOfResult"))) {
                return message;
            }
            if (System.nanoTime() + poll.toNanos() > giveUp) {
                throw new OnshiException.NotReady(reception);
            }
            Thread.sleep(poll.toMillis());
        }
    }

    /** Sends a request and reads its result. */
    public Message ask(Request request) throws OnshiException, InterruptedException {
        return Message.decode(send(request.id(), Message.encode(request, settings.encoding())).body()).judged();
    }

    /**
     * Sends the bytes of a request as they are, again and again while the service is down. Each attempt carries the
     * same {@code Idempotency-Key}, so that none begins a second job.
     */
    public Reply send(String message, byte[] body) throws OnshiException, InterruptedException {
        String key = UUID.randomUUID().toString();
        return post("/oqs/" + message, body, Map.of("Content-Type", "application/xml", "Idempotency-Key", key));
    }

    /** The same for any path of the service. */
    Reply post(String path, byte[] body, Map<String, String> headers) throws OnshiException, InterruptedException {
        Duration pause = settings.pause();
        for (int attempt = 1; ; attempt++) {
            try {
                return once(path, body, headers);
            } catch (OnshiException.ServiceDown error) {
                if (attempt >= settings.attempts()) {
                    Throwable cause = error.getCause() == null ? error : error.getCause();
                    throw new OnshiException.ServiceDown(said(cause), attempt, error);
                }
            }
            Thread.sleep(pause.toMillis());
            pause = pause.multipliedBy(2);
        }
    }

    private Reply once(String path, byte[] body, Map<String, String> headers)
            throws OnshiException, InterruptedException {
        URI base = settings.service();
        String prefix = base.getPath() == null ? "" : base.getPath().replaceFirst("/$", "");
        var request = HttpRequest.newBuilder(base.resolve(prefix + path))
                .timeout(settings.timeout())
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        HttpResponse<byte[]> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (HttpTimeoutException error) {
            String message = "no answer within " + settings.timeout();
            throw new OnshiException.TimedOut(message, headers.get("Idempotency-Key"), error);
        } catch (IOException error) {
            throw failure(error);
        }
        int status = response.statusCode();
        if (status == 200) {
            String type = response.headers().firstValue("Content-Type").orElse("").split(";")[0].strip();
            return new Reply(type, response.body());
        }
        if (status >= 500 || status == 408 || status == 429) {
            throw new OnshiException.ServiceDown("HTTP " + status, 1, null);
        }
        throw OnshiException.of(status, new String(response.body(), StandardCharsets.UTF_8));
    }

    private byte[] pdf(Request request) throws OnshiException, InterruptedException {
        Reply reply = send(request.id(), Message.encode(request, settings.encoding()));
        if (!reply.contentType().equals("application/pdf")) {
            Message.decode(reply.body()).judged();
            throw new OnshiException.BadRequest("expected a PDF, got " + reply.contentType(), null, null);
        }
        return reply.body();
    }

    private static OnshiException failure(IOException error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                return new OnshiException.Untrusted(said(cause), error);
            }
            // An alert in or after the handshake: the gate of a service that doesn't explain itself.
            if (cause instanceof SSLException && String.valueOf(cause.getMessage()).contains("fatal alert")) {
                return new OnshiException.CertificateRefused(cause.getMessage(), null, error);
            }
        }
        return new OnshiException.ServiceDown(said(error), 1, error);
    }

    /** The message of an exception. Some of Java's own have none, such as that of a refused connection: then its class. */
    private static String said(Throwable error) {
        return error.getMessage() == null ? error.getClass().getName() : error.getMessage();
    }
}
