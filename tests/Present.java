import java.io.FileInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Presents client certificates as Java's HttpClient does, and tells what came of it.
 *
 * <p>Usage: {@code java Present.java CA CASES VERSION}, where VERSION is TLSv1.2 or TLSv1.3, and each line of CASES is a name, a port, a PKCS#12 file and its
 * password, between tabs; {@code -} stands for nothing. One line per case is printed: the name, a tab, what was seen.
 */
public class Present {
    public static void main(String[] arguments) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (FileInputStream in = new FileInputStream(arguments[0])) {
            trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        trust.init(trusted);
        for (String line : Files.readAllLines(Path.of(arguments[1]))) {
            String[] parts = line.split("\t");
            String seen;
            try {
                seen = ask(trust, keys(parts[2], parts[3]), parts[1], arguments[2]);
            } catch (Exception error) {
                StringBuilder all = new StringBuilder();
                for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                    all.append(cause).append("; ");
                }
                seen = all.toString();
            }
            System.out.println(parts[0] + "\t" + seen.replace('\n', ' ').replace('\t', ' '));
        }
    }

    private static KeyManager[] keys(String file, String password) throws Exception {
        if (file.equals("-")) {
            return null;
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(file)) {
            store.load(in, password.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password.toCharArray());
        return keys.getKeyManagers();
    }

    private static String ask(TrustManagerFactory trust, KeyManager[] keys, String port, String version)
            throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust.getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder()
                .sslContext(context)
                .sslParameters(new SSLParameters(null, new String[] {version}))
                .connectTimeout(Duration.ofSeconds(20))
                .build();
        URI uri = URI.create("https://localhost:" + port + "/oqs/OQSsiquc01");
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
}
