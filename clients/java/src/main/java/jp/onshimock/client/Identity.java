package jp.onshimock.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificate of a terminal (端末認証) with its key. */
public final class Identity {
    private final KeyStore store;
    private final char[] password;

    private Identity(KeyStore store, char[] password) {
        this.store = store;
        this.password = password;
    }

    /** Reads a certificate with its chain, and a PKCS#8 key, from PEM files. */
    public static Identity fromPem(Path certificate, Path key) throws IOException, GeneralSecurityException {
        var store = empty();
        var password = new char[0];
        store.setKeyEntry("terminal", key(Files.readString(key)), password, certificates(certificate));
        return new Identity(store, password);
    }

    /** Reads a PKCS#12 file, as it comes from the certificate's download. */
    public static Identity fromPkcs12(Path file, String password) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        try (InputStream data = Files.newInputStream(file)) {
            store.load(data, password.toCharArray());
        }
        return new Identity(store, password.toCharArray());
    }

    /** TLS that trusts only the authorities in a PEM file, and presents the certificate unless it is null. */
    static SSLContext tls(Path ca, Identity identity) throws IOException, GeneralSecurityException {
        var trusted = empty();
        Certificate[] authorities = certificates(ca);
        for (int number = 0; number < authorities.length; number++) {
            trusted.setCertificateEntry("ca" + number, authorities[number]);
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(identity == null ? empty() : identity.store, identity == null ? null : identity.password);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Certificate[] certificates(Path pem) throws IOException, GeneralSecurityException {
        try (InputStream data = Files.newInputStream(pem)) {
            Collection<? extends Certificate> read = CertificateFactory.getInstance("X.509").generateCertificates(data);
            return read.toArray(Certificate[]::new);
        }
    }

    private static PrivateKey key(String pem) throws GeneralSecurityException {
        String body = pem.replaceAll("-----[A-Z ]+-----", "");
        var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body));
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(spec);
        } catch (InvalidKeySpecException notRsa) {
            return KeyFactory.getInstance("EC").generatePrivate(spec);
        }
    }
}
