package jp.onshimock.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can go wrong: one class for each thing that a receipt computer has to do about it. */
public sealed class OnshiException extends Exception {
    private static final Pattern LABEL = Pattern.compile("\\b[GCXWT]\\d{3}\\b");

    private final String label;

    private OnshiException(String message, String label, Throwable cause) {
        super(message, cause);
        this.label = label;
    }

    /** onshi-mock's name of the reason, such as {@code G102}; null if it gave none. */
    public String label() {
        return label;
    }

    /** 回線認証: the line may not carry this institution's traffic. Mend the registration; asking again is useless. */
    public static final class LineRefused extends OnshiException {
        LineRefused(String message, String label) {
            super(message, label, null);
        }
    }

    /** 端末認証: there is no certificate, or it is unknown, expired or revoked. Install or renew it. */
    public static final class CertificateRefused extends OnshiException {
        CertificateRefused(String message, String label, Throwable cause) {
            super(message, label, cause);
        }
    }

    /** The request is no message of the interface. A mistake of the program: never ask again unchanged. */
    public static final class BadRequest extends OnshiException {
        BadRequest(String message, String label, Throwable cause) {
            super(message, label, cause);
        }
    }

    /** The Web API doesn't know the account, or its token has ended. Log in, with another account if need be. */
    public static final class LoginRefused extends OnshiException {
        LoginRefused(String message, String label) {
            super(message, label, null);
        }
    }

    /** The service read the request and says no: segment 9, or status 2, with the field's own code. */
    public static sealed class Rejected extends OnshiException {
        private final String code;

        Rejected(String code, String text) {
            super((code + " " + text).trim(), null, null);
            this.code = code;
        }

        /** ErrorCode, ProcessingResultCode or MessageId. */
        public String code() {
            return code;
        }
    }

    /** The patient hasn't consented to viewing, or no longer: ask them at the card reader. */
    public static final class NoConsent extends Rejected {
        NoConsent(String code, String text) {
            super(code, text);
        }
    }

    /** The bulk job is still being worked on. Keep the reception number and fetch later. */
    public static final class NotReady extends OnshiException {
        private final String reception;

        NotReady(String reception) {
            super("the job " + reception + " is not ready", null, null);
            this.reception = reception;
        }

        public String reception() {
            return reception;
        }
    }

    /** The server's certificate isn't from the expected authority. Never go on, never ask again. */
    public static final class Untrusted extends OnshiException {
        Untrusted(String message, Throwable cause) {
            super(message, null, cause);
        }
    }

    /** No connection, or HTTP 5xx, in each attempt. Tell the user, and ask again in some minutes. */
    public static final class ServiceDown extends OnshiException {
        private final int attempts;

        ServiceDown(String message, int attempts, Throwable cause) {
            super(message + " (attempts: " + attempts + ")", null, cause);
            this.attempts = attempts;
        }

        public int attempts() {
            return attempts;
        }
    }

    /** No answer in time. The request may have been carried out, so ask again under the same key only. */
    public static final class TimedOut extends OnshiException {
        private final String key;

        TimedOut(String message, String key, Throwable cause) {
            super(message, null, cause);
            this.key = key;
        }

        /** The {@code Idempotency-Key} of the request; null over the folders. */
        public String key() {
            return key;
        }
    }

    /**
     * The exception for a refusal: HTTP 4xx with onshi-mock's explanation in JSON or XML, or the text of an
     * {@code .err} (status 0). The label's first letter says which step refused; without one the status must do.
     */
    static OnshiException of(int status, String text) {
        Matcher found = LABEL.matcher(text);
        String label = found.find() ? found.group() : null;
        String message = status == 0 ? text.strip() : "HTTP " + status + ": " + text.strip();
        char first = label == null ? ' ' : label.charAt(0);
        if (first == 'G') {
            return new LineRefused(message, label);
        } else if (first == 'C' || label == null && status == 403) {
            return new CertificateRefused(message, label, null);
        } else if (first == 'W' || status == 401) {
            return new LoginRefused(message, label);
        } else if ("T103".equals(label)) {
            // The terminal's own time-out: it had no answer for minutes.
            return new ServiceDown(message, 1, null);
        }
        return new BadRequest(message, label, null);
    }
}
